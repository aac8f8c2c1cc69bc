/** Each right beside every act: one right opens what is its own, and nothing else. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations, type Network, type Operation, type SignOperation } from '../../src/core/names.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { noRules } from '../../src/core/rules.ts'
import { noWalletPolicy } from '../../src/core/wallet-policy.ts'
import type { Call } from '../../src/core/call.ts'
import { createEvmNode } from '../../src/nodes/evm/node.ts'
import { client, network, openHouse, payingKey, payment, removeFolder, someone, type TestHouse } from './house.ts'

let house: TestHouse
let key: KeyRecord
const calls = new Map<Operation, () => Call>()

beforeAll(async () => {
  const node = createEvmNode({ network, urls: [new URL('http://127.0.0.1:1')], fees: 'auto', patience: 200 })
  house = await openHouse({ networks: new Map([[network as Network, { node, confirmations: 1n }]]) })
  key = await payingKey(house)
  for (const operation of operations) {
    const name = `only ${operation.replace(':', ' ')}`
    const principal = await client(house, [{ operations: [operation], keys: '*', networks: '*' }], name)
    calls.set(operation, () => house.as(principal))
  }
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

const made = { backend: 'sealed', family: 'evm', kind: 'decoded' } as const
const sign = (operation: SignOperation, value: unknown) => (call: Call) =>
  house.signing.sign({ key: key.id, operation, value, ...(operation !== 'sign:digest' && { network }) }, call)

/** Where a right is enough, what is asked is harmless, or refused for another reason. */
const acts: readonly [string, readonly Operation[], (call: Call) => Promise<unknown>][] = [
  ['create a key', ['keys:create'], (call) => house.keyring.create(made, call)],
  [
    'import a key',
    ['keys:create'],
    (call) => house.keyring.import({ ...made, secret: { format: 'hex', hex: 'none' } }, call),
  ],
  [
    'look at an import',
    ['keys:create'],
    (call) => house.keyring.preview({ ...made, secret: { format: 'hex', hex: 'none' } }, call),
  ],
  [
    'create a key and get its words',
    ['admin'],
    (call) => house.keyring.createBackedUp({ ...made, recipient: `0x${'09'.repeat(32)}` }, call),
  ],
  ['test an account', ['admin'], (call) => house.accounts.test(key.id, { submit: false }, call)],
  ['hand an account over', ['admin'], (call) => house.accounts.handOver(key.id, key.id, {}, call)],
  ['enrol a key', ['admin'], (call) => house.keyring.enrol({ ...made, name: 'alias/x' }, call)],
  ['see a key', ['keys:read'], (call) => house.keyring.get(key.id, call)],
  ['see rules', ['keys:read'], (call) => house.keyring.rules(key.id, call)],
  ['write rules', ['admin'], (call) => house.keyring.putRules(key.id, noRules, 99, call)],
  ['disable a key', ['admin'], (call) => house.keyring.disable(key.id, call)],
  ['enable a key', ['admin'], (call) => house.keyring.enable(key.id, call)],
  ['schedule a deletion', ['keys:delete'], (call) => house.keyring.scheduleDeletion(key.id, 0, call)],
  ['cancel a deletion', ['keys:delete'], (call) => house.keyring.cancelDeletion(key.id, call)],
  ['purge a key', ['keys:delete'], (call) => house.keyring.purge(key.id, call)],
  ['probe keys', ['admin'], (call) => house.keyring.probe(call)],
  ['freeze', ['admin'], (call) => house.freezing.freeze({ key: key.id }, call)],
  ['thaw', ['admin'], (call) => house.freezing.thaw({ key: key.id }, call)],
  ['freeze a wallet', ['admin'], (call) => house.freezing.freeze({ wallet: 'wal_0' }, call)],
  ['freeze a user', ['admin'], (call) => house.freezing.freeze({ user: '123' }, call)],
  ['thaw a user', ['admin'], (call) => house.freezing.thaw({ user: '123' }, call)],
  ['freeze an asset', ['admin'], (call) => house.freezing.freeze({ asset: 'BTX' }, call)],
  ['see the policy of wallets', ['admin'], (call) => house.walletPolicy.get(call)],
  ['write the policy of wallets', ['admin'], (call) => house.walletPolicy.put(noWalletPolicy, 99, call)],
  [
    'look at the policy of wallets',
    ['admin'],
    (call) => house.walletPolicy.check({ wallet: 'wal_0', to: someone, amount: 1n }, call),
  ],
  ['make a client', ['admin'], (call) => house.clients.create({ name: '', grants: [] }, call)],
  ['list clients', ['admin'], (call) => house.clients.list({ limit: 1 }, call)],
  ['grant', ['admin'], (call) => house.clients.putGrants('cli_x', [], 0, call)],
  ['add a secret', ['admin'], (call) => house.clients.addSecret('cli_x', 1, call)],
  ['remove a client', ['admin'], (call) => house.clients.remove('cli_x', call)],
  ['sign a transaction', ['sign:transaction'], sign('sign:transaction', payment(0))],
  ['sign a message', ['sign:message'], sign('sign:message', { text: 'hello' })],
  ['sign 32 bytes as a message', [], sign('sign:message', { bytes: `0x${'11'.repeat(32)}` })],
  ['sign typed data', ['sign:typed-data'], sign('sign:typed-data', {})],
  ['sign an authorization', ['sign:authorization'], sign('sign:authorization', {})],
  ['sign a digest', ['sign:digest'], sign('sign:digest', `0x${'11'.repeat(32)}`)],
  // Needs the right to relay and the right to sign, of which nobody here has both.
  ['relay', [], (call) => house.relay.send({ key: key.id, network, value: { to: someone, value: '1' } }, call)],
]

test.each(acts)('%s: %j', async (_, enough, act) => {
  const allowed: Operation[] = []
  for (const [operation, call] of calls) {
    const said = await act(call()).then(() => 'done', String)
    if (!said.includes('No grant of the client allows')) allowed.push(operation)
  }
  expect(allowed).toEqual(enough)
})

test('a transaction is seen by whoever may relay by its key, and listed for its own client', async () => {
  const grant = (...allowed: Operation[]) => [{ operations: allowed, keys: [key.id], networks: '*' as const }]
  const owner = house.as(await client(house, grant('relay', 'sign:transaction'), 'owner'))
  const colleague = house.as(await client(house, grant('relay'), 'colleague'))
  const reader = house.as(await client(house, grant('keys:read'), 'reader'))
  const stranger = house.as(await client(house, [], 'stranger'))
  const { row } = await house.relay.send({ key: key.id, network, value: { to: someone, value: '1' } }, owner)
  expect((await house.relay.get(row.id, colleague)).row.id).toBe(row.id)
  await expect(house.relay.get(row.id, reader)).rejects.toMatchObject({ code: 'denied' })
  const answers = [row.id, 'txn_00000000000000000000000000' as const].map((id) =>
    house.relay.get(id, stranger).catch(String),
  )
  const [hidden, absent] = await Promise.all(answers)
  expect(hidden).toContain('No transaction by this id')
  expect(hidden).toBe(absent)
  const listed = async (call: Call) => (await house.relay.list({}, { limit: 10 }, call)).map(({ id }) => id)
  expect([await listed(owner), await listed(colleague), await listed(stranger)]).toEqual([[row.id], [], []])
})
