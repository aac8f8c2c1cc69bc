/** A wallet on its way from an old signer to the service and back: planned, shadowed, cut over, rolled back. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Principal } from '../../src/core/access.ts'
import type { WalletView } from '../../src/core/wallets.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { oldKey } from '../keys/aws/emulator.ts'
import { standBetween, type Between } from './between.ts'
import { startAnvil, type Anvil } from './anvil.ts'
import { client, network, openHouse, removeFolder, someone, type TestHouse } from './house.ts'
import {
  allowPayments,
  balanceAt,
  goneBack,
  keyFor,
  openEmulator,
  partsFor,
  recordOf,
  token,
} from '../wallets/migration/scene.ts'
import { onAnvil, paysEachOnce } from '../wallets/migration/flips.ts'
import { randomFrom } from '../wallets/migration/traffic.ts'
import { startOldSigner, type OldSigner } from '../wallets/migration/old-signer.ts'

let emulator: RunningEmulator
let anvil: Anvil
let wire: Between
let house: TestHouse
let arn: string
let old: OldSigner
let wallet: WalletView
let exchange: Principal
let users = 0

beforeAll(async () => {
  emulator = await openEmulator('wallet-migration')
  anvil = await startAnvil()
  wire = await standBetween(anvil.url)
  house = await openHouse(partsFor(emulator, wire.url))
  await allowPayments(house)
  exchange = await client(house, [{ operations: ['withdraw'], keys: '*', networks: '*' }], 'exchange')
}, 60_000)

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await wire.close()
  await anvil.close()
  await emulator.close()
})

beforeEach(async () => {
  arn = await keyFor(emulator, house)
  old = await startOldSigner(emulator, anvil, arn)
  await anvil.fund(old.address)
  wallet = await house.wallets.import(recordOf(`user ${++users}`, old.address, arn), house.operator(), { shadow: true })
  return () => old.close()
})

const fees = { gas: 100_000, maxFeePerGas: '20000000000', maxPriorityFeePerGas: '1' }
const withdraw = (amount = 5n) =>
  house.wallets.withdraw({ wallet: wallet.row.id, to: someone, amount }, house.as(exchange))
const cutOver = (forced = false) => house.wallets.cutOver(wallet.row.id, forced, house.operator())
const shadow = async (value: Parameters<OldSigner['sign']>[0]) =>
  house.wallets.shadow(wallet.row.id, { raw: await old.sign(value) }, house.operator())
const settled = async (id: Awaited<ReturnType<typeof withdraw>>['id']) =>
  (await house.relay.paid(id, ['accepted', 'assigned', 'signed', 'broadcast', 'mined'], house.operator().deadline))?.row
    .state

describe('a shadow', () => {
  test('is verified and shown, and pays nothing', async () => {
    expect(wallet.paysFrom).toBe('elsewhere')
    expect(wallet.status).toBe('CREATED')
    await expect(withdraw()).rejects.toMatchObject({ code: 'wallet-state', particulars: { got: 'elsewhere' } })
    const question = { wallet: wallet.row.id, to: someone, amount: 5n }
    const looked = await house.walletPolicy.check(question, house.operator())
    expect([looked.verdict, looked.frozen]).toEqual(['deny', `elsewhere ${wallet.row.id}`])
    expect(await house.relay.payments({ wallet: wallet.row.id }, { limit: 1 }, house.operator().deadline)).toEqual([])
    const again = await house.wallets.import(recordOf(wallet.row.user, old.address, arn), house.operator())
    expect([again.row.id, again.paysFrom]).toEqual([wallet.row.id, 'elsewhere'])
  })

  test('signs what the old signer signed, of the coin and of a token', async () => {
    const native = await shadow({ type: 2, nonce: 0, to: someone, value: '5', ...fees })
    expect(native).toMatchObject({ agrees: true, summary: { nonce: '0' }, decision: { verdict: 'allow' } })
    expect(native.attempt).toMatch(/^att_/)
    const transfer = `0xa9059cbb${someone.slice(2).padStart(64, '0')}${'5'.padStart(64, '0')}`
    const paid = { type: 2, nonce: 0, to: token.slice(-42), value: '0', data: transfer, ...fees }
    expect(await shadow(paid)).toMatchObject({ agrees: true, decision: { verdict: 'deny' } })
    const legacy = { type: 0, nonce: 0, to: someone, value: '5', gas: 21_000, gasPrice: '1' }
    expect(await shadow(legacy)).toMatchObject({ agrees: true })
    // It spends no others: what is handed over with it would be passed over.
    const more = house.wallets.shadow(
      wallet.row.id,
      { raw: await old.sign(legacy), previous: ['0x00'] },
      house.operator(),
    )
    await expect(more).rejects.toMatchObject({ code: 'invalid-request', particulars: { where: 'previous' } })
  })

  test('agrees neither with what another key signed nor with what cannot be read', async () => {
    const stranger = await startOldSigner(emulator, anvil, await keyFor(emulator, house))
    const raw = await stranger.sign({ type: 2, nonce: 0, to: someone, value: '5', ...fees })
    stranger.close()
    const { operator } = house
    const answer = await house.wallets.shadow(wallet.row.id, { raw }, operator())
    expect(answer).toMatchObject({ agrees: false, difference: expect.stringContaining('not by the wallet') })
    expect(answer.attempt).toBeUndefined()
    expect(await house.wallets.shadow(wallet.row.id, { raw: '0xc0' }, operator())).toMatchObject({ agrees: false })
    await expect(cutOver()).rejects.toMatchObject({ code: 'wallet-state' })
  })

  test('claims nothing: the nonce that was compared is free', async () => {
    await shadow({ type: 2, nonce: 0, to: someone, value: '7', ...fees })
    await cutOver()
    expect(await settled((await withdraw()).id)).toBe('final')
  })

  test('is asked for by who may withdraw from it, and moved by administrators', async () => {
    const may = house.as(await client(house, [{ operations: ['withdraw'], keys: '*', networks: '*' }], `w ${users}`))
    const raw = await old.sign({ type: 2, nonce: 0, to: someone, value: '5', ...fees })
    expect((await house.wallets.shadow(wallet.row.id, { raw }, may)).agrees).toBe(true)
    await expect(house.wallets.cutOver(wallet.row.id, true, may)).rejects.toMatchObject({ code: 'denied' })
    await expect(house.wallets.rollBack(wallet.row.id, may)).rejects.toMatchObject({ code: 'denied' })
    const record = recordOf('somebody', old.address, arn)
    await expect(house.wallets.planImport(record, may)).rejects.toMatchObject({ code: 'denied' })
    await expect(house.wallets.import(record, may, { shadow: true })).rejects.toMatchObject({ code: 'denied' })
    const reader = house.as(
      await client(house, [{ operations: ['wallets:read'], keys: '*', networks: '*' }], `r ${users}`),
    )
    await expect(house.wallets.shadow(wallet.row.id, { raw }, reader)).rejects.toMatchObject({ code: 'denied' })
    expect((await house.wallets.migration(wallet.row.id, reader)).compared).toBe(true)
  })
})

describe('cutting over', () => {
  test('wants a comparison, which a roll-back makes worthless', async () => {
    await expect(cutOver()).rejects.toMatchObject({ code: 'wallet-state', particulars: { got: 'not compared' } })
    await house.wallets.verify(wallet.row.id, house.operator())
    expect((await cutOver()).view.paysFrom).toBe('here')
    expect((await cutOver()).view.paysFrom).toBe('here')
    await goneBack(house, wallet)
    await expect(cutOver()).rejects.toMatchObject({ particulars: { got: 'not compared' } })
    expect((await cutOver(true)).view.paysFrom).toBe('here')
  })

  test('waits for what the old signer has in flight', async () => {
    await house.wallets.verify(wallet.row.id, house.operator())
    await anvil.rpc('evm_setAutomine', false)
    await anvil.rpc('eth_sendRawTransaction', await old.sign({ type: 2, nonce: 0, to: someone, value: '5', ...fees }))
    await expect(cutOver()).rejects.toMatchObject({ code: 'wallet-state', particulars: { got: 'nonce 0' } })
    await anvil.rpc('evm_setAutomine', true)
    await anvil.rpc('evm_mine')
    await cutOver()
    expect(await settled((await withdraw()).id)).toBe('final')
  })
})

describe('rolling back', () => {
  beforeEach(async () => {
    await cutOver(true)
  })

  test('settles what has its nonce, and says so until then', async () => {
    await anvil.rpc('evm_setAutomine', false)
    const { id } = await withdraw()
    await expect.poll(async () => (await house.wallets.withdrawal(id, house.operator())).state).toBe('broadcast')
    const back = await house.wallets.rollBack(wallet.row.id, house.operator())
    expect([back.view.paysFrom, back.underWay]).toEqual(['elsewhere', [{ id, state: 'broadcast' }]])
    await expect(withdraw()).rejects.toMatchObject({ code: 'wallet-state' })
    await anvil.rpc('evm_setAutomine', true)
    await anvil.rpc('evm_mine')
    expect(await settled(id)).toBe('final')
    expect((await house.wallets.migration(wallet.row.id, house.operator())).underWay).toEqual([])
    const before = await balanceAt(anvil, someone)
    expect(await old.pay(someone, 3n)).toBeDefined()
    expect(await balanceAt(anvil, someone)).toBe(before + 3n)
  })

  test('that is cut short is finished by whoever starts next', async () => {
    await house.relay.close()
    const { id } = await withdraw()
    const back = await house.wallets.rollBack(wallet.row.id, house.operator())
    expect(back.underWay).toEqual([{ id, state: 'accepted' }])
    await house.close()
    house = await openHouse({ ...partsFor(emulator, wire.url), folder: house.folder })
    expect((await house.wallets.get(wallet.row.id, house.operator())).paysFrom).toBe('elsewhere')
    expect(await settled(id)).toBe('failed')
    await goneBack(house, wallet)
    expect(await old.pay(someone, 5n)).toBeDefined()
  })

  test('is refused for a wallet that was made here', async () => {
    const made = await house.wallets.create({ user: 'own', asset: 'ETH', network, tier: 'native' }, house.operator())
    const back = house.wallets.rollBack(made.row.id, house.operator())
    await expect(back).rejects.toMatchObject({ code: 'wallet-state' })
  })
})

describe('a plan', () => {
  const plan = (record: Parameters<TestHouse['wallets']['planImport']>[0]) =>
    house.wallets.planImport(record, house.operator())

  test('says what an import would come to, and records nothing', async () => {
    const next = await startOldSigner(emulator, anvil, await keyFor(emulator, house))
    const good = recordOf('planned', next.address, await keyFor(emulator, house))
    const { epoch, keys } = house.state.current()
    expect(await plan({ ...good, address: next.address })).toMatchObject({
      step: 'mend',
      problem: { code: 'invalid-payload' },
    })
    expect(await plan(recordOf(wallet.row.user, old.address, arn))).toEqual({ step: 'none', wallet: wallet.row.id })
    expect(await plan(recordOf('another', old.address, arn))).toMatchObject({
      step: 'mend',
      problem: { code: 'already-exists' },
    })
    expect(await plan({ ...good, asset: 'XMR' })).toMatchObject({ step: 'mend', problem: { code: 'not-supported' } })
    expect(await plan({ ...good, address: '0x1' })).toMatchObject({ step: 'mend' })
    const untagged = await oldKey(emulator)
    expect(await plan({ ...good, kmsKeyId: untagged })).toMatchObject({ step: 'tag' })
    expect(await plan({ ...good, kmsKeyId: 'projects/x/cryptoKeys/1' })).toMatchObject({ step: 'sweep' })
    const elsewhere = arn.replace(emulator.region, 'mars-north-1')
    expect(await plan({ ...good, kmsKeyId: elsewhere })).toMatchObject({ step: 'sweep' })
    const none = arn.replace(/[^/]+$/, '00000000-0000-4000-8000-000000000000')
    expect(await plan({ ...good, kmsKeyId: none })).toMatchObject({ step: 'mend' })
    expect(house.state.current().epoch).toBe(epoch)
    expect(house.state.current().keys.size).toBe(keys.size)
    next.close()
  })

  test('of a good record is to import it', async () => {
    const key = await keyFor(emulator, house)
    const next = await startOldSigner(emulator, anvil, key)
    expect(await plan(recordOf('good', next.address, key))).toEqual({ step: 'import', form: 'account' })
    next.close()
  })
})

test('the register agrees with all of it', async () => {
  const { findings } = await verifyRegister(sourceOf(house.store, systemClock), { witness: house.witness.seen() })
  expect(findings).toEqual([])
})

test.each([1, 2, 3])(
  'flipped under traffic, every request is paid exactly once (seed %i)',
  async (seed) => {
    const random = randomFrom(seed)
    // What is signed here stays unsent for a while: the old signer, asked too early, would take its nonce.
    wire.treat = (method) =>
      method === 'eth_sendRawTransaction' && random() < 0.7 ? { pass: false, answer: 'drop' } : undefined
    const compare = () => house.wallets.verify(wallet.row.id, house.operator())
    const scene = { old, wallet, houses: [{ house, exchange }], compare, random }
    await expect(paysEachOnce(scene, onAnvil(anvil, old.address), 40)).resolves.toBeUndefined()
  },
  60_000,
)
