/** A wallet of coins on its way from an old signer and back. */
import { CreateKeyCommand, GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Network, TransactionId } from '../../src/core/names.ts'
import type { WalletView } from '../../src/core/wallets.ts'
import { secp256k1 } from '../../src/curves/secp256k1.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { createCoinLedger } from '../relay/coin-ledger.ts'
import { goneBack, openEmulator, recordOf } from '../wallets/migration/scene.ts'
import { client, openHouse, removeFolder, type TestHouse } from './house.ts'

const regtest: Network = 'bip122:0f9188f13cb7b2c71f2a335e3a4fc328'
const asset = `${regtest}/slip44:1` as const
const payee = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080'
const bitcoin = createBitcoin({ networks: [{ network: regtest }] })
const ledger = createCoinLedger(regtest)

let emulator: RunningEmulator
let house: TestHouse
let exchange: Principal
let wallet: WalletView

beforeAll(async () => {
  emulator = await openEmulator('wallet-migration-coins')
  const { coins } = bitcoin
  if (coins === undefined) throw new Error('Bitcoin has coins')
  const { region, url: endpoint } = emulator
  house = await openHouse({
    chains: [bitcoin],
    backends: async (installation) => [await createAwsKms({ region, endpoint, installation, clock: systemClock })],
    coinNetworks: new Map([[regtest, { node: ledger.node, coins, confirmations: 1n, feeBlocks: 3 }]]),
    interval: 20,
  })
  const rule = { name: 'all', asset, recipients: '*', maximum: '100000000', maximumFee: '100000' } as const
  await house.walletPolicy.put({ rules: [rule], treasury: {}, sweepFees: {} }, 0, house.operator())
  exchange = await client(house, [{ operations: ['withdraw'], keys: '*', networks: '*' }], 'exchange')
  const { arn, address } = await oldKey()
  const record = { ...recordOf('123', address, arn), asset: 'BTC', network: regtest }
  wallet = await house.wallets.import(record, house.operator(), { shadow: true })
}, 60_000)

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await emulator.close()
})

async function oldKey(): Promise<{ readonly arn: string; readonly address: string }> {
  const kms = new KMSClient({ endpoint: emulator.url, region: emulator.region })
  const Tags = [{ TagKey: 'chancery:owner', TagValue: house.state.current().installation.id }]
  const made = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY', Tags }))
  const arn = made.KeyMetadata?.Arn ?? ''
  const { PublicKey = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId: arn }))
  kms.destroy()
  return { arn, address: bitcoin.address(secp256k1.publicKey(PublicKey), regtest) }
}

const withdraw = () =>
  house.wallets.withdraw({ wallet: wallet.row.id, to: payee, amount: 10_000n, feeRate: 2_000n }, house.as(exchange))
const state = async (id: TransactionId) => (await house.wallets.withdrawal(id, house.operator())).state

test('its signed transactions are not read here: it is verified instead', async () => {
  const asked = house.wallets.shadow(wallet.row.id, '0x00', house.operator())
  await expect(asked).rejects.toMatchObject({ code: 'not-supported' })
  await house.wallets.verify(wallet.row.id, house.operator())
  expect((await house.wallets.migration(wallet.row.id, house.operator())).compared).toBe(true)
})

test('waits for what is in no block, pays, and goes back when its coins are settled', async () => {
  ledger.deposit(wallet.row.address ?? '', 400_000n)
  const cutOver = () => house.wallets.cutOver(wallet.row.id, false, house.operator())
  await expect(cutOver()).rejects.toMatchObject({ code: 'wallet-state', particulars: { retryAfter: 15 } })
  ledger.mine()
  expect((await cutOver()).view.paysFrom).toBe('here')

  const { id } = await withdraw()
  await expect.poll(() => state(id)).toBe('broadcast')
  const back = await house.wallets.rollBack(wallet.row.id, house.operator())
  expect(back.underWay).toEqual([{ id, state: 'broadcast' }])
  await expect(withdraw()).rejects.toMatchObject({ code: 'wallet-state' })
  ledger.mine()
  await goneBack(house, wallet)
  expect(await state(id)).toBe('final')
  expect(ledger.doubleSpent()).toBe(false)
})

test('a payment that waits for coins is given back', async () => {
  await house.wallets.cutOver(wallet.row.id, true, house.operator())
  const first = await withdraw()
  await expect.poll(() => state(first.id)).toBe('broadcast')
  const all = await Promise.all(
    [withdraw(), withdraw(), withdraw()].map((asked) =>
      asked.then(
        ({ id }) => id,
        () => undefined,
      ),
    ),
  )
  const back = await house.wallets.rollBack(wallet.row.id, house.operator())
  const open = new Set(back.underWay.map(({ id }) => id))
  for (const id of all) {
    if (id !== undefined && !open.has(id)) expect(['failed', 'final']).toContain(await state(id))
  }
  expect(back.underWay.map((one) => one.state)).not.toContain('accepted')
  ledger.mine()
  await goneBack(house, wallet)
  expect(ledger.doubleSpent()).toBe(false)
})
