/** A withdrawal: the wallet, the destination, the policy and its windows; then the relay's. */
import { sha256Hex, utf8 } from '../base/bytes.ts'
import { atMost } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { TransactionId } from '../core/names.ts'
import type { CoinOrder, NonceOrder, WalletPayment } from '../core/payments.ts'
import { commitLimit } from '../core/recorder.ts'
import type { Snapshot } from '../core/state.ts'
import type { Destination, WalletRow } from '../core/wallet-store.ts'
import type { AskedPayment, PaymentDecision } from '../core/wallet-policies.ts'
import type { Withdrawal, WithdrawRequest } from '../core/wallets.ts'
import { destinationOf } from './address.ts'
import { isCalled, placeOf, placeOfRow, placesOf, type Place } from './assets.ts'
import { findWallet, requireState } from './find.ts'
import { evaluatePayment } from './policy/evaluate.ts'
import { refuseFrozen } from './policy/frozen.ts'
import { momentOf } from './policy/moment.ts'
import { mostFee } from './policy/most-fee.ts'
import { windowsOf } from './policy/windows.ts'
import type { WalletRooms } from './rooms.ts'
import { rulesFor } from './rules-for.ts'
import { termsMember } from './terms.ts'
import { withdrawalOf } from './withdrawals.ts'

export async function withdraw(rooms: WalletRooms, request: WithdrawRequest, call: Call): Promise<Withdrawal> {
  const view = await rooms.payments.pay(
    (id, snapshot) => prepare(rooms, request, id, snapshot, call),
    call,
    request.idempotency,
  )
  return withdrawalOf(rooms, view)
}

/** Asked again whenever the state moved before the payment was recorded. */
async function prepare(
  rooms: WalletRooms,
  request: WithdrawRequest,
  id: TransactionId,
  snapshot: Snapshot,
  call: Call,
): Promise<WalletPayment> {
  const row = requireState(await findWallet(rooms, request.wallet, 'withdraw', call), 'CREATED')
  const place = payingPlace(rooms, row, request.asset)
  requireFeeRate(place, request)
  refuseFrozen(snapshot, { wallet: row.id, user: row.user, asset: place.asset })
  const to = destinationOf(rooms, place, request.to, 'to')
  const policy = snapshot.walletPolicy.value
  const owner = { wallet: row.id, user: row.user, tier: row.tier, asset: place.asset, network: row.network }
  const maxFee = request.maxFee ?? mostFee(policy, owner)
  const asked = { ...owner, to, amount: request.amount, maxFee }
  const destination = await judge(rooms, snapshot, asked, call)
  const { chain, network, asset } = place
  const amount = request.amount
  return {
    ...payerOf(row),
    network,
    purpose: 'withdrawal',
    right: 'withdraw',
    order: orderOf(place, to, request, maxFee),
    rules: rulesFor({ network, recipients: [chain.parseAddress(to, 'to', network)], asset, amount, maxFee }),
    windows: windowsOf(policy, asked, sha256Hex(utf8(id)), rooms.clock),
    ...(destination && { destinations: [destination] }),
    terms: termsMember({ purpose: 'withdrawal', user: row.user, asset, to, amount, maxFee }),
  }
}

/** The wallet's own asset, or another one on its network. @throws Refused `not-supported` for one that is elsewhere */
export function payingPlace(rooms: WalletRooms, row: WalletRow, asset: string | undefined): Place {
  const own = placeOfRow(rooms, row)
  if (asset === undefined) return own
  const named = placesOf(rooms).filter((place) => isCalled(place, asset))
  if (named.length > 0 && named.every((place) => place.network !== row.network)) throw notHere(row, asset)
  return placeOf(rooms, asset, row.network)
}

function notHere({ network }: WalletRow, got: string): Refused {
  const particulars = { where: 'asset', got, wanted: `an asset on ${network}` }
  return new Refused('not-supported', 'A wallet pays in assets of its own network', particulars)
}

/** A rate that nothing would keep to is not passed over. @throws Refused `not-supported` on chains that have none */
export function requireFeeRate({ chain, network }: Place, { feeRate }: Pick<WithdrawRequest, 'feeRate'>): void {
  if (feeRate === undefined || chain.transfer === undefined) return
  throw new Refused('not-supported', `A feeRate is for chains of coins, which ${network} is not`, {
    where: 'feeRate',
    got: String(feeRate),
    wanted: 'maxFee',
    hint: "Leave it out, and bound the fee by maxFee, in base units of the network's own coin: the node says what gas costs",
  })
}

/** @throws Refused `wallet-state` for a wallet that was never finished */
export function payerOf(row: WalletRow): Pick<WalletPayment, 'wallet' | 'key' | 'sender'> {
  const { id: wallet, key, address: sender } = row
  if (key !== undefined && sender !== undefined) return { wallet, key, sender }
  throw new Refused('wallet-state', 'The wallet has no address yet', { got: row.state, wanted: 'CREATED' })
}

function orderOf(
  { chain, asset }: Place,
  to: string,
  { amount, feeRate }: WithdrawRequest,
  maxFee: bigint,
): CoinOrder | NonceOrder {
  if (chain.transfer !== undefined) return { value: chain.transfer(asset, to, amount) }
  return { payments: [{ address: to, amount }], maxFee, ...(feeRate !== undefined && { feeRate }) }
}

/**
 * @returns the destination where it is to be noted with the payment: a rule asks for it, and lets it be paid at once
 * @throws Refused `denied` with every check, and when to come again where a new destination must wait
 */
async function judge(
  rooms: WalletRooms,
  snapshot: Snapshot,
  asked: AskedPayment,
  call: Call,
): Promise<Destination | undefined> {
  const policy = snapshot.walletPolicy.value
  const decision = evaluatePayment(policy, asked, await momentOf(rooms, policy, asked, call.deadline))
  if (decision.verdict === 'allow') return decision.destination
  if (decision.destination !== undefined) await note(rooms, decision.destination, call)
  throw denied(decision, snapshot)
}

function denied({ checks, hint, retryAfter }: PaymentDecision, { walletPolicy }: Snapshot): Refused {
  const failed = checks.filter((check) => !check.ok).map(({ name }) => name)
  const none = walletPolicy.value.rules.length === 0 ? noPolicy : undefined
  const advice = hint ?? none
  return new Refused('denied', `The policy of wallets does not allow it: ${failed.join(', ')}`, {
    checks,
    ...(advice && { hint: advice }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

const noPolicy = 'No wallet pays anybody before a policy says so: PUT /v1/wallet-policy, or chancery wallets policy put'

/** The time of a destination begins with the first request to pay it, which is refused. */
async function note(rooms: WalletRooms, destination: Destination, call: Call): Promise<void> {
  const { network, address } = destination
  const entry = { kind: 'notice', notice: 'new-destination', client: call.principal.client, network, address } as const
  const item = { bodies: [entry], guards: [], signs: false, destinations: [destination] }
  await rooms.recorder.record(item, atMost(call.deadline, commitLimit))
}
