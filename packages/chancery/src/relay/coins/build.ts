/** From an order to a transaction that could be signed now, of coins that are free. Claims nothing. */
import { fromHex } from '../../base/bytes.ts'
import type { BuiltSpend, Spender } from '../../core/coins.ts'
import { Failed, keyNotFound, Refused } from '../../core/errors.ts'
import type { CoinOrder, WalletAccount } from '../../core/payments.ts'
import type { TransactionRow } from '../../core/store.ts'
import { accountOf } from '../payment.ts'
import { versionsOf } from '../row.ts'
import { builtChild } from './child.ts'
import { candidates, coinsOf, type Candidate, type Spendable } from './spendable.ts'
import { batch, itemOf, limit, spendsOf, type Turn } from './turn.ts'

const usualConfirmations = 1

/**
 * @throws Refused `insufficient-funds`, `denied` (the bounds of the fee), `node-unavailable` (it knows no fee rate),
 * `wallet-state` (nothing of the parent to spend), and what the chain refuses; Failed of the node
 */
export async function builtFor(turn: Turn, row: TransactionRow, order: CoinOrder): Promise<BuiltSpend> {
  const { account, spender } = await spending(turn, row)
  const feeRate = await feeRateOf(turn, order)
  const found = await candidates(turn, spender, account, order.minConfirmations ?? usualConfirmations)
  const { network } = row
  const { payments, sweepTo, maxFee, parent } = order
  if (parent !== undefined) return builtChild(turn, row, parent, { spender, found, feeRate, maxFee })
  const asked = { network, spender, payments, ...(sweepTo !== undefined && { sweepTo }), feeRate, maxFee }
  const build = (some: readonly Candidate[]) =>
    fromEnough(some, async (part) => {
      return turn.coin.coins.spend({ ...asked, coins: await coinsOf(turn, spender, row, part) })
    })
  // A sweep and a consolidation are of all there is.
  return payments.length === 0 ? build(found) : firmFirst(found, build)
}

/**
 * A coin whose block goes, and which is then spent by whoever paid it, takes the transaction with it for good, and every
 * other coin in that is claimed for what can never be mined. So coins that may go are spent only where others do not do.
 */
async function firmFirst(
  found: readonly Spendable[],
  build: (some: readonly Candidate[]) => Promise<BuiltSpend>,
): Promise<BuiltSpend> {
  const firm = found.filter((one) => one.firm)
  if (firm.length === 0 || firm.length === found.length) return build(found)
  return build(firm).catch((error: unknown) => {
    const others = error instanceof Refused && (error.code === 'insufficient-funds' || error.code === 'denied')
    if (others) return build(found)
    throw error
  })
}

/** The wallet as the chain knows it. */
export async function spending(
  turn: Turn,
  row: TransactionRow,
): Promise<{ readonly account: WalletAccount; readonly spender: Spender }> {
  const { rooms } = turn
  const account = await accountOf(rooms, row, limit(turn))
  const key = rooms.state.current().findKey(row.key)
  if (key === undefined) throw keyNotFound()
  if (account === undefined) throw new Failed('internal', `${row.id} is no wallet's`)
  const { own, change } = account
  const publicKey = own?.children?.[0]?.publicKey ?? { algorithm: key.algorithm, bytes: fromHex(key.publicKey) }
  return { account, spender: { publicKey, change, ...(own && { own }) } }
}

/** No fault of the node, which answered: other payments of the wallet name their rates. */
async function feeRateOf(turn: Turn, { feeRate, blocks, maxFeeRate }: CoinOrder): Promise<bigint> {
  if (feeRate !== undefined) return feeRate
  const { node, feeBlocks } = turn.coin
  const said = await node.feeRate(blocks ?? feeBlocks, limit(turn))
  if (said === undefined) {
    throw new Refused('node-unavailable', 'The node cannot say what a transaction costs now', {
      where: 'feeRate',
      got: 'none',
      wanted: 'base units for 1,000 virtual bytes',
      hint: 'Name a feeRate, or ask again when the node has seen more payments',
    })
  }
  return maxFeeRate !== undefined && said > maxFeeRate ? maxFeeRate : said
}

/** Most payments need few of many coins: more are read only where those are not enough. */
async function fromEnough(
  found: readonly Candidate[],
  build: (some: readonly Candidate[]) => Promise<BuiltSpend>,
): Promise<BuiltSpend> {
  for (let count = batch; ; count += batch) {
    try {
      return await build(found.slice(0, count))
    } catch (error) {
      const short = error instanceof Refused && error.code === 'insufficient-funds'
      if (!short || count >= found.length) throw error
    }
  }
}

/** Members of the body of a row whose coins are claimed with it. */
export function builtMembers(row: TransactionRow, { value, spends, from, fee }: BuiltSpend) {
  const all = new Set([...spendsOf(row), ...spends.map(itemOf)])
  return { prepared: value, spends: [...all], from, fee: fee.toString(), error: undefined, since: undefined }
}

/** Whether anything was signed for it that may be sent. */
export function isSigned(row: TransactionRow): boolean {
  return versionsOf(row).length > 0
}
