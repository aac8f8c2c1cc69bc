/** Wallets of coins that an old signer pays from, on chains in memory, and a house that is to take them over. */
import type { RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { createBitcoin } from '../../../src/chains/bitcoin/chain.ts'
import { networkOf } from '../../../src/chains/bitcoin/networks.ts'
import { addressText } from '../../../src/chains/bitcoin/scripts.ts'
import type { Network } from '../../../src/core/names.ts'
import type { WalletView } from '../../../src/core/wallets.ts'
import { createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import type { TestHouse, TestParts } from '../../integration/house.ts'
import { createCoinLedger, type CoinLedger } from '../../relay/coin-ledger.ts'
import type { PaidOn } from './flips.ts'
import { startOldCoinSigner, type OldCoinSigner } from './old-coin-signer.ts'
import { keyFor, recordOf } from './scene.ts'

export interface CoinTerms {
  readonly symbol: string
  readonly network: Network
  /** Base units for 1,000 virtual bytes. */
  readonly feeRate: bigint
  /** One coin of a deposit, and what is paid of it. */
  readonly deposit: bigint
  readonly payment: bigint
}

const small = { feeRate: 2_000n, deposit: 1_000_000n, payment: 10_000n } as const
/** Regtest each: networks of one family, which differ by data. */
export const bitcoinTerms: CoinTerms = { symbol: 'BTC', network: 'bip122:0f9188f13cb7b2c71f2a335e3a4fc328', ...small }
export const litecoinTerms: CoinTerms = { symbol: 'LTC', network: 'bip122:530827f38f93b43ed12af0b3ad25a288', ...small }
export const dogecoinTerms: CoinTerms = {
  symbol: 'DOGE',
  network: 'bip122:3d2160a3b5dc4a9d62e7e66a295f7031',
  feeRate: 1_000_000n,
  deposit: 500_000_000n,
  payment: 100_000_000n,
}

const allTerms: readonly CoinTerms[] = [bitcoinTerms, litecoinTerms, dogecoinTerms]
export const chain = createBitcoin({ networks: allTerms.map(({ network }) => ({ network })) })

export type Ledgers = ReadonlyMap<Network, CoinLedger>

export function openLedgers(): Ledgers {
  return new Map(
    allTerms.map(({ network, feeRate }) => {
      const ledger = createCoinLedger(network)
      ledger.treat.feeRate = () => feeRate
      return [network, ledger]
    }),
  )
}

/** A house with AWS KMS and a node of each chain. */
export function partsOn({ region, url: endpoint }: RunningEmulator, ledgers: Ledgers): TestParts {
  const { coins } = chain
  if (coins === undefined) throw new Error('Bitcoin has coins')
  const networks = [...ledgers].map(
    ([network, { node }]) => [network, { node, coins, confirmations: 1n, feeBlocks: 3 }] as const,
  )
  return {
    chains: [chain],
    backends: async (installation) => [await createAwsKms({ region, endpoint, installation, clock: systemClock })],
    coinNetworks: new Map(networks),
    interval: 20,
  }
}

/** Anybody may be paid. */
export async function allowCoins(house: TestHouse): Promise<void> {
  const rules = allTerms.map(({ symbol, network }) => {
    const most = { recipients: '*', maximum: '1000000000', maximumFee: '100000000' } as const
    return { name: symbol.toLowerCase(), asset: `${network}/slip44:1` as const, ...most }
  })
  await house.walletPolicy.put({ rules, treasury: {}, sweepFees: {} }, 0, house.operator())
}

export interface OldWallet {
  readonly ledger: CoinLedger
  readonly old: OldCoinSigner
  /** Here, as a shadow. */
  readonly wallet: WalletView
}

/** `coins` deposits in blocks, and a record that was taken in. */
export async function oldWallet(
  emulator: RunningEmulator,
  house: TestHouse,
  ledgers: Ledgers,
  { symbol, network, feeRate, deposit }: CoinTerms,
  { user, coins, form }: { readonly user: string; readonly coins: number; readonly form?: string },
): Promise<OldWallet> {
  const ledger = ledgers.get(network)
  if (ledger === undefined) throw new Error(`no ${network}`)
  const arn = await keyFor(emulator, house)
  const old = await startOldCoinSigner({ emulator, ledger, chain, network, feeRate, ...(form && { form }) }, arn)
  if (coins > 0) ledger.deposit(old.address, ...Array.from({ length: coins }, () => deposit))
  ledger.mine()
  const record = { ...recordOf(user, old.address, arn), asset: symbol, network }
  return { ledger, old, wallet: await house.wallets.import(record, house.operator(), { shadow: true }) }
}

let given = 0

/** Anybody's, and nobody else's. */
export function addressOn(network: Network): string {
  const program = Uint8Array.from(Buffer.from((++given).toString(16).padStart(40, '0'), 'hex'))
  const on = networkOf(network)
  return addressText({ kind: on.bech32 === undefined ? 'p2pkh' : 'p2wpkh', program }, on)
}

/** Payments of the one wallet that pays on it. */
export function onLedger(ledger: CoinLedger, { network, payment }: CoinTerms): PaidOn {
  return {
    address: () => addressOn(network),
    least: payment,
    held: async (address) => ledger.held(address),
    sent: async () => BigInt(ledger.mined().length),
  }
}
