/** Whose wallets a client may use: rights on one wallet's key say nothing of another's, and no key pays past the policy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../src/base/id.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { createEvm } from '../../src/chains/evm/chain.ts'
import type { Grant, Principal } from '../../src/core/access.ts'
import type { KeyId, Network, Operation } from '../../src/core/names.ts'
import { noRules } from '../../src/core/rules.ts'
import type { WithdrawRequest } from '../../src/core/wallets.ts'
import { problemOf } from '../../src/http/problem.ts'
import { userScope } from '../../src/wallets/policy/scopes.ts'
import { createCoinLedger, type CoinLedger } from '../relay/coin-ledger.ts'
import { client, network as evm, openHouse, removeFolder, type TestHouse } from './house.ts'

const regtest: Network = 'bip122:0f9188f13cb7b2c71f2a335e3a4fc328'
const asset = `${regtest}/slip44:1` as const
const payee = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080'
const feeRate = 2_000n
const policy = (newDestinationHours: number) => ({
  rules: [
    { name: 'all', asset, recipients: '*', maximum: '100000000', maximumFee: '100000', newDestinationHours } as const,
  ],
  treasury: {},
  sweepFees: {},
})

let house: TestHouse
let ledger: CoinLedger

beforeAll(async () => {
  const bitcoin = createBitcoin({ networks: [{ network: regtest }] })
  const { coins } = bitcoin
  if (coins === undefined) throw new Error('Bitcoin has coins')
  ledger = createCoinLedger(regtest)
  house = await openHouse({
    chains: [bitcoin, createEvm({ networks: [{ network: evm }], assets: [] })],
    coinNetworks: new Map([[regtest, { node: ledger.node, coins, confirmations: 2n, feeBlocks: 3 }]]),
    interval: 20,
  })
})
afterAll(async () => {
  await house.close()
  await removeFolder(house)
})

async function wallet(user: string) {
  const { row } = await house.wallets.create({ user, asset: 'BTC', network: regtest, tier: 'sealed' }, house.operator())
  const { id, key, address } = row
  if (key === undefined || address === undefined) throw new Error('a wallet without a key')
  ledger.deposit(address, 50_000_000n)
  ledger.mine()
  return { id, key, address }
}

async function put(newDestinationHours: number) {
  const { version } = house.state.current().walletPolicy
  await house.walletPolicy.put(policy(newDestinationHours), version, house.operator())
}

const on = (key: KeyId, ...operations: readonly Operation[]): Grant => ({ operations, keys: [key], networks: '*' })
const pays = (principal: Principal, of: WithdrawRequest['wallet'], more: Partial<WithdrawRequest> = {}) =>
  house.wallets.withdraw({ wallet: of, to: payee, amount: 10_000n, feeRate, ...more }, house.as(principal))

describe('a client with rights on the key of one wallet', () => {
  const operations = ['wallets:read', 'wallets:create', 'wallets:delete', 'withdraw', 'sweep'] as const

  test('makes no destination of another wallet known: its delay would run for whoever comes later', async () => {
    await put(1)
    const [own, other] = [await wallet('own destination'), await wallet('other destination')]
    const app = await client(house, [on(own.key, ...operations)], 'one')
    await expect(pays(app, own.id)).rejects.toMatchObject({ code: 'denied' })
    await expect(pays(app, other.id)).rejects.toMatchObject({ code: 'not-found' })
    const since = (user: string) =>
      house.store.destinationSince(
        { scope: userScope(user), network: regtest, address: payee },
        house.operator().deadline,
      )
    expect(await since('own destination')).toBeDefined()
    expect(await since('other destination')).toBeUndefined()
  })

  test('neither sees nor ends another wallet, which is to it as one that is not there', async () => {
    const [own, other] = [await wallet('own end'), await wallet('other end')]
    const call = house.as(await client(house, [on(own.key, ...operations)], 'two'))
    const absent = { code: 'not-found' }
    await expect(house.wallets.scheduleDeletion(other.id, 7, true, call)).rejects.toMatchObject(absent)
    await expect(house.wallets.get(other.id, call)).rejects.toMatchObject(absent)
    await expect(house.wallets.get(other.address, call)).rejects.toMatchObject(absent)
    await expect(house.wallets.withdrawals({ wallet: other.id }, { limit: 1 }, call)).rejects.toMatchObject(absent)
    const { wallets } = await house.wallets.list({}, { limit: 50 }, call)
    expect(wallets.map(({ row }) => row.id)).toEqual([own.id])
    expect((await house.wallets.get(other.id, house.operator())).status).toBe('CREATED')
  })

  test('learns of no payment of another wallet, whatever it asks', async () => {
    await put(0)
    const [own, other] = [await wallet('own payment'), await wallet('other payment')]
    const paid = await pays(await client(house, [on(other.key, ...operations)], 'payer'), other.id)
    const call = house.as(await client(house, [on(own.key, ...operations)], 'curious'))
    const absent = newId('txn', Date.now())
    const asked = [
      (id: typeof paid.id) => house.wallets.withdrawal(id, call),
      (id: typeof paid.id) => house.wallets.raiseFee(id, { feeRate }, call),
      (id: typeof paid.id) => house.wallets.payForParent(id, { feeRate }, call),
    ]
    const told = (asking: Promise<unknown>) =>
      asking.then(
        () => 'done',
        (error: unknown) => problemOf(error, 'req').body,
      )
    for (const ask of asked) expect(await told(ask(paid.id))).toEqual(await told(ask(absent)))
  })
})

test('a request that is said again is answered to nobody who lost the right meanwhile', async () => {
  await put(0)
  const { id, key } = await wallet('lost')
  const app = await client(house, [on(key, 'withdraw', 'wallets:read')], 'three')
  const idempotency = { route: 'withdrawals', key: 'one', bodyHash: `0x${'11'.repeat(32)}` } as const
  const first = await pays(app, id, { idempotency })
  expect((await pays(app, id, { idempotency })).id).toBe(first.id)
  const less: Principal = { ...app, grants: [on(key, 'wallets:read')] }
  await expect(pays(less, id, { idempotency })).rejects.toMatchObject({ code: 'denied' })
})

test('what was accepted is not signed once its client lost the right', async () => {
  await put(0)
  const { id, key } = await wallet('rights lost')
  const app = await client(house, [on(key, 'withdraw')], 'four')
  ledger.treat.down = () => true
  const { id: payment } = await pays(app, id)
  const standing = () => house.wallets.withdrawal(payment, house.operator())
  expect((await standing()).state).toBe('accepted')
  await house.clients.putGrants(app.client, [on(key, 'wallets:read')], 1, house.operator())
  delete ledger.treat.down
  await expect.poll(async () => (await standing()).state, { timeout: 10_000 }).toBe('failed')
  expect((await standing()).view.signed).toEqual([])
})

test('the key of a wallet is given no rules of its own: it would pay past the policy, its windows and its freezes', async () => {
  const { key } = await wallet('ruled')
  const rules = { ...noRules, operations: ['sign:transaction'], networks: [regtest], recipients: '*' } as const
  await expect(house.keyring.putRules(key, rules, 0, house.operator())).rejects.toMatchObject({ code: 'denied' })
  await house.keyring.putRules(key, noRules, 0, house.operator())
})
