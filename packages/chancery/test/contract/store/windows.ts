import { describe, expect, test } from 'vitest'
import type { WindowRow } from '../../../src/core/claim.ts'
import { dayOf, hourOf } from '../../../src/core/period.ts'
import type { RoundResult, Store } from '../../../src/core/store.ts'
import type { Current } from './opened.ts'
import { begin, counting, guard, hash, item, soon, taking, windowRow, Writer } from './writer.ts'

export function windowTests(current: Current): void {
  describe('a window', () => {
    fittingTests(current)
    sharingTests(current)
    periodTests(current)
  })
  describe('an accepted gap', () => {
    gapTests(current)
  })
  describe('windows', () => {
    listingTests(current)
  })
}

const committed = { status: 'committed' }

function full(row: WindowRow, used: bigint): RoundResult {
  const fault = { reason: 'window', row, used, limit: row.limit } as const
  return { status: 'refused', faults: [{ item: 0, fault }] }
}

async function totals(store: Store): Promise<readonly bigint[]> {
  return (await store.windowTotals(undefined, 100, soon())).rows.map(({ total }) => total)
}

function fittingTests(current: Current): void {
  test('is filled to its limit and not by one more', async () => {
    const { store } = current()
    const writer = await begin(store)
    expect(await writer.commit(store, [counting(windowRow('a', 6n, 10n))])).toMatchObject(committed)
    expect(await writer.commit(store, [counting(windowRow('b', 4n, 10n))])).toMatchObject(committed)
    const over = windowRow('c', 1n, 10n)
    expect(await writer.commit(store, [counting(over)])).toEqual(full(over, 10n))
    expect(await writer.commit(store, [counting(windowRow('d', 0n, 10n))])).toMatchObject(committed)
    expect(await totals(store)).toEqual([10n])
  })

  test('refuses at once what is larger than its limit, and is not made by it', async () => {
    const { store } = current()
    const writer = await begin(store)
    const over = windowRow('a', 11n, 10n)
    expect(await writer.commit(store, [counting(over)])).toEqual(full(over, 0n))
    expect(await totals(store)).toEqual([])
  })

  test('counts a root once, also when the window is full or the limit was lowered', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [counting(windowRow('a', 10n, 10n))])
    for (const limit of [10n, 3n]) {
      const again = {
        ...windowRow('a', 10n, limit),
        root: hash('a').toUpperCase().replace('0X', '0x') as `0x${string}`,
      }
      expect(await writer.commit(store, [counting(again)])).toMatchObject(committed)
    }
    const place = { stream: writer.stream, seq: 2 }
    const { limit: _, ...use } = windowRow('a', 10n, 10n)
    expect((await store.windowUses(undefined, 10, soon())).rows).toEqual([{ ...use, ...place }])
    expect(await totals(store)).toEqual([10n])
  })

  test('refuses a root that counts already with another amount', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [counting(windowRow('a', 4n, 10n))])
    const row = windowRow('a', 3n, 10n)
    expect(await writer.commit(store, [counting(row)])).toEqual({
      status: 'refused',
      faults: [{ item: 0, fault: { reason: 'counted', row, held: 4n } }],
    })
  })

  test('is judged by the limit of the day: one that was lowered lets nothing more in', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [counting(windowRow('a', 8n, 10n))])
    const lowered = windowRow('b', 1n, 5n)
    expect(await writer.commit(store, [counting(lowered)])).toEqual(full(lowered, 8n))
    expect(await writer.commit(store, [counting(windowRow('b', 1n, 20n))])).toMatchObject(committed)
  })

  test('adds exactly far beyond 2^63', async () => {
    const { store } = current()
    const writer = await begin(store)
    const limit = 2n ** 200n + 1n
    await writer.commit(store, [counting(windowRow('a', 2n ** 200n - 2n ** 130n, limit))])
    await writer.commit(store, [counting(windowRow('b', 2n ** 130n, limit))])
    const over = windowRow('c', 2n, limit)
    expect(await writer.commit(store, [counting(over)])).toEqual(full(over, 2n ** 200n))
    expect(await writer.commit(store, [counting(windowRow('c', 1n, limit))])).toMatchObject(committed)
    expect(await totals(store)).toEqual([limit])
  })

  test('and a guard row are taken together or not at all', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'))])
    const both = (nonce: string, ...windows: WindowRow[]) => item({ guards: [guard(nonce, 'b')], windows })
    const small = windowRow('b', 1n, 10n, { scope: 'small' })
    const large = windowRow('b', 11n, 10n, { scope: 'large' })
    const held = { reason: 'guard', row: guard('1', 'b'), held: hash('a') }
    expect(await writer.commit(store, [both('1', small)])).toMatchObject({ faults: [{ item: 0, fault: held }] })
    expect(await writer.commit(store, [both('2', small, large)])).toEqual(full(large, 0n))
    expect(await totals(store)).toEqual([])
    expect((await store.guards(undefined, 10, soon())).rows).toHaveLength(1)
    expect(await writer.commit(store, [both('2', small)])).toMatchObject(committed)
  })

  test('is filled for good: what was counted is there after the store was opened again', async () => {
    const { store, reopen } = current()
    const writer = await begin(store)
    await writer.commit(store, [counting(windowRow('a', 10n, 10n))])
    const over = windowRow('b', 1n, 10n)
    expect(await writer.commit(await reopen(), [counting(over)])).toEqual(full(over, 10n))
  })
}

function sharingTests(current: Current): void {
  test('is shared by the items of a round', async () => {
    const { store } = current()
    const writer = await begin(store)
    const rows = Array.from({ length: 30 }, (_, n) => windowRow(`root ${n}`, 1n, 30n))
    expect(
      await writer.commit(
        store,
        rows.map((row) => counting(row)),
      ),
    ).toMatchObject(committed)
    expect(await totals(store)).toEqual([30n])
  })

  test('that cannot hold all of a round holds none, and names those that come later', async () => {
    const { store } = current()
    const writer = await begin(store)
    const items = [6n, 5n, 4n, 1n].map((amount) => counting(windowRow(`root ${amount}`, amount, 10n)))
    expect(await writer.commit(store, items)).toEqual({ status: 'crowded', items: [1, 3] })
    expect(await totals(store)).toEqual([])
    expect(await store.segmentHash({ stream: writer.stream, seq: 2 }, soon())).toBeUndefined()
  })

  test('refuses only what would not fit alone', async () => {
    const { store } = current()
    const writer = await begin(store)
    const over = windowRow('over', 11n, 10n)
    const items = [over, windowRow('a', 6n, 10n), windowRow('b', 6n, 10n)].map((row) => counting(row))
    expect(await writer.commit(store, items)).toEqual(full(over, 0n))
  })

  test('counts two roots of one item together', async () => {
    const { store } = current()
    const writer = await begin(store)
    const rows = [windowRow('a', 6n, 10n), windowRow('b', 5n, 10n)]
    expect(await writer.commit(store, [counting(...rows)])).toMatchObject({ status: 'refused' })
    expect(await writer.commit(store, [counting(windowRow('a', 6n, 11n), windowRow('b', 5n, 11n))])).toMatchObject(
      committed,
    )
  })

  test('does not take one root twice in a round', async () => {
    const { store } = current()
    const writer = await begin(store)
    const row = windowRow('a', 1n, 10n)
    await expect(writer.commit(store, [counting(row), counting(row)])).rejects.toMatchObject({ code: 'internal' })
    const nul = windowRow('a', 1n, 10n, { scope: 'a\0b' })
    await expect(writer.commit(store, [counting(nul)])).rejects.toMatchObject({ code: 'internal' })
  })
}

function periodTests(current: Current): void {
  test('is one of its scope and period alone', async () => {
    const { store } = current()
    const writer = await begin(store)
    const hour = hourOf(await store.time(soon()))
    const rows = [{}, { scope: 'sponsor' }, { period: hour }, { scope: 'sponsor', period: hour }]
    for (const parts of rows) {
      expect(await writer.commit(store, [counting(windowRow('a', 10n, 10n, parts))])).toMatchObject(committed)
    }
    expect(await totals(store)).toEqual([10n, 10n, 10n, 10n])
  })

  test("is refused when its period is not the store's present", async () => {
    const { store } = current()
    const writer = await begin(store)
    const now = await store.time(soon())
    const day = 86_400_000
    const periods = [dayOf(now - day), dayOf(now + day), hourOf(now - day), hourOf(now + 3_600_000), '2026-13-01']
    for (const period of periods) {
      const row = windowRow('a', 1n, 10n, { period })
      const result = await writer.commit(store, [counting(row)])
      expect(result).toMatchObject({ status: 'refused', faults: [{ fault: { reason: 'period', row } }] })
      const fault = result.status === 'refused' ? result.faults[0]?.fault : undefined
      expect(fault?.reason === 'period' && Math.abs(fault.now - now) < 60_000).toBe(true)
    }
  })
}

function gapTests(current: Current): void {
  const accepting = item({ gapAccepted: true })
  const aside = { signs: false }

  test('fills every window of its period, for what is not counted yet', async () => {
    const { store, peer, reopen } = current()
    const writer = await begin(store)
    await writer.commit(store, [counting(windowRow('a', 1n, 10n))])
    const before = await store.time(soon())
    expect(await writer.commit(store, [accepting], aside)).toMatchObject(committed)
    const [gap] = await store.acceptedGaps(soon())
    expect(gap).toMatchObject({ stream: writer.stream, seq: 3 })
    expect(gap?.at).toBeGreaterThanOrEqual(before)
    const row = windowRow('b', 1n, 10n)
    const fault = { reason: 'window', row, used: 10n, limit: 10n, gap: gap?.at }
    const isFull = async (other: Store, stream: string) => {
      const result = await new Writer(stream).commit(other, [counting(row)])
      expect(result).toEqual({ status: 'refused', faults: [{ item: 0, fault }] })
      expect(await new Writer(stream).commit(other, [counting(windowRow('a', 1n, 10n))])).toMatchObject(committed)
    }
    await isFull(peer ?? store, 'other')
    await isFull(await reopen(), 'later')
  })

  test('is noted with its round or not at all', async () => {
    const { store } = current()
    const writer = await begin(store)
    await writer.commit(store, [taking(guard('1', 'a'))])
    await writer.commit(store, [item({ gapAccepted: true, guards: [guard('1', 'b')] })], aside)
    expect(await store.acceptedGaps(soon())).toEqual([])
  })
}

function listingTests(current: Current): void {
  test('are listed in order, page by page, each once', async () => {
    const { store } = current()
    const writer = await begin(store)
    const scopes = ['b', 'a', 'ä', 'B', '🗝', 'a b']
    const rows = scopes.flatMap((scope) => ['1', '2'].map((root) => windowRow(root, 1n, 10n, { scope })))
    await writer.commit(store, [counting(...rows)])
    const uses = await paged((after) => store.windowUses(after, 5, soon()))
    const wanted = rows.map(({ scope, root }) => `${scope} ${root}`)
    expect(uses.map(({ scope, root }) => `${scope} ${root}`).toSorted()).toEqual(wanted.toSorted())
    expect(uses).toEqual((await store.windowUses(undefined, 100, soon())).rows)
    const found = await paged((after) => store.windowTotals(after, 4, soon()))
    expect(found.map(({ scope }) => scope).toSorted()).toEqual(scopes.toSorted())
  })

  test('are asked for one by one, and by the fullest of a period', async () => {
    const { store } = current()
    const [writer, period] = [await begin(store), windowRow('1', 0n, 0n).period]
    const amounts = { 'wallet a': 9n, 'wallet b': 10n, wallet: 11n, 'wallet ü': 2n ** 130n, walleu: 2n ** 140n }
    const items = Object.entries(amounts).map(([scope, amount]) =>
      counting(windowRow(scope, amount, 2n ** 150n, { scope })),
    )
    await writer.commit(store, items)
    expect(await store.windowTotal('wallet b', period, soon())).toBe(10n)
    expect(await store.windowTotal('wallet c', period, soon())).toBeUndefined()
    expect(await store.windowTotal('wallet b', 'day 1970-01-01', soon())).toBeUndefined()
    const fullest = (prefix: string) => store.fullestWindow(prefix, period, soon())
    expect(await fullest('wallet a')).toBe(9n)
    expect(await fullest('wallet')).toBe(2n ** 130n)
    expect(await fullest('')).toBe(2n ** 140n)
    expect(await fullest('x')).toBeUndefined()
    expect(await store.fullestWindow('wallet', 'day 1970-01-01', soon())).toBeUndefined()
  })

  test('are not listed after a cursor that is none', async () => {
    const { store } = current()
    const wrong = { name: 'Refused', code: 'invalid-request' }
    await expect(store.windowUses('no-cursor', 5, soon())).rejects.toMatchObject(wrong)
    await expect(store.windowTotals('no-cursor', 5, soon())).rejects.toMatchObject(wrong)
  })
}

async function paged<T>(
  read: (after: string | undefined) => Promise<{ readonly rows: readonly T[]; readonly next?: string }>,
): Promise<readonly T[]> {
  const all: T[] = []
  let after: string | undefined
  for (let page = 0; page < 20; page++) {
    const { rows, next } = await read(after)
    all.push(...rows)
    if (next === undefined) break
    after = next
  }
  return all
}
