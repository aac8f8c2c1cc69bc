/** Which coins of a wallet may be spent now: those nobody here has spent, deep enough, or made by payments of its own. */
import { sideBySide } from '../../base/side-by-side.ts'
import type { Coin, OutPoint, Spender } from '../../core/coins.ts'
import type { WalletAccount } from '../../core/payments.ts'
import type { TransactionRow } from '../../core/store.ts'
import { hashOf, versionsOf } from '../row.ts'
import { itemOf, limit, spendsOf, takenIn, txidIn, txidOf, versionsIn, wholeTransaction, type Turn } from './turn.ts'

export interface Candidate extends OutPoint {
  readonly confirmations: number
}

/** One that may be spent now. */
export interface Spendable extends Candidate {
  /** In a block that no reorganisation takes back, or change of a payment made here. */
  readonly firm: boolean
}

/** Payments in no block that one may rest on: Bitcoin Core relays chains of 25. */
const mostAncestors = 20
const atOnce = 8

/** Deepest first; change that is in no block comes last. */
export async function candidates(
  turn: Turn,
  spender: Spender,
  { addresses }: WalletAccount,
  minConfirmations: number,
): Promise<readonly Spendable[]> {
  const { node, confirmations: final } = turn.coin
  const listed = await node.coins(addresses, limit(turn))
  const change = await ownChange(turn, spender)
  const deep = listed.filter(({ confirmations }) => confirmations >= minConfirmations)
  const ours = new Set(change.map(itemOf))
  const found = new Map<string, Spendable>()
  for (const { txid, index, confirmations } of [...change, ...deep]) {
    const item = itemOf({ txid, index })
    found.set(item, { txid, index, confirmations, firm: BigInt(confirmations) >= final || ours.has(item) })
  }
  const taken = takenIn(turn)
  const free = [...found].filter(([item]) => !taken.has(item)).map(([, candidate]) => candidate)
  return free.toSorted((a, b) => b.confirmations - a.confirmations)
}

/** What comes back of payments that a node knows, and that nothing is about to replace. */
async function ownChange(turn: Turn, spender: Spender): Promise<readonly Candidate[]> {
  const made = new Map(turn.rows.flatMap((row) => versionsOf(row).map((hash) => [txidOf(hash), row])))
  const steady = turn.rows.filter((row) => isSteady(row) && restsOnFew(made, row))
  const outputs = await Promise.all(steady.map((row) => ownOutputs(turn, row, spender)))
  return outputs.flat().map((output) => ({ ...output, confirmations: 0 }))
}

function isSteady(row: TransactionRow): boolean {
  if (row.state === 'mined') return true
  const { replacement, unsigned, error } = row.body
  const settled = replacement === undefined && unsigned === undefined && error === undefined
  return row.state === 'broadcast' && settled && versionsOf(row).length === 1
}

/** Of the newest version, or the one in a block. */
export async function ownOutputs(turn: Turn, row: TransactionRow, spender: Spender): Promise<readonly OutPoint[]> {
  const hash = hashOf(row)
  const version = (await versionsIn(turn, row)).find((one) => one.hash === hash)
  if (version === undefined) return []
  turn.transactions.set(txidOf(version.hash), Promise.resolve(version.raw))
  return turn.coin.coins.ownOutputs(version.raw, spender, row.network)
}

/** Of open payments in no block, itself among them. `made`: which made a transaction, by txid. */
function restsOnFew(made: ReadonlyMap<string, TransactionRow>, row: TransactionRow): boolean {
  const found = new Set<TransactionRow>()
  const look = (one: TransactionRow | undefined): void => {
    if (one === undefined || one.state === 'mined' || found.has(one) || found.size > mostAncestors) return
    found.add(one)
    for (const txid of new Set(spendsOf(one).map(txidIn))) look(made.get(txid))
  }
  look(row)
  return found.size <= mostAncestors
}

/** With their whole transactions. One that nobody has, or whose output is not the wallet's, is left out: a node may lie. */
export async function coinsOf(
  turn: Turn,
  spender: Spender,
  row: TransactionRow,
  wanted: readonly Candidate[],
): Promise<readonly Coin[]> {
  const coins = await sideBySide(wanted, atOnce, (one) => coinOf(turn, spender, row, one))
  return coins.filter((coin) => coin !== undefined)
}

async function coinOf(
  turn: Turn,
  spender: Spender,
  { network }: TransactionRow,
  candidate: Candidate,
): Promise<Coin | undefined> {
  const transaction = await wholeTransaction(turn, candidate.txid)
  if (transaction === undefined) return undefined
  const own = turn.coin.coins.ownOutputs(transaction, spender, network)
  const isOwn = own.some(({ txid, index }) => txid === candidate.txid && index === candidate.index)
  return isOwn ? { ...candidate, transaction } : undefined
}
