/** One sponsored group, top to bottom: read, bounded, claimed, signed, and sent if it is whole. */
import type { Deadline } from '../base/deadline.ts'
import type { SponsoredGroup, Sponsoring as SponsoringChain } from '../core/chain.ts'
import { Failed, keyNotFound, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { LedgerNode } from '../core/node.ts'
import type { Call, Sponsored, SponsorRequest } from '../core/services.ts'
import type { Purse } from './purse.ts'
import type { Sponsor, SponsoringRooms } from './rooms.ts'
import { windowsOf } from './windows.ts'

interface Desk {
  readonly sponsor: Sponsor
  readonly key: KeyRecord
  readonly account: string
  readonly chain: SponsoringChain
  readonly node?: LedgerNode
}

export async function sponsor(
  rooms: SponsoringRooms,
  purse: Purse,
  request: SponsorRequest,
  call: Call,
): Promise<Sponsored> {
  const desk = deskOf(rooms, request, call)
  try {
    const group = await prepare(desk, request, call.deadline)
    const node = request.broadcast ? nodeForWhole(desk, group) : undefined
    await requireRoom(desk, group, purse, call.deadline)
    const transactions = await sign(rooms, desk, group, call)
    const round = node && (await sendWhole(rooms, node, group, transactions, call.deadline))
    rooms.observe(desk.sponsor, round === undefined ? 'signed' : 'confirmed')
    return answer(desk, group, transactions, round)
  } catch (error) {
    rooms.observe(desk.sponsor, error instanceof Refused ? 'refused' : 'failed')
    throw error
  }
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
  const account = key.accounts?.[0] ?? key.address
  if (account === undefined) throw new Failed('internal', 'The sponsor has no address')
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
  const fees = (await node?.parameters(deadline)) ?? { minFee: 1_000n, feePerByte: 0n }
  const group = chain.prepare({
    network: sponsor.network,
    sponsor: account,
    authority: key.address ?? account,
    terms: sponsor.terms,
    value: request.value,
    inner: request.inner,
    ...(request.fee !== undefined && { fee: request.fee }),
    ...(request.topUp && { topUp: request.topUp }),
    fees,
  })
  if (sponsor.simulate && node) await requireExecutable(node, group, deadline)
  return group
}

/** What would fail anyway costs the sponsor nothing, but uses up its day. */
async function requireExecutable(node: LedgerNode, group: SponsoredGroup, deadline: Deadline): Promise<void> {
  const { would, words } = await node.simulate(group.unsigned, deadline)
  if (would) return
  throw new Refused('not-executable', 'The node says that this group would fail', { ...(words && { got: words }) })
}

async function requireRoom({ sponsor, account, node }: Desk, group: SponsoredGroup, purse: Purse, deadline: Deadline) {
  if (node) await purse.requireRoom(sponsor, account, group.fee + group.topUp, node, deadline)
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
  const missing = group.others.findIndex(({ signedBy }) => signedBy === undefined)
  if (missing !== -1) {
    const where = `transactions[${missing < group.index ? missing : missing + 1}]`
    const hint = 'Leave broadcast out: sign the rest, and send the group yourself or through here again'
    const particulars = { where, got: 'no signature that could be verified', wanted: 'one', hint }
    throw new Refused('invalid-payload', 'The group is not whole, so it cannot be sent', particulars)
  }
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
