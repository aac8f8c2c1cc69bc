import { afterAll, beforeAll, expect, test } from 'vitest'
import { Address, decodeSignedTransaction } from 'algosdk'
import { createAlgorand } from '../../src/chains/algorand/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Principal } from '../../src/core/access.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import type { LedgerNode } from '../../src/core/node.ts'
import { noRules } from '../../src/core/rules.ts'
import { createMemoryLedger } from '../nodes/algorand/algod/memory-ledger.ts'
import { startAlgod, type Algod } from '../nodes/algorand/algod/server.ts'
import { nodeAt, payment, suggested, testNetwork } from '../nodes/algorand/fixture.ts'
import { client, network, openHouse, removeFolder, type TestHouse } from './house.ts'

const ledger = createMemoryLedger()
let algod: Algod
let node: LedgerNode
let house: TestHouse

beforeAll(async () => {
  algod = await startAlgod({ ledger })
  node = nodeAt(algod.url)
  house = await openHouse({
    chains: [
      createEvm({ networks: [{ network }], assets: [] }),
      createAlgorand({ networks: [{ network: testNetwork }] }),
    ],
    ledgers: new Map([[testNetwork, node]]),
  })
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await algod.close()
})

const wanted = { backend: 'sealed', family: 'algorand', kind: 'decoded', network: testNetwork } as const

async function fundedKey(alias: string): Promise<KeyRecord> {
  const key = await house.keyring.create({ ...wanted, alias }, house.operator())
  ledger.fund(addressOf(key), 10_000_000n)
  return key
}

const addressOf = ({ address }: KeyRecord): string => address ?? ''

/** Lets a client pay from the key to itself. */
async function payer(key: KeyRecord, name: string): Promise<Principal> {
  const rules = {
    ...noRules,
    operations: ['sign:transaction'],
    networks: [testNetwork],
    recipients: [addressOf(key)],
    maximums: { [`${testNetwork}/slip44:283`]: '1000' },
    fees: { [testNetwork]: '2000' },
  } as const
  await house.keyring.putRules(key.id, rules, 0, house.operator())
  return client(house, [{ operations: ['sign:transaction'], keys: [key.id], networks: '*' }], name)
}

async function signPayment(alias: string, account: string, principal: Principal): Promise<Uint8Array> {
  const from = Address.fromString(account)
  const txn = payment(await suggested(node), { from, amount: 5n })
  const value = [{ txn: Buffer.from(txn.toByte()).toString('base64') }]
  const request = { key: alias, operation: 'sign:transaction', network: testNetwork, value } as const
  const { signed } = await house.signing.sign(request, house.as(principal))
  return signed.parts?.[0] ?? new Uint8Array(0)
}

test('a test signs without a node to tell, and sends only when it is asked to', async () => {
  const key = await fundedKey('tested')
  const dry = await house.accounts.test('tested', { submit: false }, house.operator())
  expect(dry).toMatchObject({ account: key.address, network: testNetwork })
  expect(dry.round).toBeUndefined()
  const before = await node.account(addressOf(key), house.operator().deadline)
  expect(before.balance).toBe(10_000_000n)
  const sent = await house.accounts.test('tested', { submit: true }, house.operator())
  expect(sent.round).toBeGreaterThan(0n)
  expect((await node.account(addressOf(key), house.operator().deadline)).balance).toBe(9_999_000n)
})

test('only an administrator tests or hands over', async () => {
  const key = await fundedKey('watched')
  const principal = await payer(key, 'watcher')
  await expect(house.accounts.test('watched', { submit: false }, house.as(principal))).rejects.toMatchObject({
    code: 'denied',
  })
  await expect(house.accounts.handOver('watched', 'tested', {}, house.as(principal))).rejects.toMatchObject({
    code: 'denied',
  })
})

test('an account that is handed over keeps address, name, rules and clients, and can be handed back', async () => {
  const first = await fundedKey('sponsor')
  const account = addressOf(first)
  const app = await payer(first, 'app')
  const second = await house.keyring.create(wanted, house.operator())

  const done = await house.accounts.handOver('sponsor', second.id, {}, house.operator())

  expect(done.sent?.round).toBeGreaterThan(0n)
  expect(done.key).toMatchObject({ id: second.id, alias: 'sponsor', accounts: [account] })
  expect(done.former).toMatchObject({
    id: first.id,
    handedOver: true,
    alias: expect.stringMatching(/^sponsor\.retired-/),
  })
  expect((await node.account(account, house.operator().deadline)).authority).toBe(second.address)
  expect((await house.keyring.get(account, house.operator())).key.id).toBe(second.id)

  const signed = await signPayment('sponsor', account, app)
  expect(decodeSignedTransaction(signed).sgnr?.toString()).toBe(second.address)
  expect((await node.broadcast([signed], house.operator().deadline)).accepted).toBe(true)
  await expect(signPayment(first.id, account, app)).rejects.toMatchObject({ code: 'denied' })

  const listed = (await house.accounts.list({ limit: 50 }, house.operator())).accounts
  expect(listed.find(({ key }) => key.id === second.id)).toMatchObject({
    account,
    ledger: { authority: second.address },
  })

  const undone = await house.accounts.handOver('sponsor', first.id, {}, house.operator())
  expect(undone.key).toMatchObject({ id: first.id, alias: 'sponsor' })
  expect(undone.key.handedOver).toBeUndefined()
  expect((await node.account(account, house.operator().deadline)).authority).toBeUndefined()
  const again = await signPayment('sponsor', account, app)
  expect((await node.broadcast([again], house.operator().deadline)).accepted).toBe(true)
})

test('a hand-over that was cut off before it was recorded is finished by saying it again', async () => {
  const first = await fundedKey('cut-off')
  const second = await house.keyring.create(wanted, house.operator())
  const { state } = house
  const change = state.change
  const dying = { ...state, change: () => Promise.reject(new Error('the process died here')) }
  Object.assign(state, dying)
  await expect(house.accounts.handOver('cut-off', second.id, {}, house.operator())).rejects.toThrow('died here')
  Object.assign(state, { change })
  expect((await node.account(addressOf(first), house.operator().deadline)).authority).toBe(second.address)
  const done = await house.accounts.handOver('cut-off', second.id, {}, house.operator())
  expect(done.sent).toBeUndefined()
  expect(done.key).toMatchObject({ id: second.id, alias: 'cut-off', accounts: [first.address] })
})

test('an account whose ledger names a third key is left alone', async () => {
  const [first, second, third] = [await fundedKey('lost'), await fundedKey('stranger'), await fundedKey('heir')]
  await house.accounts.handOver('lost', second.id, {}, house.operator()).catch(() => {})
  await expect(house.accounts.handOver(first.id, third.id, {}, house.operator())).rejects.toMatchObject({
    code: 'key-state',
  })
})

test('a key is not deleted while its account holds anything, unless it is forced', async () => {
  const key = await fundedKey('rich')
  const refused = house.keyring.scheduleDeletion('rich', 7, house.operator())
  await expect(refused).rejects.toMatchObject({
    code: 'key-state',
    particulars: { got: expect.stringContaining('10000000') },
  })
  expect((await house.keyring.get('rich', house.operator())).key.state).toBe('enabled')
  const forced = await house.keyring.scheduleDeletion(key.id, 7, house.operator(), { forced: true })
  expect(forced.state).toBe('pending-deletion')
})

test('a key that signs for another account is not deleted; the former key is', async () => {
  await fundedKey('kept')
  const second = await house.keyring.create(wanted, house.operator())
  const { former } = await house.accounts.handOver('kept', second.id, {}, house.operator())
  await expect(house.keyring.scheduleDeletion(second.id, 7, house.operator())).rejects.toMatchObject({
    code: 'key-state',
  })
  expect((await house.keyring.scheduleDeletion(former.id, 7, house.operator())).state).toBe('pending-deletion')
})

test('a key of one network signs for no other', async () => {
  const key = await fundedKey('bound')
  const request = {
    key: 'bound',
    operation: 'sign:message',
    network: 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe',
    value: { text: 'x' },
  } as const
  const principal = await client(house, [{ operations: ['sign:message'], keys: [key.id], networks: '*' }], 'other')
  await expect(house.signing.sign(request, house.as(principal))).rejects.toMatchObject({ code: 'wrong-network' })
})
