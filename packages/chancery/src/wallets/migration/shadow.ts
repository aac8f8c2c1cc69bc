/** What the old signer signed, held against what would be signed here: the same bytes, by the same key, as policy sees it. */
import { fromHex, type Hex } from '../../base/bytes.ts'
import { chunksOf } from '../../base/chunks.ts'
import type { Deadline } from '../../base/deadline.ts'
import type { Call } from '../../core/call.ts'
import type { Decision } from '../../core/decision.ts'
import { type Code, Failed, Refused } from '../../core/errors.ts'
import type { Facts } from '../../core/facts.ts'
import type { AttemptId, Network, WalletId } from '../../core/names.ts'
import type { WalletRow } from '../../core/wallet-store.ts'
import type { AskedPayment } from '../../core/wallet-policies.ts'
import type { ShadowComparison, SignedBefore } from '../../core/wallets.ts'
import { publicKeyOf } from '../account.ts'
import { formOf, placeOfRow, type Place } from '../assets.ts'
import { findWallet, requireState } from '../find.ts'
import { accountOf } from '../paying.ts'
import { evaluatePayment } from '../policy/evaluate.ts'
import { momentOf } from '../policy/moment.ts'
import type { WalletRooms } from '../rooms.ts'
import { bodyOf } from '../row.ts'
import { noteCompared } from './mark.ts'

/** What is not read, or not by this wallet, is an answer and no error: the comparison failed. */
export async function shadow(
  rooms: WalletRooms,
  id: WalletId,
  signed: SignedBefore,
  call: Call,
): Promise<ShadowComparison> {
  const right = rooms.permits(call.principal, 'admin', {}) ? 'admin' : 'withdraw'
  const row = requireState(await findWallet(rooms, id, right, call), 'CREATED')
  const snapshot = await rooms.state.refreshIfMoved(call.deadline)
  const compared = await compare(rooms, row, signed, call)
  await noteCompared(rooms, snapshot, row, compared.agrees, call)
  return { wallet: id, ...compared }
}

type Compared = Omit<ShadowComparison, 'wallet'>

async function compare(rooms: WalletRooms, row: WalletRow, signed: SignedBefore, call: Call): Promise<Compared> {
  const told: { summary?: ReadOurs['summary']; decision?: Decision } = {}
  try {
    const ours = await readOurs(rooms, row, signed, call)
    told.summary = ours.summary
    told.decision = await decisionOn(rooms, row, ours.facts, call)
    return { agrees: true, ...told, attempt: await sign(rooms, row, ours, call) }
  } catch (error) {
    if (!(error instanceof Refused) || !differences.has(error.code)) throw error
    return { agrees: false, difference: sentence(error), ...told }
  }
}

/** The others are about whether anything can be compared now. */
const differences: ReadonlySet<Code> = new Set([
  'invalid-payload',
  'not-canonical',
  'unsupported-payload',
  'wrong-network',
])

function sentence({ message, particulars: { got, wanted } }: Refused): string {
  const words = [got === undefined ? '' : `got ${got}`, wanted === undefined ? '' : `wanted ${wanted}`].filter(Boolean)
  return words.length === 0 ? message : `${message}: ${words.join(', ')}`
}

type ReadOurs = Awaited<ReturnType<typeof readOurs>>

/** @throws Refused what the chain does; `not-supported` where it reads no signed transactions; `invalid-request` */
async function readOurs(rooms: WalletRooms, row: WalletRow, { raw, previous }: SignedBefore, { deadline }: Call) {
  const place = placeOfRow(rooms, row)
  const { chain, network } = place
  if (chain.readSigned === undefined || row.key === undefined) {
    const hint = 'Hold the wallet against its key instead: chancery wallets verify'
    throw new Refused('not-supported', `Signed transactions of ${chain.id} are not read here`, { hint })
  }
  const bytes = fromHex(raw)
  const spent = await spentBy(rooms, place, bytes, previous, deadline)
  const publicKey = publicKeyOf(row, formOf(place, bodyOf(row).form))
  const { value, signatures } = chain.readSigned(bytes, network, spent)
  const own = chain.coins && (await accountOf(rooms, row.id, deadline)).own
  const intent = chain.parse({ operation: 'sign:transaction', network, value, publicKey, ...(own && { own }) })
  const facts = chain.facts(intent, publicKey)
  return { publicKey, facts, theirs: signatures, summary: intent.summary, payloads: chain.payloads(intent, row.key) }
}

/** Transactions that a node is asked for: as many as a request may hand over. */
const mostAsked = 1_000

/** Bytes of them in all that are kept in memory. */
const mostBytes = 16 * 1_024 * 1_024

/** Asked for between two looks at how many bytes there are: none is larger than a block. */
const askedTogether = 8

/**
 * The whole transactions it spends from. The chain holds each against its id, so nobody need be believed about them.
 * @throws Refused `invalid-request` for more than are read here
 */
async function spentBy(
  rooms: WalletRooms,
  { chain: { coins }, network }: Place,
  raw: Uint8Array,
  previous: readonly Hex[] | undefined,
  deadline: Deadline,
): Promise<readonly Uint8Array[]> {
  if (coins !== undefined) {
    if (previous !== undefined) return previous.map(fromHex)
    const txids = new Set(coins.inputs(raw).map(({ txid }) => txid))
    return askedFor(rooms, network, [...txids], deadline)
  }
  if (previous === undefined) return []
  const particulars = { where: 'previous', got: `${previous.length} transactions`, wanted: 'none' }
  throw new Refused('invalid-request', `Transactions of ${network} spend no others`, particulars)
}

async function askedFor(
  { transactions }: WalletRooms,
  network: Network,
  txids: readonly string[],
  deadline: Deadline,
): Promise<readonly Uint8Array[]> {
  if (txids.length > mostAsked) throw tooMuch(`${txids.length} transactions`, `at most ${mostAsked}`)
  const all: Uint8Array[] = []
  let bytes = 0
  for (const some of chunksOf(txids, askedTogether)) {
    const found = (await transactions?.(network, some, deadline)) ?? []
    bytes += found.reduce((sum, one) => sum + one.length, 0)
    if (bytes > mostBytes) throw tooMuch(`more than ${mostBytes} bytes`, 'less')
    all.push(...found)
  }
  return all
}

function tooMuch(got: string, wanted: string): Refused {
  return new Refused('invalid-request', 'It spends from more transactions than are read here', {
    where: 'raw.inputs',
    got,
    wanted,
    hint: 'Compare a smaller payment: one that agrees is enough to cut over',
  })
}

async function sign(
  rooms: WalletRooms,
  row: WalletRow,
  { publicKey, payloads, theirs, summary }: ReadOurs,
  { principal, deadline }: Call,
): Promise<AttemptId> {
  const key = row.key && rooms.state.current().keys.get(row.key)?.value
  const backend = key && rooms.backends.get(key.backend)
  if (key === undefined || backend === undefined) {
    throw new Failed('not-configured', `The key of the wallet ${row.id} is not here`)
  }
  return rooms.signShadow({
    publicKey,
    payloads,
    theirs,
    summary,
    key,
    backend,
    network: row.network,
    client: principal.client,
    deadline,
  })
}

/** As a payment of exactly what the transaction moves; one that moves anything else is no payment, and denied. */
async function decisionOn(rooms: WalletRooms, row: WalletRow, facts: Facts, { deadline }: Call): Promise<Decision> {
  const policy = rooms.state.current().walletPolicy.value
  const asked = paymentIn(row, facts)
  if (asked === undefined) {
    const got = facts.effects.map(({ kind }) => kind).join(', ')
    return { verdict: 'deny', checks: [{ name: 'payment', ok: false, got, allowed: 'one transfer' }] }
  }
  const { verdict, checks } = evaluatePayment(policy, asked, await momentOf(rooms, policy, asked, deadline))
  return { verdict, checks }
}

function paymentIn(row: WalletRow, { effects, fee }: Facts): AskedPayment | undefined {
  const [only, second] = effects
  if (only?.kind !== 'transfer' || second !== undefined) return undefined
  const { asset, to, amount } = only
  const { id: wallet, user, tier, network } = row
  return { wallet, user, tier, network, asset, to, amount, maxFee: fee?.max ?? 0n }
}
