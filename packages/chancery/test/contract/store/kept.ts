import { describe, expect, test } from 'vitest'
import type { Current } from './opened.ts'
import { begin, hash, item, signature, soon } from './writer.ts'

export function keptTests(current: Current): void {
  describe('a signature', () => {
    signatureTests(current)
  })
  describe('an idempotency key', () => {
    idempotencyTests(current)
  })
}

function signatureTests(current: Current): void {
  test('is kept, and the first one stays', async () => {
    const { store } = current()
    const writer = await begin(store)
    const first = signature('key', 'payload', 1)
    const second = signature('key', 'payload', 2)
    expect(await writer.commit(store, [item({ signatures: [first] })])).toEqual({
      status: 'committed',
      items: [{ signatures: [first] }],
    })
    expect(await writer.commit(store, [item({ signatures: [second] })])).toEqual({
      status: 'committed',
      items: [{ signatures: [first] }],
    })
    expect(await store.storedSignature(first.publicKey, first.payload, soon())).toEqual(first)
  })

  test('is the same for two items of one round', async () => {
    const { store } = current()
    const writer = await begin(store)
    const first = signature('key', 'payload', 1)
    const result = await writer.commit(store, [
      item({ signatures: [first] }),
      item({ signatures: [signature('key', 'payload', 2)] }),
    ])
    expect(result).toEqual({ status: 'committed', items: [{ signatures: [first] }, { signatures: [first] }] })
  })

  test('is given to whoever is about to make it again', async () => {
    const { store } = current()
    const writer = await begin(store)
    const kept = signature('key', 'payload', 1)
    await writer.commit(store, [item({ signatures: [kept] })])
    const signing = [
      { publicKey: hash('key'), payload: hash('other') },
      { publicKey: hash('key'), payload: hash('payload') },
    ]
    const round = writer.round([item({ signing }), item()])
    const answer = { status: 'committed', items: [{ signatures: [kept] }, { signatures: [] }] }
    expect(await store.commit(round, soon())).toEqual(answer)
    expect(await store.commit(round, soon())).toEqual(answer)
  })

  test('keeps its parity and algorithm', async () => {
    const { store } = current()
    const writer = await begin(store)
    const kept = ([0, 1] as const).map((yParity) => {
      const { publicKey, payload, signature: made } = signature('key', `payload ${yParity}`, 7)
      return { publicKey, payload, signature: { ...made, algorithm: 'secp256k1-ecdsa', yParity } } as const
    })
    await writer.commit(store, [item({ signatures: kept })])
    for (const one of kept) expect(await store.storedSignature(one.publicKey, one.payload, soon())).toEqual(one)
  })

  test('is not kept by a round that is refused', async () => {
    const { store } = current()
    const writer = await begin(store)
    const idempotency = { client: 'cli_a', route: 'r', key: 'k', bodyHash: hash('1'), made: 'att_1' } as const
    await writer.commit(store, [item({ idempotency })])
    const other = { ...idempotency, made: 'att_2' } as const
    await writer.commit(store, [item({ idempotency: other, signatures: [signature('key', 'payload', 1)] })])
    expect(await store.storedSignature(hash('key'), hash('payload'), soon())).toBeUndefined()
  })

  test('is listed in order, page by page', async () => {
    const { store } = current()
    const writer = await begin(store)
    const kept = Array.from({ length: 5 }, (_, i) => signature(`key ${i % 2}`, `payload ${i}`, i))
    await writer.commit(store, [item({ signatures: kept })])
    const first = await store.signatures(undefined, 3, soon())
    const rest = await store.signatures(first.next, 3, soon())
    const order = kept.toSorted((a, b) => (a.publicKey + a.payload < b.publicKey + b.payload ? -1 : 1))
    expect([...first.rows, ...rest.rows]).toEqual(order)
    expect(rest.next).toBeUndefined()
  })
}

function idempotencyTests(current: Current): void {
  const kept = { client: 'cli_a', route: 'sign', key: 'key 🗝', bodyHash: hash('body'), made: 'att_1' } as const

  test('is found again', async () => {
    const { store } = current()
    await (await begin(store)).commit(store, [item({ idempotency: kept })])
    expect(await store.idempotency('cli_a', 'sign', 'key 🗝', soon())).toEqual(kept)
  })

  test('belongs to one client and route', async () => {
    const { store } = current()
    const others = [{ ...kept, client: 'cli_b' } as const, { ...kept, route: 'relay', made: 'txn_1' } as const]
    const items = [kept, ...others].map((idempotency) => item({ idempotency }))
    expect(await (await begin(store)).commit(store, items)).toMatchObject({ status: 'committed' })
    expect(await store.idempotency('cli_a', 'relay', 'key 🗝', soon())).toEqual(others[1])
  })

  test('is used once: the second learns what the first made', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [item({ idempotency: kept })])
    const later = { ...kept, bodyHash: hash('other'), made: 'att_2' } as const
    const result = await writer.commit(store, [item(), item({ idempotency: later })])
    const fault = { reason: 'idempotency', earlier: kept }
    expect(result).toEqual({ status: 'refused', faults: [{ item: 1, fault }] })
    expect(await store.idempotency('cli_a', 'sign', 'key 🗝', soon())).toEqual(kept)
  })

  test('may be recorded again by the attempt that has it', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [item({ idempotency: kept })])
    expect(await writer.commit(store, [item({ idempotency: kept })])).toMatchObject({ status: 'committed' })
  })

  test('is not taken twice in one round', async () => {
    const { store } = current()
    const round = (await begin(store)).round([
      item({ idempotency: kept }),
      item({ idempotency: { ...kept, made: 'att_2' } }),
    ])
    await expect(store.commit(round, soon())).rejects.toMatchObject({ code: 'internal' })
  })
}
