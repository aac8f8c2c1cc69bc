/** A house with one wallet of Bitcoin on a chain in memory. */
import { sha256Hex, utf8 } from '../../src/base/bytes.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Refused } from '../../src/core/errors.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Network, TransactionId, WalletId } from '../../src/core/names.ts'
import type { CoinOrder, PayingWallets, WalletPayment } from '../../src/core/payments.ts'
import { noRules, type Rules } from '../../src/core/rules.ts'
import type { IdempotencyKey, TransactionView } from '../../src/core/transactions.ts'
import { client, network as evm, openHouse, type TestHouse, type TestParts } from '../integration/house.ts'
import type { CoinLedger } from './coin-ledger.ts'

export const regtest: Network = 'bip122:0f9188f13cb7b2c71f2a335e3a4fc328'
export const asset = `${regtest}/slip44:1` as const
/** Somebody else's: BIP-173's example key. */
export const payee = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080'
export const walletId: WalletId = 'wal_01jd00000000000000000000aa'

const chains = () => [
  createEvm({ networks: [{ network: evm }], assets: [] }),
  createBitcoin({ networks: [{ network: regtest }] }),
]

export interface Wallet {
  readonly key: KeyRecord
  readonly address: string
}

/** Wallets as the relay asks for them, of which there is one; `why` makes its payments wait. */
export interface OneWallet extends PayingWallets {
  readonly at: { address?: string; why?: Refused }
}

export function oneWallet(): OneWallet {
  const at: OneWallet['at'] = {}
  return {
    at,
    accountOf: async () => {
      const { address } = at
      if (address === undefined) throw new Error('no wallet yet')
      return { addresses: [address], change: address }
    },
    notePaid: async () => {},
    refusal: () => at.why,
    ended: () => undefined,
  }
}

export function coinParts(ledger: CoinLedger, wallets: PayingWallets, confirmations = 2n): TestParts {
  const bitcoin = chains()[1]
  const coins = bitcoin?.coins
  if (coins === undefined) throw new Error('Bitcoin has coins')
  return {
    chains: chains(),
    coinNetworks: new Map([[regtest, { node: ledger.node, coins, confirmations, feeBlocks: 3 }]]),
    payingWallets: wallets,
    interval: 20,
  }
}

export interface CoinHouse extends TestHouse {
  readonly ledger: CoinLedger
  readonly owner: OneWallet
  readonly wallet: Wallet
  readonly app: Principal
}

/** On a folder of its own, or on what an earlier house left, whose wallet is given. */
export async function openCoinHouse(
  ledger: CoinLedger,
  more: TestParts = {},
  earlier?: Pick<CoinHouse, 'wallet' | 'app'>,
): Promise<CoinHouse> {
  const wallets = oneWallet()
  const house = await openHouse({ ...coinParts(ledger, wallets), ...more })
  if (earlier !== undefined) {
    wallets.at.address = earlier.wallet.address
    return { ...house, ledger, owner: wallets, wallet: earlier.wallet, app: earlier.app }
  }
  const own = { backend: 'sealed', family: 'bitcoin', kind: 'decoded', network: regtest } as const
  const key = await house.keyring.create(own, house.operator())
  const address = String(key.address)
  wallets.at.address = address
  const app = await client(house, [{ operations: ['withdraw', 'sweep'], keys: [key.id], networks: '*' }])
  return { ...house, ledger, owner: wallets, wallet: { key, address }, app }
}

export function rulesFor(recipients: readonly string[], maximum = '100000000000', fee = '1000000'): Rules {
  return {
    ...noRules,
    operations: ['sign:transaction'],
    networks: [regtest],
    recipients,
    maximums: { [asset]: maximum },
    fees: { [regtest]: fee },
  }
}

export function paymentOf({ wallet: { key, address } }: CoinHouse, order: Partial<CoinOrder>): WalletPayment {
  const payments = order.payments ?? []
  return {
    wallet: walletId,
    key: key.id,
    network: regtest,
    sender: address,
    purpose: order.sweepTo === undefined ? 'withdrawal' : 'sweep',
    right: order.sweepTo === undefined ? 'withdraw' : 'sweep',
    order: { payments, maxFee: 1_000_000n, ...order },
    rules: rulesFor([...payments.map((one) => one.address), order.sweepTo ?? address]),
    windows: [],
    terms: { to: payments[0]?.address ?? address, amount: String(payments[0]?.amount ?? 0n) },
  }
}

export function pay(
  house: CoinHouse,
  amount: bigint,
  more: Partial<WalletPayment> & { readonly coins?: Partial<CoinOrder> } = {},
  idempotency?: IdempotencyKey,
): Promise<TransactionView> {
  const { coins, ...rest } = more
  const payment = { ...paymentOf(house, { payments: [{ address: payee, amount }], ...coins }), ...rest }
  return house.relay.pay(() => payment, house.as(house.app), idempotency)
}

export function rowOf(house: CoinHouse, id: TransactionId) {
  return house.relay.payment(id, house.operator().deadline).then((view) => view?.row)
}

export function named(key: string, body = key): IdempotencyKey {
  return { route: 'withdraw', key, bodyHash: sha256Hex(utf8(body)) }
}
