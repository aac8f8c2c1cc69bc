import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import type { WalletId } from '../../../src/core/names.ts'
import type { Page } from '../../../src/core/page.ts'
import type { Store } from '../../../src/core/store.ts'
import type { WalletAddress, WalletFilter, WalletRow } from '../../../src/core/wallet-store.ts'
import type { Current } from './opened.ts'
import { begin, hash, item, soon } from './writer.ts'

/** Being created, for a user of its own. */
export function walletRow(name: string, parts: Partial<WalletRow> = {}): WalletRow {
  const about = { user: `user of ${name}`, asset: 'BTC', network: bitcoin, tier: 'hd', state: 'CREATING' } as const
  return { id: `wal_${name}`, version: 1, ...about, body: { note: name }, createdAt: 100, updatedAt: 100, ...parts }
}

export const bitcoin = 'bip122:000000000019d6689c085ae165831e93'

export function walletAddress(wallet: WalletId, index: number, parts: Partial<WalletAddress> = {}): WalletAddress {
  const address = `address ${index} of ${wallet}`
  return { network: bitcoin, address, wallet, branch: 0, index, createdAt: 100, mac: hash(address), ...parts }
}

export function keeping(...wallets: readonly WalletRow[]) {
  return item({ wallets })
}

const addressing = (...addresses: readonly WalletAddress[]) => item({ addresses })

export function walletTests(current: Current): void {
  describe('a wallet', () => {
    versionTests(current)
    uniqueTests(current)
  })
  describe('an address of a wallet', () => {
    addressTests(current)
  })
  describe('wallets', () => {
    findingTests(current)
    pagingTests(current)
  })
  describe('a destination', () => {
    destinationTests(current)
  })
}

function versionTests(current: Current): void {
  test('is put, replaced and found', async () => {
    const { store } = current()
    const writer = await begin(store)
    const first = walletRow('a')
    await writer.commit(store, [keeping(first)])
    expect(await store.wallet('wal_a', soon())).toEqual(first)
    const made = { state: 'CREATED', address: 'bc1q', key: 'key_tree', account: 2 ** 31 - 1 } as const
    const second = { ...first, ...made, version: 2, body: { xpub: '0x02' }, updatedAt: 200 }
    await writer.commit(store, [keeping(second)])
    expect(await store.wallet('wal_a', soon())).toEqual(second)
    expect(await store.walletOf(first.user, 'BTC', bitcoin, soon())).toEqual(second)
    expect(await store.wallet('wal_b', soon())).toBeUndefined()
  })

  test('is replaced from the version before only', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [keeping(walletRow('a'))])
    for (const wrong of [walletRow('a'), walletRow('a', { version: 3 }), walletRow('new', { version: 2 })]) {
      const fault = { reason: 'version', what: `wallet ${wrong.id}` }
      expect(await writer.commit(store, [keeping(wrong)])).toEqual({ status: 'refused', faults: [{ item: 0, fault }] })
    }
    expect(await store.wallet('wal_a', soon())).toEqual(walletRow('a'))
  })

  test('is written by a round that is committed only', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [keeping(walletRow('a'))])
    const destinations = [{ scope: 'user', network: bitcoin, address: 'bc1q' } as const]
    const wallets = [walletRow('b')]
    const addresses = [walletAddress('wal_b', 0)]
    await writer.commit(store, [item({ wallets, addresses, destinations }), keeping(walletRow('a', { version: 3 }))])
    expect(await store.wallet('wal_b', soon())).toBeUndefined()
    expect(await store.walletAddresses('wal_b', { limit: 10 }, soon())).toEqual([])
    expect(await store.destinationSince({ scope: 'user', network: bitcoin, address: 'bc1q' }, soon())).toBeUndefined()
  })
}

function uniqueTests(current: Current): void {
  const made = { user: 'u', state: 'CREATED', address: 'bc1q', key: 'key_tree', account: 7, provider: 'p' } as const
  const standing = walletRow('a', made)
  const others = {
    owner: { user: 'u' },
    address: { address: 'bc1q' },
    account: { key: 'key_tree', account: 7 },
    provider: { provider: 'p' },
  } as const

  for (const taken of ['owner', 'address', 'account', 'provider'] as const) {
    test(`is told which other wallet has its ${taken}, and nobody else in the round is refused`, async () => {
      const { store } = current()
      const writer = await begin(store)
      await writer.commit(store, [keeping(standing)])
      const late = walletRow('b', others[taken])
      const fault = { reason: 'wallet', taken, row: standing }
      const refused = { status: 'refused', faults: [{ item: 1, fault }] }
      expect(await writer.commit(store, [keeping(walletRow('c')), keeping(late), item()])).toEqual(refused)
      expect(await writer.commit(store, [keeping(walletRow('c')), item()])).toMatchObject({ status: 'committed' })
    })
  }

  for (const taken of ['address', 'account', 'provider'] as const) {
    test(`is told which other wallet has its ${taken} when it comes by it later`, async () => {
      const { store } = current()
      const writer = await begin(store)
      await writer.commit(store, [keeping(standing), keeping(walletRow('b'))])
      const late = walletRow('b', { ...others[taken], version: 2, state: 'CREATED' })
      const fault = { reason: 'wallet', taken, row: standing }
      const both = [keeping(late), keeping({ ...standing, version: 2 })]
      expect(await writer.commit(store, both.slice(0, 1))).toEqual({ status: 'refused', faults: [{ item: 0, fault }] })
      expect(await store.wallet('wal_b', soon())).toEqual(walletRow('b'))
    })
  }

  test('gives its place up when it is deleted, its address, account and provider id never', async () => {
    const { store } = current()
    const writer = await begin(store)
    const deleted = { ...standing, version: 2, state: 'DELETED' } as const
    for (const row of [standing, deleted]) await writer.commit(store, [keeping(row)])
    expect(await store.walletOf('u', 'BTC', bitcoin, soon())).toBeUndefined()
    const next = walletRow('b', { user: 'u' })
    expect(await writer.commit(store, [keeping(next)])).toMatchObject({ status: 'committed' })
    expect(await store.walletOf('u', 'BTC', bitcoin, soon())).toEqual(next)
    for (const taken of ['address', 'account', 'provider'] as const) {
      const result = await writer.commit(store, [keeping(walletRow('c', others[taken]))])
      expect(result).toMatchObject({ status: 'refused', faults: [{ fault: { taken, row: { id: 'wal_a' } } }] })
    }
    const back = await writer.commit(store, [keeping({ ...deleted, version: 3, state: 'CREATED' })])
    expect(back).toMatchObject({ status: 'refused', faults: [{ fault: { taken: 'owner', row: next } }] })
  })

  test('has a key of its own alone, and other accounts of a tree are free', async () => {
    const { store } = current()
    const writer = await begin(store)
    const own = walletRow('a', { key: 'key_own' })
    await writer.commit(store, [keeping(own), keeping(walletRow('b', { key: 'key_tree', account: 0 }))])
    const second = await writer.commit(store, [keeping(walletRow('c', { key: 'key_own' }))])
    expect(second).toMatchObject({ faults: [{ fault: { reason: 'wallet', taken: 'account', row: own } }] })
    const branch = keeping(walletRow('d', { key: 'key_tree', account: 1 }))
    expect(await writer.commit(store, [branch])).toMatchObject({ status: 'committed' })
  })

  test('is not wanted twice in one round', async () => {
    const { store } = current()
    const writer = await begin(store)
    const pairs = [
      [walletRow('a'), walletRow('b', { user: 'user of a' })],
      [walletRow('a', { address: 'bc1q' }), walletRow('b', { address: 'bc1q' })],
      [walletRow('a', { key: 'key_own' }), walletRow('b', { key: 'key_own' })],
      [walletRow('a', { provider: 'p' }), walletRow('b', { provider: 'p' })],
      [walletRow('a'), walletRow('a', { user: 'another' })],
    ]
    for (const pair of pairs) {
      const round = writer.round(pair.map((row) => keeping(row)))
      await expect(store.commit(round, soon())).rejects.toMatchObject({ code: 'internal' })
    }
  })

  test('gives the highest account of its tree, deleted or not', async () => {
    const { store } = current()
    const writer = await begin(store)
    expect(await store.highestAccount('key_tree', soon())).toBeUndefined()
    await writer.commit(store, [
      keeping(walletRow('a', { key: 'key_tree', account: 0 })),
      keeping(walletRow('b', { key: 'key_tree', account: 10, state: 'DELETED' })),
      keeping(walletRow('c', { key: 'key_tree', account: 9 })),
      keeping(walletRow('d', { key: 'key_own' })),
    ])
    expect(await store.highestAccount('key_tree', soon())).toBe(10)
    expect(await store.highestAccount('key_own', soon())).toBeUndefined()
  })
}

function addressTests(current: Current): void {
  test('leads to its wallet, and the same again stays as it is', async () => {
    const { store } = current()
    const writer = await begin(store)
    const row = walletRow('a')
    const [first, second] = [walletAddress('wal_a', 0), walletAddress('wal_a', 1)]
    await writer.commit(store, [item({ wallets: [row], addresses: [first, second] })])
    expect(await store.walletAt(bitcoin, second.address, soon())).toEqual(row)
    expect(await store.walletAt('bip122:other', second.address, soon())).toBeUndefined()
    const again = { ...first, createdAt: 200, mac: hash('later') }
    expect(await writer.commit(store, [addressing(again)])).toMatchObject({ status: 'committed' })
    expect(await store.walletAddresses('wal_a', { limit: 10 }, soon())).toEqual([first, second])
  })

  test('belongs to one wallet at one place', async () => {
    const { store } = current()
    const writer = await begin(store)
    const first = walletAddress('wal_a', 0)
    await writer.commit(store, [addressing(first)])
    const { address } = first
    const wrong = [
      walletAddress('wal_b', 0, { address }),
      walletAddress('wal_a', 1, { address }),
      walletAddress('wal_a', 0, { branch: 1, address }),
      walletAddress('wal_a', 0, { address: 'another' }),
    ]
    for (const one of wrong) {
      const fault = { reason: 'wallet', taken: 'address', row: first }
      expect(await writer.commit(store, [item(), addressing(one)])).toEqual({
        status: 'refused',
        faults: [{ item: 1, fault }],
      })
    }
    const elsewhere = walletAddress('wal_b', 0, { address, network: 'bip122:other' })
    expect(await writer.commit(store, [addressing(elsewhere)])).toMatchObject({ status: 'committed' })
  })

  test('is paged by its place', async () => {
    const { store } = current()
    const all = [
      ...[0, 1, 2, 10].map((index) => walletAddress('wal_a', index)),
      ...[0, 3].map((index) => walletAddress('wal_a', index, { branch: 1, address: `change ${index}` })),
    ]
    await (await begin(store)).commit(store, [addressing(...all.toReversed(), walletAddress('wal_b', 0))])
    const seen: WalletAddress[] = []
    for (let page = 0; page < 4; page++) {
      const last = seen.at(-1)
      const after = last && { after: `${last.branch}/${last.index}` }
      seen.push(...(await store.walletAddresses('wal_a', { limit: 2, ...after }, soon())))
    }
    expect(seen).toEqual(all)
    for (const after of ['x', '0/2147483648', '9999999999/0']) {
      const wrong = store.walletAddresses('wal_a', { limit: 2, after }, soon())
      await expect(wrong).rejects.toMatchObject({ code: 'invalid-request' })
    }
  })
}

const rows = [
  walletRow('1', { user: 'u', state: 'CREATED', key: 'key_tree', account: 0 }),
  walletRow('2', { user: 'u', asset: 'ETH', network: 'eip155:1', tier: 'native', key: 'key_own' }),
  walletRow('3', { user: 'v', state: 'CREATED', key: 'key_tree', account: 1, provider: 'p' }),
  walletRow('4', { user: 'u', state: 'DELETED', key: 'key_tree', account: 2 }),
  walletRow('5', { user: 'w', asset: 'USDT', network: 'eip155:1', tier: 'sealed', state: 'PENDING_DELETION' }),
  walletRow('6', { user: 'x', asset: 'ETH', network: 'eip155:5', tier: 'datakey', state: 'CREATED' }),
] as const

/** What the filter says of a row, in plain words; addresses are those of `filled`. */
function meets(row: WalletRow, { user, asset, network, states, tier, address, key, provider }: WalletFilter): boolean {
  const wanted = { user, asset, network, tier, key, provider }
  const same = Object.entries(wanted).every(([name, value]) => value === undefined || Reflect.get(row, name) === value)
  return same && (states?.includes(row.state) ?? true) && (address === undefined || address === `address of ${row.id}`)
}

async function filled(store: Store): Promise<void> {
  const addresses = rows.map(({ id, network }) => walletAddress(id, 0, { network, address: `address of ${id}` }))
  const writer = await begin(store)
  await writer.commit(store, [addressing(...addresses)])
  for (const row of rows.toReversed()) await writer.commit(store, [keeping(row)])
}

/** Every combination of the parts of a filter, each with one value that is met and one that is not. */
function* filters(): Generator<WalletFilter> {
  const parts: readonly (readonly WalletFilter[])[] = [
    [{}, { user: 'u' }, { user: 'nobody' }],
    [{}, { asset: 'ETH' }],
    [{}, { network: 'eip155:1' }, { network: bitcoin }],
    [{}, { states: ['CREATED'] }, { states: ['CREATED', 'DELETED', 'CREATED'] }, { states: [] }],
    [{}, { tier: 'hd' }, { tier: 'native' }],
    [{}, { address: 'address of wal_2' }],
    [{}, { key: 'key_tree' }],
    [{}, { provider: 'p' }],
  ]
  const all = parts.reduce<WalletFilter[]>(
    (made, some) => made.flatMap((filter) => some.map((part) => ({ ...filter, ...part }))),
    [{}],
  )
  yield* all
}

function findingTests(current: Current): void {
  test('are found by every combination of the parts of a filter', async () => {
    const { store } = current()
    await filled(store)
    for (const filter of filters()) {
      const found = await store.wallets(filter, { limit: 10 }, soon())
      expect({ filter, found }).toEqual({ filter, found: rows.filter((row) => meets(row, filter)) })
    }
  })
}

function pagingTests(current: Current): void {
  test('are paged in the order of their ids', async () => {
    const { store } = current()
    await filled(store)
    for (const filter of [{}, { user: 'u' }, { asset: 'ETH' }, { states: ['CREATED', 'DELETED'] }] as const) {
      const seen: WalletId[] = []
      for (let n = 0; n < rows.length + 1; n++) {
        const after = seen.at(-1)
        const page: Page = after === undefined ? { limit: 1 } : { limit: 1, after }
        seen.push(...(await store.wallets(filter, page, soon())).map(({ id }) => id))
      }
      expect(seen).toEqual(rows.filter((row) => meets(row, filter)).map(({ id }) => id))
    }
  })

  test('of relayed transactions are found with them', async () => {
    const { store } = current()
    const about = { client: 'cli_a', key: 'key_a', network: 'eip155:1', sender: '0x', state: 'accepted' } as const
    const row = { version: 1, ...about, body: {}, createdAt: 1, updatedAt: 1 } as const
    const [paid, other] = [{ ...row, id: 'txn_1', wallet: 'wal_1' } as const, { ...row, id: 'txn_2' } as const]
    const writer = await begin(store)
    await writer.commit(store, [item({ transactions: [paid, other] })])
    expect(await store.transaction('txn_1', soon())).toEqual(paid)
    expect(await store.transactions({ wallet: 'wal_1' }, { limit: 10 }, soon())).toEqual([paid])
    expect(await store.transactions({ wallet: 'wal_2' }, { limit: 10 }, soon())).toEqual([])
    const later = { ...paid, version: 2, state: 'assigned', nonce: 1n } as const
    await writer.commit(store, [item({ transactions: [later] })])
    expect(await store.transactions({ wallet: 'wal_1', states: ['assigned'] }, { limit: 10 }, soon())).toEqual([later])
  })
}

function destinationTests(current: Current): void {
  test('is noted once, by the time of the store', async () => {
    const { store } = current()
    const writer = await begin(store)
    const destination = { scope: 'user', network: bitcoin, address: 'bc1q' } as const
    expect(await store.destinationSince(destination, soon())).toBeUndefined()
    const before = systemClock.now()
    await writer.commit(store, [item({ destinations: [destination] }), item({ destinations: [destination] })])
    const since = await store.destinationSince(destination, soon())
    expect(since).toBeGreaterThanOrEqual(before - 1)
    expect(since).toBeLessThanOrEqual(systemClock.now() + 1)
    await expect.poll(() => store.time(soon())).toBeGreaterThan((since ?? 0) + 2)
    expect(await writer.commit(store, [item({ destinations: [destination] })])).toMatchObject({ status: 'committed' })
    expect(await store.destinationSince(destination, soon())).toBe(since)
    for (const other of [{ scope: 'other' }, { address: 'bc1p' }, { network: 'bip122:other' } as const]) {
      expect(await store.destinationSince({ ...destination, ...other }, soon())).toBeUndefined()
    }
  })
}
