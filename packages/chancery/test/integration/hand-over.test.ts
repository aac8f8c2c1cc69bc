import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAlgorand } from '../../src/chains/algorand/chain.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { LedgerNode } from '../../src/core/node.ts'
import { noRules } from '../../src/core/rules.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { nodeAt, testNetwork } from '../nodes/algorand/fixture.ts'
import { openHouse, removeFolder, type TestHouse } from './house.ts'

const otherNetwork = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'
const ledger = createMemoryLedger()
let algod: Algod
let node: LedgerNode
let house: TestHouse

beforeAll(async () => {
  algod = await startAlgod({ ledger })
  node = nodeAt(algod.url)
  house = await openHouse({
    chains: [createAlgorand({ networks: [{ network: testNetwork }, { network: otherNetwork }] })],
    ledgers: new Map([[testNetwork, { ...node, broadcast }]]),
  })
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await algod.close()
})

/** What happens while a group is on its way to the ledger. */
const meanwhile: { happens?: () => Promise<unknown> } = {}

const broadcast: LedgerNode['broadcast'] = async (group, deadline) => {
  await meanwhile.happens?.()
  return node.broadcast(group, deadline)
}

const unbound = { backend: 'sealed', family: 'algorand', kind: 'decoded' } as const
const wanted = { ...unbound, network: testNetwork } as const

const addressOf = ({ address }: KeyRecord): string => address ?? ''

async function fundedKey(alias: string, request: typeof unbound = wanted): Promise<KeyRecord> {
  const key = await house.keyring.create({ ...request, alias }, house.operator())
  ledger.fund(addressOf(key), 10_000_000n)
  return key
}

const authority = async (account: string) => (await node.account(account, house.operator().deadline)).authority

/** The ledger has the new key, and the process ended before it said so to the register. */
async function cutOff(alias: string, to: KeyRecord): Promise<void> {
  const { change } = house.state
  Object.assign(house.state, { change: () => Promise.reject(new Error('the process died here')) })
  const interrupted = house.accounts.handOver(alias, to.id, {}, house.operator())
  await interrupted.then(
    () => expect.unreachable(),
    () => Object.assign(house.state, { change }),
  )
}

test('a name that somebody took does not stand in the way of the record', async () => {
  const first = await fundedKey('taken')
  const second = await house.keyring.create(wanted, house.operator())
  await house.keyring.create({ ...wanted, alias: `taken.retired-${first.id.slice(-6)}` }, house.operator())
  const { key, former } = await house.accounts.handOver('taken', second.id, {}, house.operator())
  expect(key).toMatchObject({ id: second.id, alias: 'taken' })
  expect(former.handedOver).toBe(true)
  expect(former.alias).toBeUndefined()
})

test('a key that was changed while the ledger took its time does not keep the account from being recorded', async () => {
  const first = await fundedKey('changed')
  const second = await house.keyring.create(wanted, house.operator())
  meanwhile.happens = () => house.freezing.freeze({ key: second.id }, house.operator())
  const { key } = await house.accounts
    .handOver('changed', second.id, {}, house.operator())
    .finally(() => delete meanwhile.happens)
  expect(key).toMatchObject({ id: second.id, alias: 'changed', accounts: [first.address], frozen: true })
})

test('a freeze of the old key meanwhile goes with the account', async () => {
  const first = await fundedKey('stopped')
  const second = await house.keyring.create(wanted, house.operator())
  meanwhile.happens = () => house.freezing.freeze({ key: 'stopped' }, house.operator())
  const { key } = await house.accounts
    .handOver(first.id, second.id, {}, house.operator())
    .finally(() => delete meanwhile.happens)
  expect(key).toMatchObject({ id: second.id, alias: 'stopped', frozen: true })
})

test('three keys in a row, and back to the first', async () => {
  const first = await fundedKey('in-a-row')
  const [second, third] = [
    await house.keyring.create(wanted, house.operator()),
    await house.keyring.create(wanted, house.operator()),
  ]
  for (const next of [second, third, first]) {
    const { account, key } = await house.accounts.handOver('in-a-row', next.id, {}, house.operator())
    expect([account, key.id, key.alias]).toEqual([first.address, next.id, 'in-a-row'])
    expect((await authority(account)) ?? account).toBe(next.address)
  }
  const left = (await house.keyring.get(second.id, house.operator())).key
  expect([left.accounts, left.handedOver]).toEqual([undefined, undefined])
})

test('a key that an unrecorded hand-over gave an account to is not deleted, though no indexer tells of it', async () => {
  await fundedKey('half-done')
  const second = await house.keyring.create(wanted, house.operator())
  await cutOff('half-done', second)
  await expect(house.keyring.scheduleDeletion(second.id, 7, house.operator())).rejects.toMatchObject({
    code: 'key-state',
  })
})

test('the account of a key that serves several networks is not handed over on one of them', async () => {
  const first = await fundedKey('everywhere', unbound)
  const second = await house.keyring.create(wanted, house.operator())
  const handing = house.accounts.handOver('everywhere', second.id, { network: testNetwork }, house.operator())
  await expect(handing).rejects.toMatchObject({ code: 'key-state' })
  expect(await authority(addressOf(first))).toBeUndefined()
})

test('whoever names the own address of a key does not move the account that was handed to it', async () => {
  const first = await fundedKey('named')
  const second = await fundedKey('holder')
  const third = await house.keyring.create(wanted, house.operator())
  await house.accounts.handOver('named', second.id, {}, house.operator())
  const handing = house.accounts.handOver(addressOf(second), third.id, {}, house.operator())
  await expect(handing).rejects.toMatchObject({ code: 'key-state' })
  const testing = house.accounts.test(addressOf(second), { submit: false }, house.operator())
  await expect(testing).rejects.toMatchObject({ code: 'key-state' })
  expect(await authority(addressOf(first))).toBe(second.address)
  const { account } = await house.accounts.test(addressOf(first), { submit: false }, house.operator())
  expect(account).toBe(first.address)
})

test('the register tells in full which rules a hand-over gave to the new key', async () => {
  const first = await fundedKey('ruled')
  const second = await house.keyring.create(wanted, house.operator())
  const rules = { ...noRules, operations: ['sign:message'], networks: [testNetwork] } as const
  await house.keyring.putRules(first.id, rules, 0, house.operator())
  await house.accounts.handOver('ruled', second.id, {}, house.operator())
  const { entries } = await house.store.latestEntries({ limit: 20 }, house.operator().deadline)
  const said = entries.map(({ body }) => body).find((body) => body.includes('account.hand-over'))
  expect(JSON.parse(said ?? '{}')).toMatchObject({ about: { to: second.id, version: 1, rules } })
})
