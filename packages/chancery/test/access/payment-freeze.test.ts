/** Freezes of wallets, users and assets: who may, what a slip comes to, and that one freeze is all it takes. */
import { describe, expect, test } from 'vitest'
import { createFreezing } from '../../src/access/freezing.ts'
import { operatorPrincipal } from '../../src/access/operator.ts'
import { Refused } from '../../src/core/errors.ts'
import type { AssetId, WalletId } from '../../src/core/names.ts'
import type { FreezeTarget } from '../../src/core/services.ts'
import { refuseFrozen } from '../../src/wallets/policy/frozen.ts'
import { callBy, memoryState, principal, refusalOf } from './fixture.ts'

const wallet: WalletId = 'wal_00000000000000000000000001'
const bitcoin: AssetId = 'bip122:000000000019d6689c085ae165831e93/slip44:0'
const tethers: readonly AssetId[] = ['eip155:1/erc20:0xA', 'eip155:137/erc20:0xB']
const operator = callBy(operatorPrincipal)

function setUp() {
  const state = memoryState()
  const names = new Map<string, readonly AssetId[]>([
    ['BTC', [bitcoin]],
    [bitcoin, [bitcoin]],
    ['USDT', tethers],
  ])
  const assets = { names }
  const freezing = createFreezing({
    state,
    hasWallet: async (id) => id === wallet,
    assetsNamed: (name) => assets.names.get(name) ?? [],
  })
  const pays = (about: { wallet?: WalletId; user?: string; asset?: AssetId } = {}) =>
    refuseFrozen(state.current(), { wallet, user: '123', asset: bitcoin, ...about })
  return { state, freezing, assets, pays }
}

describe('what is frozen pays nothing', () => {
  test.each<[FreezeTarget, string, object]>([
    [{ wallet }, `wallet ${wallet}`, { wallet: 'wal_00000000000000000000000002' }],
    [{ user: '123' }, 'user 123', { user: '12' }],
    [{ asset: 'BTC' }, `asset ${bitcoin}`, { asset: tethers[0] }],
    [{ asset: bitcoin }, `asset ${bitcoin}`, { asset: tethers[0] }],
  ])('%j', async (what, id, other) => {
    const { state, freezing, pays } = setUp()
    pays()
    await freezing.freeze(what, operator)
    const [kind = ''] = Object.keys(what)
    expect(state.changes[0]).toMatchObject({ actor: 'operator', action: `${kind}.freeze`, about: { freezes: [id] } })
    expect((await refusalOf(pays)).code).toBe('frozen')
    expect((await refusalOf(pays)).particulars.where).toBe(id)
    pays(other)
    await freezing.freeze(what, operator)
    await freezing.thaw(what, operator)
    pays()
  })

  test('in everything', async () => {
    const { freezing, pays } = setUp()
    await freezing.freeze({ everything: true }, operator)
    expect((await refusalOf(pays)).code).toBe('frozen')
  })

  test('by each of several freezes alone', async () => {
    const { freezing, pays } = setUp()
    await freezing.freeze({ user: '123' }, operator)
    await freezing.freeze({ wallet }, operator)
    await freezing.thaw({ user: '123' }, operator)
    expect((await refusalOf(pays)).particulars.where).toBe(`wallet ${wallet}`)
  })
})

test('a symbol freezes what is called so everywhere, in one change', async () => {
  const { state, freezing, pays } = setUp()
  await freezing.freeze({ asset: 'USDT' }, operator)
  expect(state.changes).toHaveLength(1)
  for (const asset of tethers) expect((await refusalOf(() => pays({ asset }))).code).toBe('frozen')
  await freezing.thaw({ asset: 'USDT' }, operator)
  for (const asset of tethers) pays({ asset })
})

test.each<FreezeTarget>([
  { wallet: 'wal_00000000000000000000000009' },
  { asset: 'BTX' },
  { asset: 'eip155:1/slip44:6O' },
])('%j is nobody here: a slip does not pass for a freeze', async (what) => {
  const { state, freezing } = setUp()
  expect((await refusalOf(() => freezing.freeze(what, operator))).code).toBe('not-found')
  expect((await refusalOf(() => freezing.thaw(what, operator))).code).toBe('not-found')
  expect(state.changes).toEqual([])
})

test('who was never frozen is not thawed; what is no longer configured is', async () => {
  const { freezing, assets, pays } = setUp()
  expect((await refusalOf(() => freezing.thaw({ user: '123' }, operator))).code).toBe('not-found')
  await freezing.freeze({ asset: bitcoin }, operator)
  assets.names = new Map()
  expect((await refusalOf(pays)).code).toBe('frozen')
  await freezing.thaw({ asset: bitcoin }, operator)
  pays()
})

test('freezing and thawing needs admin', async () => {
  const { state, freezing } = setUp()
  const operations = ['withdraw', 'sweep', 'wallets:create', 'wallets:delete', 'keys:delete'] as const
  const call = callBy(principal({ operations, keys: '*', networks: '*' }))
  for (const what of [{ wallet }, { user: '123' }, { asset: 'BTC' }] as const) {
    expect((await refusalOf(() => freezing.freeze(what, call))).code).toBe('denied')
    expect((await refusalOf(() => freezing.thaw(what, call))).code).toBe('denied')
  }
  expect(state.changes).toEqual([])
})

test('a freeze is tried again when the record moved on', async () => {
  const { state } = setUp()
  let conflicts = 0
  const contended: typeof state = {
    ...state,
    change: async (request, deadline) => {
      if (conflicts++ < 2) throw new Refused('version-conflict', 'It changed in the meantime')
      return state.change(request, deadline)
    },
  }
  await createFreezing({ state: contended }).freeze({ user: '123' }, operator)
  expect(state.current().freezes.get('user 123')?.value.frozen).toBe(true)
})
