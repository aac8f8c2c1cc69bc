/** A store set back to an older copy, with a sender that was at work in between: nothing may be paid twice. */
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { Network } from '../../src/core/names.ts'
import type { TransactionState } from '../../src/core/store.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { startAnvil, type Anvil } from '../integration/anvil.ts'
import { standBetween, type Between } from '../integration/between.ts'
import { client, network, openHouse, payingKey, payment, removeFolder, signer } from '../integration/house.ts'
import type { TestHouse, TestParts } from '../integration/house.ts'

const by = { actor: 'operator', reason: 'restored from a backup' }
const payee = '0x00000000000000000000000000000000000000A1'

let anvil: Anvil
let between: Between
let house: TestHouse
let key: KeyRecord
let app: Principal

beforeAll(async () => {
  anvil = await startAnvil()
})

afterAll(() => anvil.close())

beforeEach(async () => {
  between = await standBetween(anvil.url)
  house = await openHouse(networks())
  key = await payingKey(house, { recipients: [payee] })
  app = await client(house, signer(key))
  await anvil.fund(String(key.address))
  await anvil.rpc('anvil_setBalance', payee, '0x0')
})

afterEach(async () => {
  await anvil.rpc('evm_setAutomine', true)
  await house.close()
  await between.close()
  await removeFolder(house)
})

const networks = (): TestParts => {
  const node = createEvmNode({ network, urls: [between.url], fees: 'auto', patience: 500 })
  return { networks: new Map([[network as Network, { node, confirmations: 1n }]]) }
}

const pay = (value: string) => house.relay.send({ key: key.id, network, value: { to: payee, value } }, house.as(app))
const stateOf = async (id: `txn_${string}`) => (await house.relay.get(id, house.as(app))).row.state
const reached = async (id: `txn_${string}`, state: TransactionState): Promise<void> => {
  await expect.poll(() => stateOf(id), { timeout: 10_000 }).toBe(state)
}
const paid = async () => Number(await anvil.rpc('eth_getBalance', payee, 'latest'))
const sends = () => between.seen.filter(({ method }) => method === 'eth_sendRawTransaction').length

async function settled(value: string) {
  const { row } = await pay(value)
  await reached(row.id, 'final')
}

const copyOf = () => join(house.folder, 'copy.sqlite')

async function setBack(): Promise<void> {
  await house.close()
  const store = join(house.folder, 'data', 'store.sqlite')
  await rm(`${store}-wal`, { force: true })
  await copyFile(copyOf(), store)
  house = await openHouse({ folder: house.folder, ...networks() })
}

describe('a store set back', () => {
  test('signs, takes on and sends nothing until the gap is accepted', async () => {
    await settled('1')
    await house.store.backup(copyOf(), house.operator().deadline)
    await settled('2')
    await setBack()
    const before = sends()
    const direct = { key: key.id, operation: 'sign:message', network, value: { text: 'hello' } } as const
    await expect(house.signing.sign(direct, house.as(app))).rejects.toMatchObject({ code: 'behind-witness' })
    await expect(pay('3')).rejects.toMatchObject({ code: 'behind-witness' })
    await house.acceptGap(by, house.operator().deadline)
    await settled('4')
    expect(sends()).toBe(before + 1)
    expect(await paid()).toBe(7)
  })

  test('takes up its sender at the nonce after all that were mined or wait in the pool', async () => {
    await settled('1')
    await house.store.backup(copyOf(), house.operator().deadline)
    await settled('2')
    await anvil.rpc('evm_setAutomine', false)
    await reached((await pay('4')).row.id, 'broadcast')
    await setBack()
    await house.acceptGap(by, house.operator().deadline)
    const { row } = await pay('8')
    await reached(row.id, 'broadcast')
    expect((await house.relay.get(row.id, house.as(app))).row.nonce).toBe(3n)
    await anvil.rpc('anvil_mine', '0x1')
    await reached(row.id, 'final')
    expect(await paid()).toBe(15)
  })

  test('does not send again what was open in the copy and sent after it was made', async () => {
    between.treat = (method) => (method === 'eth_estimateGas' ? { pass: false, answer: 'drop' } : undefined)
    const { row } = await pay('16')
    await expect.poll(async () => (await house.relay.get(row.id, house.as(app))).row.body['error']).toBeDefined()
    await house.store.backup(copyOf(), house.operator().deadline)
    between.treat = () => undefined
    await reached(row.id, 'final')
    await setBack()
    await house.acceptGap(by, house.operator().deadline)
    const again = (await house.relay.get(row.id, house.as(app))).row
    expect(again).toMatchObject({ state: 'failed', body: { error: { code: 'behind-witness' } } })
    await settled('1')
    expect(await paid()).toBe(17)
  })

  test('finds what it had signed mined, and the same bytes are all there ever were', async () => {
    between.treat = (method) => (method === 'eth_sendRawTransaction' ? { pass: false, answer: 'drop' } : undefined)
    const { row } = await pay('32')
    await reached(row.id, 'signed')
    await house.store.backup(copyOf(), house.operator().deadline)
    between.treat = () => undefined
    await reached(row.id, 'final')
    await setBack()
    await house.acceptGap(by, house.operator().deadline)
    await reached(row.id, 'final')
    expect(await paid()).toBe(32)
  })
})

test('a signed transaction whose nonce something else used is given up, and the sender goes on', async () => {
  between.treat = (method) => (method === 'eth_sendRawTransaction' ? { pass: false, answer: 'drop' } : undefined)
  const { row } = await pay('1')
  await reached(row.id, 'signed')
  await anvil.rpc('anvil_setNonce', key.address, '0x5')
  between.treat = () => undefined
  await reached(row.id, 'failed')
  await settled('2')
  expect(await paid()).toBe(2)
})

/** What no store can know any more: named here, so that the documentation and the code stay one. */
test('a nonce its caller chose can be signed for again after a set-back: only the acceptance stands before it', async () => {
  const other = await payingKey(house, { recipients: [payee] })
  const direct = await client(house, signer(other), 'direct')
  await house.store.backup(copyOf(), house.operator().deadline)
  const sign = (value: string) =>
    house.signing.sign(
      { key: other.id, operation: 'sign:transaction', network, value: { ...payment(0, value), to: payee } },
      house.as(direct),
    )
  await sign('1')
  await expect(sign('2')).rejects.toMatchObject({ code: 'conflicts-with-earlier' })
  await setBack()
  await expect(sign('2')).rejects.toMatchObject({ code: 'behind-witness' })
  await house.acceptGap(by, house.operator().deadline)
  await expect(sign('2')).resolves.toMatchObject({ key: other.id })
})
