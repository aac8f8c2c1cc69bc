/** Everything of one asset that a wallet holds, to the organisation's own treasury and nowhere else. */
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { Network } from '../core/names.ts'
import type { CoinOrder, NonceOrder, WalletPayment } from '../core/payments.ts'
import type { Snapshot } from '../core/state.ts'
import type { SweepRequest, Withdrawal } from '../core/wallets.ts'
import type { WalletPolicy } from '../core/wallet-policy.ts'
import { destinationOf } from './address.ts'
import type { Place } from './assets.ts'
import { findWallet, requireState } from './find.ts'
import { evaluateSweep } from './policy/evaluate.ts'
import { refuseFrozen } from './policy/frozen.ts'
import type { WalletRooms } from './rooms.ts'
import { rulesFor } from './rules-for.ts'
import { termsMember } from './terms.ts'
import { payerOf, payingPlace, requireFeeRate } from './withdraw.ts'
import { withdrawalOf } from './withdrawals.ts'

export async function sweep(rooms: WalletRooms, request: SweepRequest, call: Call): Promise<Withdrawal> {
  return withdrawalOf(
    rooms,
    await rooms.payments.pay((_, snapshot) => prepare(rooms, request, snapshot, call), call, request.idempotency),
  )
}

/** What it comes to on a chain of coins is known when it is signed: so many coins, less the fee. */
export const everything = (1n << 63n) - 1n

function amountIn(amount: bigint): { readonly amount?: bigint } {
  return amount === everything ? {} : { amount }
}

async function prepare(
  rooms: WalletRooms,
  request: SweepRequest,
  snapshot: Snapshot,
  call: Call,
): Promise<WalletPayment> {
  const row = requireState(await findWallet(rooms, request.wallet, 'sweep', call), 'CREATED')
  const place = payingPlace(rooms, row, request.asset)
  const { asset, network } = place
  requireFeeRate(place, request)
  refuseFrozen(snapshot, { wallet: row.id, user: row.user, asset })
  const payer = payerOf(row)
  const policy = snapshot.walletPolicy.value
  const to = destinationOf(rooms, place, request.to ?? onlyTreasury(policy, network), 'to')
  const maxFee = request.maxFee ?? BigInt(policy.sweepFees[network] ?? 0n)
  requireAllowed(policy, { network, to, maxFee })
  if (to === payer.sender) throw new Refused('denied', 'The wallet is the treasury itself', { where: 'to', got: to })
  const amount = await amountOf(rooms, place, payer.sender, maxFee, call)
  return {
    ...payer,
    network,
    purpose: 'sweep',
    right: 'sweep',
    order: orderOf(place, to, amount, maxFee, request),
    rules: rulesFor({ network, recipients: [to], asset, amount, maxFee }),
    windows: [],
    terms: termsMember({ purpose: 'sweep', user: row.user, asset, to, maxFee, ...amountIn(amount) }),
  }
}

function onlyTreasury({ treasury }: WalletPolicy, network: Network): string {
  const listed = treasury[network] ?? []
  const [only, second] = listed
  if (only !== undefined && second === undefined) return only
  if (only === undefined) throw noTreasury(network)
  const particulars = { where: 'to', got: 'none', wanted: listed.join(', ') }
  throw new Refused('denied', 'Say which address of the treasury', particulars)
}

function noTreasury(network: Network): Refused {
  return new Refused('denied', 'The policy of wallets names no treasury on this network', {
    where: 'treasury',
    got: 'none',
    wanted: `an address under ${network}`,
    hint: 'A sweep goes to the treasury and nowhere else: chancery wallets policy put',
  })
}

function requireAllowed(policy: WalletPolicy, asked: Parameters<typeof evaluateSweep>[1]): void {
  const { verdict, checks } = evaluateSweep(policy, asked)
  if (verdict === 'allow') return
  const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name)
  throw new Refused('denied', `The policy of wallets does not allow it: ${failed.join(', ')}`, { checks })
}

/** On chains with nonces a transaction names what it pays: what there is now, less the fee where it is paid in it. */
async function amountOf(
  rooms: WalletRooms,
  { chain, asset, native, network }: Place,
  sender: string,
  maxFee: bigint,
  { deadline }: Call,
): Promise<bigint> {
  if (chain.transfer === undefined) return everything
  const held = await rooms.balance?.(network, asset, sender, deadline)
  if (held === undefined) {
    const particulars = { where: 'networks', got: network, wanted: 'an rpc of this network' }
    throw new Refused('not-configured', 'Without a node nobody knows what the wallet holds', particulars)
  }
  const amount = asset === native.asset ? held - maxFee : held
  if (amount > 0n) return amount
  throw new Refused('insufficient-funds', 'There is nothing to sweep', {
    got: String(held),
    wanted: asset === native.asset ? `more than the fee, ${maxFee}` : 'more than 0',
  })
}

function orderOf(
  { chain, asset }: Place,
  to: string,
  amount: bigint,
  maxFee: bigint,
  { feeRate }: SweepRequest,
): CoinOrder | NonceOrder {
  if (chain.transfer !== undefined) return { value: chain.transfer(asset, to, amount) }
  return { payments: [], sweepTo: to, maxFee, ...(feeRate !== undefined && { feeRate }) }
}
