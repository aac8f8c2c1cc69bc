/** Wallets of each tier as the service makes them, paid and paying on Litecoin Core: keys in a KMS, data keys, trees, sealed. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Call } from '../../src/core/call.ts'
import type { TransactionId } from '../../src/core/names.ts'
import type { CoinNode } from '../../src/core/node.ts'
import { noRules, type Rules } from '../../src/core/rules.ts'
import type { Tier } from '../../src/core/wallet-store.ts'
import type { Withdrawal } from '../../src/core/wallets.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { createBitcoinNode } from '../../src/nodes/bitcoin/node.ts'
import { coins as bare, networkNamed, orderOf, signed, walletOf } from '../chains/bitcoin/coins/orders.ts'
import { soon } from '../contract/coin-node.ts'
import { client, openHouse, removeFolder, type TestHouse } from '../integration/house.ts'
import { installation } from '../keys/aws/emulator.ts'
import { startDataKey } from '../keys/aws/local.ts'
import { litecoindIsThere, litecoindMissing, startLitecoind, type Litecoind } from './litecoind.ts'

const regtest = networkNamed('LTC', 'regtest')
const { network } = regtest
const asset = `${network}/slip44:1` as const
const treasury = walletOf('p2wpkh', regtest, 'treasury').address

let litecoind: Litecoind
let node: CoinNode
let aws: Awaited<ReturnType<typeof startDataKey>>
let kms: Awaited<ReturnType<typeof createAwsKms>>
let house: TestHouse
let app: Principal

beforeAll(async () => {
  if (!litecoindIsThere) return
  litecoind = await startLitecoind('-mempoolreplacement=1')
  node = createBitcoinNode({ network, urls: [litecoind.url] })
  aws = await startDataKey()
  const { url: endpoint, region } = aws.emulator
  kms = await createAwsKms({ region, endpoint, installation, clock: systemClock })
  const chain = createBitcoin({ networks: [{ network }] })
  const { coins } = chain
  if (coins === undefined) throw new Error('the chain has no coins')
  house = await openHouse({
    chains: [chain],
    coinNetworks: new Map([[network, { node, coins, confirmations: 2n, feeBlocks: 6 }]]),
    extraBackends: [kms, aws.backend],
    interval: 20,
  })
  app = await client(house, [
    { operations: ['wallets:read', 'wallets:create', 'withdraw', 'sweep'], keys: '*', networks: '*' },
  ])
  await house.walletPolicy.put(policy, 0, house.operator())
})
afterAll(async () => {
  if (!litecoindIsThere) return
  await house.close()
  await removeFolder(house)
  await kms.close()
  await aws.close()
  node.close()
  await litecoind.stop()
})
beforeEach(({ skip }) => {
  if (!litecoindIsThere) skip(litecoindMissing)
})

const rule = { name: 'all', asset, recipients: '*', maximum: '100000000000', maximumFee: '100000000' } as const
const policy = { rules: [rule], treasury: { [network]: [treasury] }, sweepFees: { [network]: '100000000' } }

/** A young chain has no fees to learn from: what no estimate says, the caller does. */
const feeRate = 20_000n

const call = (): Call => ({ principal: app, deadline: deadlineIn(60_000, systemClock) })

async function walletWith(tier: Tier, form: string, ...amounts: readonly bigint[]) {
  const { row } = await house.wallets.create(
    { user: `${tier} ${form} ${amounts.join()}`, asset: 'LTC', network, tier, form },
    call(),
  )
  const address = row.address ?? ''
  for (const amount of amounts) await litecoind.pay(address, amount)
  await litecoind.mine(3)
  return { id: row.id, address }
}

async function reaches(id: TransactionId, state: string): Promise<Withdrawal> {
  await expect
    .poll(async () => (await house.wallets.withdrawal(id, call())).state, { timeout: 30_000, interval: 50 })
    .toBe(state)
  return house.wallets.withdrawal(id, call())
}

async function received(address: string): Promise<string> {
  return String(await litecoind.payee('getreceivedbyaddress', address))
}

const places: readonly [Tier, string][] = [
  ...['p2pkh', 'p2sh-p2wpkh', 'p2wpkh'].flatMap((form): [Tier, string][] =>
    (['native', 'datakey', 'hd', 'sealed'] as const).map((tier) => [tier, form]),
  ),
  ['datakey', 'p2tr'],
  ['hd', 'p2tr'],
  ['sealed', 'p2tr'],
]

describe('a withdrawal', () => {
  test.each(places)('of a wallet of the tier %s with %s addresses is mined', async (tier, form) => {
    const wallet = await walletWith(tier, form, 80_000_000n, 40_000_000n)
    const to = String(await litecoind.payee('getnewaddress'))
    const { id } = await house.wallets.withdraw({ wallet: wallet.id, to, amount: 100_000_000n, feeRate }, call())
    await reaches(id, 'broadcast')
    await litecoind.mine(2)
    await reaches(id, 'final')
    expect(await received(to)).toBe('1')
    expect(await node.coins([wallet.address], soon())).toHaveLength(tier === 'hd' ? 0 : 1)
  })

  test('whose fee is too low is replaced, and only one of both is mined', async () => {
    const wallet = await walletWith('native', 'p2wpkh', 90_000_000n)
    const to = String(await litecoind.payee('getnewaddress'))
    const { id } = await house.wallets.withdraw({ wallet: wallet.id, to, amount: 50_000_000n, feeRate: 1_000n }, call())
    const first = hashOf(await reaches(id, 'broadcast'))
    const dearer = async () => ({ feeRate: 50_000n, maxFee: 1_000_000n, rules: rulesFor(to) })
    await house.relay.replace(id, dearer, call())
    const changed = async () => hashOf(await house.wallets.withdrawal(id, call()))
    await expect.poll(changed, { timeout: 30_000 }).not.toBe(first)
    const second = hashOf(await reaches(id, 'broadcast'))
    await litecoind.mine(2)
    await reaches(id, 'final')
    await expect(node.sighting(first.slice(2), soon())).resolves.toEqual({ seen: 'nowhere' })
    await expect(node.sighting(second.slice(2), soon())).resolves.toMatchObject({ seen: 'block' })
    expect(await received(to)).toBe('0.5')
  })
})

function hashOf({ view }: Withdrawal): string {
  const { hash } = view.row.body
  if (typeof hash === 'string') return hash
  throw new Error('nothing was sent')
}

function rulesFor(to: string): Rules {
  const maximums = { [asset]: '100000000' }
  return {
    ...noRules,
    operations: ['sign:transaction'],
    networks: [network],
    recipients: [to],
    maximums,
    fees: { [network]: '1000000' },
  }
}

describe('a sweep', () => {
  test.each(['native', 'hd'] as const)('takes 300 coins of a wallet of the tier %s to the treasury', async (tier) => {
    const wallet = await walletWith(tier, 'p2wpkh')
    const payer = walletOf('p2wpkh', regtest, `payer of ${tier}`)
    const paid = await litecoind.pay(payer.address, 500_000_000n)
    await litecoind.mine(1)
    const [coin] = await node.coins([payer.address], soon())
    const transaction = await node.transaction(paid, soon())
    if (coin === undefined || transaction === undefined) throw new Error('not paid')
    const payments = Array.from({ length: 300 }, () => ({ address: wallet.address, amount: 1_000_000n }))
    const built = bare.spend(orderOf(payer, [{ ...coin, transaction }], { payments }))
    await expect(node.send(signed(payer, built).raw, soon())).resolves.toEqual({ accepted: true })
    await litecoind.mine(3)
    const { id } = await house.wallets.sweep({ wallet: wallet.id, feeRate }, call())
    const hash = hashOf(await reaches(id, 'broadcast'))
    await litecoind.mine(2)
    await reaches(id, 'final')
    expect(await node.coins([wallet.address], soon())).toEqual([])
    const [swept] = (await node.coins([treasury], soon())).filter(({ txid }) => `0x${txid}` === hash)
    expect(swept).toMatchObject({ confirmations: 2 })
  })
})
