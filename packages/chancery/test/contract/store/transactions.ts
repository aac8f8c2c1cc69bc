import { describe, expect, test } from 'vitest'
import type { TransactionId } from '../../../src/core/names.ts'
import type { SignedTransaction, TransactionRow } from '../../../src/core/store.ts'
import type { Current } from './opened.ts'
import { begin, hash, item, soon } from './writer.ts'

function row(name: string, parts: Partial<TransactionRow> = {}): TransactionRow {
  const about = { client: 'cli_a', key: 'key_a', network: 'eip155:1', sender: '0xsender', state: 'accepted' } as const
  return { id: `txn_${name}`, version: 1, ...about, body: { name }, createdAt: 100, updatedAt: 100, ...parts }
}

function putting(...transactions: readonly TransactionRow[]) {
  return item({ transactions })
}

export function transactionTests(current: Current): void {
  describe('a relayed transaction', () => {
    versionTests(current)
  })
  describe('a nonce', () => {
    nonceTests(current)
  })
  describe('relayed transactions', () => {
    findingTests(current)
  })
  describe('signed bytes', () => {
    signedTests(current)
  })
}

function versionTests(current: Current): void {
  test('is put, replaced and found', async () => {
    const { store } = current()
    const writer = await begin(store)
    const first = row('1')
    await writer.commit(store, [putting(first)])
    expect(await store.transaction('txn_1', soon())).toEqual(first)
    const second = row('1', { version: 2, state: 'assigned', nonce: 7n, body: { changed: true }, updatedAt: 200 })
    await writer.commit(store, [putting(second)])
    expect(await store.transaction('txn_1', soon())).toEqual(second)
    expect(await store.transaction('txn_2', soon())).toBeUndefined()
  })

  test('is replaced from the version before only', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [putting(row('1'))])
    for (const wrong of [row('1'), row('1', { version: 3 }), row('new', { version: 2 })]) {
      const fault = { reason: 'version', what: `transaction ${wrong.id}` }
      expect(await writer.commit(store, [putting(wrong)])).toEqual({ status: 'refused', faults: [{ item: 0, fault }] })
    }
    expect(await store.transaction('txn_1', soon())).toEqual(row('1'))
  })
}

function nonceTests(current: Current): void {
  test('belongs to one transaction of a sender on a network', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [putting(row('1', { nonce: 5n }))])
    const second = await writer.commit(store, [putting(row('2', { nonce: 5n }))])
    expect(second).toMatchObject({ status: 'refused', faults: [{ item: 0, fault: { reason: 'version' } }] })
    const elsewhere = [row('3', { nonce: 5n, network: 'eip155:2' }), row('4', { nonce: 5n, sender: '0xother' })]
    expect(
      await writer.commit(
        store,
        elsewhere.map((one) => putting(one)),
      ),
    ).toMatchObject({ status: 'committed' })
  })

  test('cannot be moved onto by a later version', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [putting(row('1', { nonce: 5n })), putting(row('2', { nonce: 6n }))])
    const result = await writer.commit(store, [putting(row('2', { version: 2, nonce: 5n }))])
    expect(result).toMatchObject({ status: 'refused' })
  })

  test('is a uint64, and the highest is found as a number', async () => {
    const { store } = current()
    const writer = await begin(store)
    const nonces = [255n, 256n, 2n ** 53n + 1n, 2n ** 64n - 1n]
    await writer.commit(
      store,
      nonces.slice(0, 2).map((nonce) => putting(row(`${nonce}`, { nonce }))),
    )
    expect(await store.highestNonce('eip155:1', '0xsender', soon())).toBe(256n)
    await writer.commit(
      store,
      nonces.slice(2).map((nonce) => putting(row(`${nonce}`, { nonce }))),
    )
    expect(await store.highestNonce('eip155:1', '0xsender', soon())).toBe(2n ** 64n - 1n)
    expect((await store.transaction(`txn_${2n ** 53n + 1n}`, soon()))?.nonce).toBe(2n ** 53n + 1n)
    expect(await store.highestNonce('eip155:1', '0xother', soon())).toBeUndefined()
  })
}

function findingTests(current: Current): void {
  const rows = [
    row('d', { createdAt: 1, state: 'broadcast', nonce: 1n }),
    row('c', { createdAt: 2, state: 'mined', sender: '0xother' }),
    row('b', { createdAt: 2, state: 'mined', client: 'cli_b' }),
    row('a', { createdAt: 3, network: 'eip155:5', key: 'key_b' }),
  ]

  async function filled() {
    const { store } = current()
    await (await begin(store)).commit(store, [putting(...rows)])
    return store
  }

  test('are found by each part of the filter', async () => {
    const store = await filled()
    const find = async (filter: Parameters<typeof store.transactions>[0]) =>
      (await store.transactions(filter, { limit: 10 }, soon())).map((one) => one.id)
    expect(await find({})).toEqual(['txn_d', 'txn_b', 'txn_c', 'txn_a'])
    expect(await find({ network: 'eip155:5' })).toEqual(['txn_a'])
    expect(await find({ sender: '0xother' })).toEqual(['txn_c'])
    expect(await find({ client: 'cli_b' })).toEqual(['txn_b'])
    expect(await find({ key: 'key_b' })).toEqual(['txn_a'])
    expect(await find({ states: ['mined', 'broadcast'], sender: '0xsender' })).toEqual(['txn_d', 'txn_b'])
    expect(await find({ states: [] })).toEqual([])
  })

  test('are paged in order of creation', async () => {
    const store = await filled()
    const seen: TransactionId[] = []
    for (let page = 0; page < 5; page++) {
      const after = seen.at(-1)
      const some = await store.transactions({}, after === undefined ? { limit: 1 } : { limit: 1, after }, soon())
      seen.push(...some.map((one) => one.id))
    }
    expect(seen).toEqual(['txn_d', 'txn_b', 'txn_c', 'txn_a'])
  })

  test('are followed lane by lane', async () => {
    const store = await filled()
    const lanes = await store.lanes(['mined', 'accepted'], soon())
    expect(lanes).toEqual([
      { network: 'eip155:1', sender: '0xother' },
      { network: 'eip155:1', sender: '0xsender' },
      { network: 'eip155:5', sender: '0xsender' },
    ])
    expect(await store.lanes(['final'], soon())).toEqual([])
  })
}

function signedTests(current: Current): void {
  const signed = (name: string, transaction: TransactionId, createdAt: number): SignedTransaction => ({
    hash: hash(name),
    transaction,
    raw: Uint8Array.from([0, 255, createdAt]),
    createdAt,
  })

  test('are kept for ever, oldest first', async () => {
    const { store } = current()
    const writer = await begin(store)
    const kept = [signed('x', 'txn_1', 1), signed('y', 'txn_1', 2)]
    await writer.commit(store, [item({ transactions: [row('1')], signed: [...kept, signed('z', 'txn_2', 1)] })])
    expect(await store.signedTransactions('txn_1', soon())).toEqual(kept)
    expect(await store.signedTransactions('txn_3', soon())).toEqual([])
  })

  test('may be recorded again, but not as another transaction', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [item({ signed: [signed('x', 'txn_1', 1)] })])
    expect(await writer.commit(store, [item({ signed: [signed('x', 'txn_1', 1)] })])).toMatchObject({
      status: 'committed',
    })
    expect(await writer.commit(store, [item({ signed: [signed('x', 'txn_2', 1)] })])).toMatchObject({
      status: 'refused',
    })
  })
}
