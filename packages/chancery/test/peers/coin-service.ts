/** A service with wallets of every tier on a Litecoin Core of its own: keys in a KMS, data keys, branches of a seed, sealed. */
import { expect } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Call } from '../../src/core/call.ts'
import type { TransactionId, WalletId } from '../../src/core/names.ts'
import type { CoinNode } from '../../src/core/node.ts'
import type { Tier } from '../../src/core/wallet-store.ts'
import type { Withdrawal } from '../../src/core/wallets.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { createBitcoinNode } from '../../src/nodes/bitcoin/node.ts'
import { networkNamed, walletOf } from '../chains/bitcoin/coins/orders.ts'
import { client, openHouse, removeFolder, type TestHouse } from '../integration/house.ts'
import { installation } from '../keys/aws/emulator.ts'
import { startDataKey } from '../keys/aws/local.ts'
import { startLitecoind, type Litecoind } from './litecoind.ts'

export const regtest = networkNamed('LTC', 'regtest')
export const { network } = regtest
export const asset = `${network}/slip44:1` as const
export const treasury = walletOf('p2wpkh', regtest, 'treasury').address

/** What the policy lets a withdrawal's fee come to, in base units. */
export const mostFee = 1_000_000n

export interface CoinService {
  readonly litecoind: Litecoind
  readonly node: CoinNode
  readonly house: TestHouse
  /** Of an exchange: it makes wallets, and has them pay. */
  call(): Call
  /** A new one that was paid these amounts, deep enough to be spent. */
  walletWith(tier: Tier, form: string, ...amounts: readonly bigint[]): Promise<{ id: WalletId; address: string }>
  /** Waits until the payment is in that state. */
  reaches(id: TransactionId, state: string): Promise<Withdrawal>
  close(): Promise<void>
}

/** `options` are litecoind's own. */
export async function openCoinService(...options: readonly string[]): Promise<CoinService> {
  const litecoind = await startLitecoind('-mempoolreplacement=1', ...options)
  const node = createBitcoinNode({ network, urls: [litecoind.url] })
  const { backends, close } = await openBackends()
  const house = await houseOn(node, backends)
  const app = await client(house, [
    { operations: ['wallets:read', 'wallets:create', 'withdraw', 'sweep'], keys: '*', networks: '*' },
  ])
  await house.walletPolicy.put(policy, 0, house.operator())
  return {
    litecoind,
    node,
    house,
    ...using(house, app, litecoind),
    async close() {
      await house.close()
      await removeFolder(house)
      await close()
      node.close()
      await litecoind.stop()
    },
  }
}

async function openBackends() {
  const aws = await startDataKey()
  const { url: endpoint, region } = aws.emulator
  const kms = await createAwsKms({ region, endpoint, installation, clock: systemClock })
  const close = async () => {
    await kms.close()
    await aws.close()
  }
  return { backends: [kms, aws.backend], close }
}

function houseOn(node: CoinNode, extraBackends: Awaited<ReturnType<typeof openBackends>>['backends']) {
  const chain = createBitcoin({ networks: [{ network }] })
  const { coins } = chain
  if (coins === undefined) throw new Error('the chain has no coins')
  const coinNetworks = new Map([[network, { node, coins, confirmations: 2n, feeBlocks: 6 }]])
  return openHouse({ chains: [chain], coinNetworks, extraBackends, interval: 20 })
}

const rule = {
  name: 'all',
  asset,
  recipients: '*',
  maximum: '100000000000',
  maximumFee: String(mostFee),
} as const
const policy = { rules: [rule], treasury: { [network]: [treasury] }, sweepFees: { [network]: '100000000' } }

let made = 0

function using(house: TestHouse, principal: Principal, litecoind: Litecoind) {
  const call = (): Call => ({ principal, deadline: deadlineIn(60_000, systemClock) })
  return {
    call,
    async walletWith(tier: Tier, form: string, ...amounts: readonly bigint[]) {
      const user = `${tier} ${form} ${made++}`
      const { row } = await house.wallets.create({ user, asset: 'LTC', network, tier, form }, call())
      const address = row.address ?? ''
      for (const amount of amounts) await litecoind.pay(address, amount)
      await litecoind.mine(3)
      return { id: row.id, address }
    },
    async reaches(id: TransactionId, state: string) {
      await expect
        .poll(async () => (await house.wallets.withdrawal(id, call())).state, { timeout: 30_000, interval: 50 })
        .toBe(state)
      return house.wallets.withdrawal(id, call())
    },
  }
}

/** The txid of what was sent last for a payment, or is in a block. */
export function txidIn({ txids: [newest] }: Withdrawal): string {
  if (newest !== undefined) return newest
  throw new Error('nothing was sent')
}
