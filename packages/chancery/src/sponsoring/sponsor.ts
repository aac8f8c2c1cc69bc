/** One sponsored group, top to bottom: read, bounded, claimed, signed, and sent if it is whole. */
import type { Deadline } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import type { RefusedEntry } from '../core/entries.ts'
import { Failed, keyNotFound, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { LedgerNode } from '../core/node.ts'
import type { Sponsor, SponsoredGroup, ChainSponsoring, Sponsored, SponsorRequest } from '../core/sponsoring.ts'
import { accountOf } from './account.ts'
import { settleFailure, type Pauses } from './pause.ts'
import type { Purse } from './purse.ts'
import type { SponsoringRooms } from './rooms.ts'
import { windowsOf } from './windows.ts'
import { requireSigned, requireWorth } from './worth.ts'

interface Desk {
  readonly sponsor: Sponsor
  readonly key: KeyRecord
  readonly account: string
  readonly chain: ChainSponsoring
  readonly node?: LedgerNode
}

interface Counter {
  readonly purse: Purse
  readonly pauses: Pauses
}

export async function sponsor(
  rooms: SponsoringRooms,
  counter: Counter,
  request: SponsorRequest,
  call: Call,
): Promise<Sponsored> {
  const desk = deskOf(rooms, request, call)
  try {
    const passage = counter.pauses.enter(desk.sponsor)
    const sponsored = await paidFor(rooms, desk, counter.purse, request, call).catch((error: unknown) => {
      settleFailure(passage, error)
      throw error
    })
    if (sponsored.round === undefined) passage.abandoned()
    else passage.succeeded()
    rooms.observe(desk.sponsor, sponsored.round === undefined ? 'signed' : 'confirmed')
    return sponsored
  } catch (error) {
    rooms.observe(desk.sponsor, error instanceof Refused ? 'refused' : 'failed')
    throw error
  }
}

async function paidFor(
  rooms: SponsoringRooms,
  desk: Desk,
  purse: Purse,
  request: SponsorRequest,
  call: Call,
): Promise<Sponsored> {
  const { group, node } = await weigh(desk, request, purse, call.deadline).catch((error: unknown) => {
    if (error instanceof Refused) trailRefusal(rooms, desk, call, error)
    throw error
  })
  const transactions = await sign(rooms, desk, group, call)
  const round = node && (await sendWhole(rooms, node, group, transactions, call.deadline))
  return answer(desk, group, transactions, round)
}

/** Nothing is claimed yet; what the flow of a signature refuses after this, it records itself. */
async function weigh(desk: Desk, request: SponsorRequest, purse: Purse, deadline: Deadline) {
  const group = await prepare(desk, request, deadline)
  const node = request.broadcast ? nodeForWhole(desk, group) : undefined
  await requireWorth(desk, group, request, purse, deadline)
  return { group, node }
}

function trailRefusal({ recorder }: SponsoringRooms, { key }: Desk, { principal }: Call, { code }: Refused): void {
  const about = { client: principal.client, key: key.id, operation: 'sign:transaction' } as const
  const entry: RefusedEntry = { kind: 'refused', ...about, code }
  recorder.trail({ bodies: [entry], guards: [], signs: false })
}

/** @throws Refused `key-not-found`, `denied`, `not-configured` */
function deskOf(rooms: SponsoringRooms, request: SponsorRequest, call: Call): Desk {
  const { findKey } = rooms.state.current()
  const asked = request.key === undefined ? undefined : findKey(request.key)
  if (request.key !== undefined && asked === undefined) throw keyNotFound()
  const here = rooms.sponsors.filter(({ network }) => network === request.network)
  const found = here.filter(({ key }) => asked === undefined || findKey(key)?.id === asked.id)
  const [sponsor] = found
  const key = sponsor && findKey(sponsor.key)
  if (key) rooms.requirePermit(call.principal, 'sponsor', { key: key.id, network: request.network })
  if (asked) rooms.requirePermit(call.principal, 'sponsor', { key: asked.id, network: request.network })
  const chain = rooms.chains.get(request.family)?.sponsoring
  if (
    sponsor === undefined ||
    key === undefined ||
    found.length > 1 ||
    chain === undefined ||
    key.family !== request.family
  ) {
    throw notSponsored(request, here)
  }
  const account = accountOf(sponsor, key)
  const node = rooms.ledgers.get(request.network)
  return { sponsor, key, account, chain, ...(node && { node }) }
}

function notSponsored({ family, network, key }: SponsorRequest, here: readonly Sponsor[]): Refused {
  const got = `${family} ${network}${key === undefined ? '' : ` ${key}`}`
  const hint = 'List the sponsor in the configuration (sponsors), with the alias of a key of this service'
  const wanted = here.length > 1 ? 'key: which of the sponsors of this network' : 'a configured sponsor'
  return new Refused('not-configured', 'No sponsor is configured for this', { where: 'key', got, wanted, hint })
}

/** The network's fees where a node tells them; else the least the protocol takes. */
async function prepare(desk: Desk, request: SponsorRequest, deadline: Deadline): Promise<SponsoredGroup> {
  const { sponsor, account, key, chain, node } = desk
  const parameters = await node?.parameters(deadline)
  return chain.prepare({
    network: sponsor.network,
    sponsor: account,
    authority: key.address ?? account,
    terms: sponsor.terms,
    value: request.value,
    inner: request.inner,
    ...(request.fee !== undefined && { fee: request.fee }),
    ...(request.topUp && { topUp: request.topUp }),
    fees: parameters ?? { minFee: 1_000n, feePerByte: 0n },
    ...(parameters && { round: parameters.firstValid }),
  })
}

async function sign(rooms: SponsoringRooms, desk: Desk, group: SponsoredGroup, call: Call) {
  const { sponsor, account, key } = desk
  const windows = windowsOf(sponsor, account, group, rooms.clock)
  const { network } = sponsor
  const request = { key: key.id, operation: 'sign:transaction', network, value: group.transactions, windows } as const
  const own = { purpose: 'sponsor', right: 'sponsor', rules: group.rules } as const
  const { signed } = await rooms.signing.signOwn(request, call, own)
  const ours = signed.parts?.[group.index]
  if (ours === undefined) throw new Failed('internal', "The sponsor's transaction came back unsigned")
  const theirs = group.others.map(({ raw }) => raw)
  return [...theirs.slice(0, group.index), ours, ...theirs.slice(group.index)]
}

/** Asked before anything is claimed: a group that cannot be sent is not paid for either. */
function nodeForWhole({ node, sponsor }: Desk, group: SponsoredGroup): LedgerNode {
  requireSigned(group, 'Leave broadcast out: sign the rest, and send the group yourself or through here again')
  if (node) return node
  throw new Refused('not-configured', `No node is configured for ${sponsor.network}`, { where: 'networks' })
}

async function sendWhole(
  rooms: SponsoringRooms,
  node: LedgerNode,
  { ids, index, lastValid }: SponsoredGroup,
  transactions: readonly Uint8Array[],
  deadline: Deadline,
): Promise<bigint> {
  return (await rooms.send(node, transactions, { id: ids[index] ?? '', lastValid }, deadline)).round
}

function answer(
  { key, account }: Desk,
  group: SponsoredGroup,
  transactions: readonly Uint8Array[],
  round?: bigint,
): Sponsored {
  const { group: id, ids, index, fee, topUp } = group
  return {
    key: key.id,
    sponsor: account,
    group: id,
    ids,
    index,
    transactions,
    fee,
    topUp,
    ...(round !== undefined && { round }),
  }
}
