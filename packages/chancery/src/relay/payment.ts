/** What a row keeps of a wallet's payment, and what of it is asked again whenever it is signed. */
import type { Deadline } from '../base/deadline.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { Failed, type Refused } from '../core/errors.ts'
import type { TransactionId } from '../core/names.ts'
import type { CoinOrder, NonceOrder, WalletAccount, WalletPayment } from '../core/payments.ts'
import type { Rules } from '../core/rules.ts'
import type { OwnUse } from '../core/services.ts'
import type { Snapshot } from '../core/state.ts'
import type { TransactionRow } from '../core/store.ts'
import type { RelayRooms } from './rooms.ts'

/** The same order with amounts in decimal, as it stands in the body. */
interface KeptOrder {
  readonly payments: readonly { readonly address: string; readonly amount: string }[]
  readonly sweepTo?: string
  readonly parent?: TransactionId
  readonly feeRate?: string
  readonly blocks?: number
  readonly maxFeeRate?: string
  readonly maxFee: string
  readonly minConfirmations?: number
}

type Kept = Omit<OwnUse, 'refusal' | 'purpose'> & Pick<WalletPayment, 'purpose'> & { readonly order?: KeptOrder }

export function isCoinOrder(order: NonceOrder | CoinOrder): order is CoinOrder {
  return 'payments' in order
}

/** Members of an accepted row's body. */
export function paymentMembers({ order, purpose, right, rules, terms }: WalletPayment): JsonObject {
  const kept = { purpose, right, rules: { ...rules } }
  if (!isCoinOrder(order)) return { value: order.value, payment: kept, terms }
  return { payment: { ...kept, order: keptOrder(order) }, terms }
}

function keptOrder({ payments, feeRate, maxFeeRate, maxFee, ...rest }: CoinOrder): JsonObject {
  return {
    ...rest,
    payments: payments.map(({ address, amount }) => ({ address, amount: amount.toString() })),
    maxFee: maxFee.toString(),
    ...(feeRate !== undefined && { feeRate: feeRate.toString() }),
    ...(maxFeeRate !== undefined && { maxFeeRate: maxFeeRate.toString() }),
  }
}

/** Rows are believed as they were sealed (`genuine.ts`): what stands there, `paymentMembers` wrote. */
function keptOf(row: TransactionRow): Kept | undefined {
  const kept = row.body['payment']
  return kept === undefined ? undefined : (kept as unknown as Kept)
}

/** @throws Failed `internal` for a row without one */
export function coinOrderOf(row: TransactionRow): CoinOrder {
  const order = keptOf(row)?.order
  if (order === undefined) throw new Failed('internal', `${row.id} does not say what it pays`)
  const { payments, feeRate, maxFeeRate, maxFee, ...rest } = order
  return {
    ...rest,
    payments: payments.map(({ address, amount }) => ({ address, amount: BigInt(amount) })),
    maxFee: BigInt(maxFee),
    ...(feeRate !== undefined && { feeRate: BigInt(feeRate) }),
    ...(maxFeeRate !== undefined && { maxFeeRate: BigInt(maxFeeRate) }),
  }
}

/** Members of the body that have it signed by other rules from here on. */
export function withRules(row: TransactionRow, rules: Rules): JsonObject {
  const payment = row.body['payment']
  return { payment: { ...(isJsonObject(payment) && payment), rules: { ...rules } } }
}

/** Absent for a key's own transaction: that is judged by the key's rules. What is `claimed` may end nowhere but on its chain. */
export function ownUseOf(rooms: RelayRooms, row: TransactionRow, claimed: boolean): OwnUse | undefined {
  const kept = keptOf(row)
  if (kept === undefined) return undefined
  const { purpose, right, rules } = kept
  const refusal = (snapshot: Snapshot) =>
    refusalOf(rooms, row, snapshot) ?? (claimed ? undefined : endOf(rooms, row, snapshot))
  return { purpose, right, rules, refusal }
}

/** Why a row is not signed under this snapshot: it waits. */
export function refusalOf(rooms: RelayRooms, row: TransactionRow, snapshot: Snapshot): Refused | undefined {
  return row.wallet === undefined ? undefined : rooms.wallets.refusal(row, snapshot)
}

/** Why a row for which nothing is claimed is not paid here any more. */
export function endOf(rooms: RelayRooms, row: TransactionRow, snapshot: Snapshot): Refused | undefined {
  return row.wallet === undefined ? undefined : rooms.wallets.ended(row, snapshot)
}

/** @throws Refused, Failed: what `accountOf` does */
export async function accountOf(
  rooms: RelayRooms,
  { wallet }: Pick<TransactionRow, 'wallet'>,
  deadline: Deadline,
): Promise<WalletAccount | undefined> {
  return wallet && rooms.wallets.accountOf(wallet, deadline)
}
