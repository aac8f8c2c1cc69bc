/** The policy as a document: what it is read into, what it is refused for, who may see it, and what a look says. */
import { describe, expect, test } from 'vitest'
import { operatorPrincipal } from '../../../src/access/operator.ts'
import { requireAdministrator } from '../../../src/access/administrator.ts'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import { operations } from '../../../src/core/names.ts'
import { freezeId, noWalletPolicy, type WalletPolicy, type WalletRule } from '../../../src/core/wallet-policy.ts'
import type { WalletRow } from '../../../src/core/wallet-store.ts'
import { createWalletPolicies } from '../../../src/wallets/policy/policies.ts'
import { callBy, memoryState, principal, refusalOf, testClock } from '../../access/fixture.ts'
import { alice, ether, hour, mallory, network, noon, policyOf, rule, token, treasury, walletId } from './fixture.ts'

const evm = createEvm({ networks: [{ network }], assets: [{ asset: token }] })
const native = { symbol: 'ETH', network, networkName: 'devnet', asset: ether, decimals: 18, coinType: 60, forms: [] }
const chains = new Map([['evm', { ...evm, natives: [native] }]])
const settings = { networks: {}, gap: 20, tokens: [{ asset: token, symbol: 'USDT', decimals: 6 }] }
const operator = callBy(operatorPrincipal)

const row: WalletRow = {
  id: walletId,
  version: 1,
  user: '123',
  asset: 'ETH',
  network,
  tier: 'sealed',
  state: 'CREATED',
  body: {},
  createdAt: noon,
  updatedAt: noon,
}

function setUp(held: { readonly totals?: Readonly<Record<string, bigint>>; readonly since?: number } = {}) {
  const state = memoryState()
  const { totals = {}, since } = held
  const policies = createWalletPolicies({
    state,
    chains,
    settings,
    clock: testClock(noon),
    requireAdministrator,
    store: {
      wallet: async (id) => (id === walletId ? row : undefined),
      destinationSince: async ({ scope }) => (scope === 'user 123' ? since : undefined),
      time: async () => noon,
      windowTotal: async (scope, period) => totals[`${scope} ${period}`],
      fullestWindow: async (prefix, period) => {
        const inside = Object.entries(totals).filter(([name]) => name.startsWith(prefix) && name.endsWith(` ${period}`))
        return inside.map(([, total]) => total).toSorted((a, b) => (a < b ? 1 : -1))[0]
      },
    },
  })
  return { state, policies }
}

const put = (value: WalletPolicy) => setUp().policies.put(value, 0, operator)

describe('a document', () => {
  test('comes back with addresses in their one form, each once, and stands in the register in full', async () => {
    const { state, policies } = setUp()
    const low = alice.toLowerCase()
    const written = {
      rules: [rule({ recipients: [low, alice], denied: [mallory.toLowerCase()], tiers: ['hd'], users: ['1'] })],
      treasury: { [network]: [treasury.toLowerCase()] },
      sweepFees: { [network]: '7' },
    }
    const kept = {
      rules: [rule({ recipients: [alice], denied: [mallory], tiers: ['hd'], users: ['1'] })],
      treasury: { [network]: [treasury] },
      sweepFees: { [network]: '7' },
    }
    expect(await policies.get(operator)).toEqual({ version: 0, value: noWalletPolicy })
    expect(await policies.put(written, 0, operator)).toEqual({ version: 1, value: kept })
    expect(await policies.get(operator)).toEqual({ version: 1, value: kept })
    expect(state.changes).toMatchObject([
      { actor: 'operator', action: 'wallet-policy.put', about: { version: 1, policy: kept } },
    ])
    expect((await refusalOf(() => policies.put(written, 0, operator))).code).toBe('version-conflict')
  })

  const window = { per: 'user', period: 'day', amount: '1' } as const
  test.each<[string, Partial<WalletRule>, string, string]>([
    ['a name with a space', { name: 'a b' }, 'invalid-request', 'rules[1].name'],
    ['a name in capitals', { name: 'Daily' }, 'invalid-request', 'rules[1].name'],
    ['the star of all payments', { name: '*' }, 'invalid-request', 'rules[1].name'],
    ['a long name', { name: 'n'.repeat(41) }, 'invalid-request', 'rules[1].name'],
    ['a name for the second time', { name: 'first' }, 'invalid-request', 'rules[1].name'],
    ['an asset nobody holds', { asset: 'eip155:1/slip44:60' }, 'not-supported', 'rules[1].asset'],
    ['an asset that is a name of objects', { asset: 'a:b/constructor:x' }, 'not-supported', 'rules[1].asset'],
    ['a recipient that is none', { recipients: ['*'] }, 'invalid-payload', 'rules[1].recipients[0]'],
    ['a recipient with a wrong checksum', { recipients: [alice.replace('dA', 'Da')] }, '', 'rules[1].recipients[0]'],
    ['a denied address that is none', { denied: [alice, '0x'] }, 'invalid-payload', 'rules[1].denied[1]'],
    ['no tier', { tiers: [] }, 'invalid-request', 'rules[1].tiers'],
    ['no user', { users: [] }, 'invalid-request', 'rules[1].users'],
    ['a user twice', { users: ['1', '2', '1'] }, 'invalid-request', 'rules[1].users[2]'],
    ['an amount with a fraction', { maximum: '1.5' }, 'invalid-request', 'rules[1].maximum'],
    ['an amount below zero', { maximumFee: '-1' }, 'invalid-request', 'rules[1].maximumFee'],
    ['an amount beyond uint256', { maximum: String(1n << 256n) }, 'invalid-request', 'rules[1].maximum'],
    ['a window twice', { windows: [window, { ...window, amount: '2' }] }, 'invalid-request', 'rules[1].windows[1]'],
    ['a window in hex', { windows: [{ ...window, amount: '0x1' }] }, 'invalid-request', 'rules[1].windows[0].amount'],
    [
      'a count that is none',
      { windows: [{ per: 'all', period: 'day', count: -1 }] },
      'invalid-request',
      'rules[1].windows[0].count',
    ],
    ['half an hour', { newDestinationHours: 0.5 }, 'invalid-request', 'rules[1].newDestinationHours'],
    ['more than a year', { newDestinationHours: 8_761 }, 'invalid-request', 'rules[1].newDestinationHours'],
  ])('is refused: %s', async (_, wrong, code, where) => {
    const refused = await refusalOf(() => put(policyOf(rule({ name: 'first' }), rule(wrong))))
    expect(refused.particulars.where).toBe(where)
    expect(refused.particulars.got).toBeDefined()
    expect(refused.code).toBe(code || refused.code)
  })

  test.each<[string, Partial<WalletPolicy>, string, string]>([
    ['a treasury on no network', { treasury: { 'eip155:1': [treasury] } }, 'unknown-network', 'treasury.eip155:1'],
    ['a treasury that is none', { treasury: { [network]: ['bank'] } }, 'invalid-payload', `treasury.${network}[0]`],
    ['a fee on no network', { sweepFees: { 'eip155:1': '1' } }, 'unknown-network', 'sweepFees.eip155:1'],
    ['a fee that is none', { sweepFees: { [network]: '' } }, 'invalid-request', `sweepFees.${network}`],
  ])('is refused: %s', async (_, wrong, code, where) => {
    expect(await refusalOf(() => put({ ...noWalletPolicy, ...wrong }))).toMatchObject({ code, particulars: { where } })
  })

  test('takes the largest amount there is', async () => {
    const maximum = String((1n << 256n) - 1n)
    expect((await put(policyOf(rule({ maximum })))).value.rules[0]?.maximum).toBe(maximum)
  })

  test('is for administrators alone', async () => {
    const { state, policies } = setUp()
    const others = operations.filter((one) => one !== 'admin')
    const call = callBy(principal({ operations: others, keys: '*', networks: '*' }))
    const asks = [
      () => policies.get(call),
      () => policies.put(noWalletPolicy, 0, call),
      () => policies.check({ wallet: walletId, to: alice, amount: 1n }, call),
    ]
    for (const ask of asks) expect((await refusalOf(ask)).code).toBe('denied')
    expect(state.changes).toEqual([])
  })
})

describe('a look', () => {
  const windows = [{ per: 'user', period: 'day', amount: '60' }] as const
  const scope = 'wallet-policy daily user 123'
  const asked = { wallet: walletId, to: alice.toLowerCase(), amount: 50n } as const

  async function look(policy: WalletPolicy, held: Parameters<typeof setUp>[0] = {}, more: object = {}) {
    const { state, policies } = setUp(held)
    await policies.put(policy, 0, operator)
    return { state, seen: await policies.check({ ...asked, ...more }, operator) }
  }

  test('says what is used, and what the payment would add', async () => {
    const totals = { [`${scope} 2026-11-21`]: 10n }
    const { state, seen } = await look(policyOf(rule({ windows })), { totals })
    expect(seen.verdict).toBe('allow')
    expect(seen.windows).toEqual([{ scope, period: '2026-11-21', amount: 50n, limit: 60n, used: 10n }])
    expect(state.changes).toHaveLength(1)
  })

  test('says no where a window has no room', async () => {
    const { seen } = await look(policyOf(rule({ windows })), { totals: { [`${scope} 2026-11-21`]: 11n } })
    expect([seen.verdict, seen.decision.verdict]).toEqual(['deny', 'allow'])
  })

  test('says how long a new destination waits', async () => {
    const policy = policyOf(rule({ newDestinationHours: 24 }))
    expect((await look(policy)).seen).toMatchObject({ verdict: 'deny', decision: { retryAfter: 86_400 } })
    expect((await look(policy, { since: noon - 24 * hour })).seen.verdict).toBe('allow')
  })

  test('says what is frozen', async () => {
    const { state, policies } = setUp()
    await policies.put(policyOf(rule()), 0, operator)
    const id = freezeId({ user: '123' })
    const puts = [{ kind: 'freeze', id, value: { frozen: true }, expect: 0 }] as const
    await state.change({ actor: 'operator', action: 'user.freeze', about: {}, puts }, operator.deadline)
    expect(await policies.check(asked, operator)).toMatchObject({ verdict: 'deny', frozen: 'user 123' })
  })

  test('is had for a wallet that is thought up', async () => {
    const { seen } = await look(
      policyOf(rule({ asset: token })),
      {},
      { wallet: undefined, user: '9', tier: 'hd', asset: 'usdt' },
    )
    expect(seen.verdict).toBe('allow')
  })

  test.each([
    ['of a wallet that is not there', { wallet: 'wal_00000000000000000000000009' }, 'not-found', 'wallet'],
    ['of nobody', { wallet: undefined, asset: 'ETH' }, 'invalid-request', 'user'],
    ['of no tier', { wallet: undefined, asset: 'ETH', user: '1' }, 'invalid-request', 'tier'],
    ['of no asset', { wallet: undefined, user: '1', tier: 'hd' }, 'invalid-request', 'asset'],
    ['of an asset nobody holds', { asset: 'DOGE' }, 'not-supported', 'asset'],
    ['of no address', { to: 'alice' }, 'invalid-payload', 'to'],
  ])('is refused %s', async (_, more, code, where) => {
    expect(await refusalOf(() => look(policyOf(rule()), {}, more))).toMatchObject({ code, particulars: { where } })
  })
})

describe('how full windows are', () => {
  const windows = [
    { per: 'user', period: 'day', amount: '100' },
    { per: 'asset', period: 'day', amount: '1000' },
    { per: 'wallet', period: 'hour', amount: '3' },
    { per: 'all', period: 'hour', count: 4 },
  ] as const

  test('is seen by rule and period, of the fullest, and of nobody by name', async () => {
    const totals = {
      'wallet-policy daily user 123 2026-11-21': 20n,
      'wallet-policy daily user-sha256 ab 2026-11-21': 81n,
      'wallet-policy daily user 123 2026-11-20': 100n,
      [`wallet-policy daily asset ${ether} 2026-11-21`]: 500n,
      'wallet-policy daily-2 user 9 2026-11-21': 99n,
      'wallet-policy * all 2026-11-21T12': 1n,
    }
    const { policies } = setUp({ totals })
    await policies.put(policyOf(rule({ windows })), 0, operator)
    expect(policies.fullness()).toEqual([])
    await policies.look(operator.deadline)
    expect(policies.fullness()).toEqual([
      { rule: 'daily', period: 'day', ratio: 0.81 },
      { rule: 'daily', period: 'hour', ratio: 0.25 },
    ])
  })

  test('is nothing where nothing may be used, and more than all where a limit was lowered', async () => {
    const { policies } = setUp({ totals: { 'wallet-policy daily user 123 2026-11-21': 150n } })
    const none = rule({ name: 'none', windows: [{ per: 'user', period: 'day', amount: '0' }] })
    await policies.put(policyOf(rule({ windows: [windows[0]] }), none), 0, operator)
    await policies.look(operator.deadline)
    expect(policies.fullness().map(({ ratio }) => ratio)).toEqual([1.5, 0])
  })
})
