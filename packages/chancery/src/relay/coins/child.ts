/** A payment to the wallet itself that pays for one before it, so that a miner takes both (CPFP): of what came back of that. */
import type { BuiltSpend, OutPoint, Spender } from '../../core/coins.ts'
import { Refused } from '../../core/errors.ts'
import type { SignedTransaction, TransactionRow } from '../../core/store.ts'
import { coinsOf, ownOutputs, type Candidate } from './spendable.ts'
import { batch, itemOf, takenIn, versionsIn, type Turn } from './turn.ts'

interface Asked {
  readonly spender: Spender
  /** Coins that may pay as well. */
  readonly found: readonly Candidate[]
  readonly feeRate: bigint
  readonly maxFee: bigint
}

/** @throws Refused `wallet-state` where nothing of the parent is there to be spent, and what the chain refuses */
export async function builtChild(
  turn: Turn,
  row: TransactionRow,
  parentId: string,
  { spender, found, feeRate, maxFee }: Asked,
): Promise<BuiltSpend> {
  const [parent, { raw }] = await parentOf(turn, parentId)
  const mustSpend = await unspentOf(turn, parent, spender)
  const items = new Set(mustSpend.map(itemOf))
  const own = mustSpend.map((output) => ({ ...output, confirmations: 0 }))
  const wanted = [...own, ...found.filter((one) => !items.has(itemOf(one)))].slice(0, batch)
  const coins = await coinsOf(turn, spender, row, wanted)
  const parentFee = feeOf(parent)
  const { network } = row
  return turn.coin.coins.payForParent({ network, spender, coins, feeRate, maxFee, mustSpend, parent: raw, parentFee })
}

async function parentOf(turn: Turn, id: string): Promise<readonly [TransactionRow, SignedTransaction]> {
  const parent = turn.rows.find((one) => one.id === id && (one.state === 'signed' || one.state === 'broadcast'))
  const newest = parent && (await versionsIn(turn, parent)).at(-1)
  if (parent !== undefined && newest !== undefined) return [parent, newest]
  throw nothingOfParent('it is in a block, or was never sent')
}

async function unspentOf(turn: Turn, parent: TransactionRow, spender: Spender): Promise<readonly OutPoint[]> {
  const taken = takenIn(turn)
  const unspent = (await ownOutputs(turn, parent, spender)).filter((output) => !taken.has(itemOf(output)))
  if (unspent.length > 0) return unspent
  throw nothingOfParent('nothing came back of it, or that is spent already')
}

function nothingOfParent(got: string): Refused {
  return new Refused('wallet-state', 'There is no output of the parent to pay for it with', { where: 'parent', got })
}

/** Of the newest version. */
function feeOf({ body }: TransactionRow): bigint {
  return BigInt(typeof body['fee'] === 'string' ? body['fee'] : 0)
}
