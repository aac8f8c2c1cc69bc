import { describe, expect, test } from 'vitest'
import type { Current } from './opened.ts'
import { begin, guard, hash, soon, taking } from './writer.ts'

export function guardTests(current: Current): void {
  describe('a guard row', () => {
    takingTests(current)
  })
  describe('guard rows', () => {
    listingTests(current)
  })
}

function takingTests(current: Current): void {
  test('is taken when it is free, whatever it would replace', async () => {
    const { store } = current()
    const writer = await begin(store)
    expect(await writer.commit(store, [taking(guard('1', 'a'))])).toMatchObject({ status: 'committed' })
    expect(await writer.commit(store, [taking(guard('2', 'a', 'gone'))])).toMatchObject({ status: 'committed' })
  })

  test('is taken again by the same root, and stays where it was first taken', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'))])
    expect(await writer.commit(store, [taking(guard('1', 'a'))])).toMatchObject({ status: 'committed' })
    expect((await store.guards(undefined, 10, soon())).rows).toEqual([
      { ...guard('1', 'a'), stream: writer.stream, seq: 2 },
    ])
  })

  test('is not taken by another root, which learns what holds it', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'))])
    const fault = { reason: 'guard', row: guard('1', 'b'), held: hash('a') }
    expect(await writer.commit(store, [taking(guard('1', 'b'))])).toEqual({
      status: 'refused',
      faults: [{ item: 0, fault }],
    })
  })

  test('is taken by exactly the root that names its predecessor', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'))])
    expect(await writer.commit(store, [taking(guard('1', 'b', 'a'))])).toMatchObject({ status: 'committed' })
    expect((await store.guards(undefined, 10, soon())).rows).toEqual([
      { ...guard('1', 'b'), stream: writer.stream, seq: 3 },
    ])
    const result = await writer.commit(store, [taking(guard('1', 'c', 'a'))])
    expect(result).toMatchObject({ status: 'refused', faults: [{ fault: { held: hash('b') } }] })
  })

  test('is known by kind, scope and item together', async () => {
    const { store } = current()
    const writer = await begin(store)
    const row = guard('1', 'a')
    const others = [
      { ...row, kind: 'once', root: hash('b') } as const,
      { ...row, scope: 'eip155:2 0xsender', root: hash('c') },
      { ...row, item: hash('2'), root: hash('d') },
    ]
    const result = await writer.commit(store, [taking(row), ...others.map((other) => taking(other))])
    expect(result).toMatchObject({ status: 'committed' })
  })

  test('is the same row in capitals', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking({ ...guard('1', 'a'), item: '0xab' })])
    expect(await writer.commit(store, [taking({ ...guard('1', 'b'), item: '0xAB' })])).toMatchObject({
      status: 'refused',
    })
    expect(await writer.commit(store, [taking({ ...guard('1', 'a'), item: '0xAB' })])).toMatchObject({
      status: 'committed',
    })
  })

  test('of an item is not taken when another of its rows cannot be', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('2', 'a'))])
    expect(await writer.commit(store, [taking(guard('1', 'b'), guard('2', 'b'))])).toMatchObject({ status: 'refused' })
    expect(await writer.commit(store, [taking(guard('1', 'c'))])).toMatchObject({ status: 'committed' })
  })
}

function listingTests(current: Current): void {
  test('are listed in order, page by page, each once', async () => {
    const { store } = current()
    const writer = await begin(store)
    const scopes = ['b', 'a', 'ä', 'B', '🗝', 'a b']
    const rows = scopes.flatMap((scope) => ['1', '2'].map((at) => ({ ...guard(at, scope), scope })))
    await writer.commit(
      store,
      rows.map((row) => taking(row)),
    )
    const whole = (await store.guards(undefined, 100, soon())).rows.map(({ scope, item }) => `${scope} ${item}`)
    expect(whole.toSorted()).toEqual(rows.map(({ scope, item }) => `${scope} ${item}`).toSorted())
    const paged: string[] = []
    let after: string | undefined
    for (let page = 0; page < 10; page++) {
      const { rows: some, next } = await store.guards(after, 5, soon())
      paged.push(...some.map(({ scope, item }) => `${scope} ${item}`))
      if (next === undefined) break
      after = next
    }
    expect(paged).toEqual(whole)
  })

  test('are not listed after a cursor that is none', async () => {
    const notHex = Buffer.from('["once","scope","no hex"]').toString('base64url')
    for (const after of ['no-cursor', notHex]) {
      const wrong = current().store.guards(after, 5, soon())
      await expect(wrong).rejects.toMatchObject({ name: 'Refused', code: 'invalid-request' })
    }
  })
}
