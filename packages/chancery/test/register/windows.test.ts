/** Windows through the register: whom a round is shared with, what the verifier finds, and what an accepted gap does. */
import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WindowRow } from '../../src/core/claim.ts'
import type { RecordItem } from '../../src/core/recorder.ts'
import { exportRegister, readExport } from '../../src/register/export.ts'
import { sourceOf } from '../../src/register/source.ts'
import { verifyRegister } from '../../src/register/verify.ts'
import { query, startCluster, type Cluster } from '../store/postgres-cluster.ts'
import { losingAnswers } from './faulty-stores.ts'
import {
  attempt,
  clock,
  folder,
  openWhole,
  postgres,
  randomHash,
  soon,
  sqlite,
  stateKey,
  windowRow,
} from './fixtures.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster()
}, 60_000)

afterAll(() => cluster.stop(), 60_000)

type Whole = Awaited<ReturnType<typeof openWhole>>

const counting = (nonce: number, ...windows: readonly WindowRow[]): RecordItem => attempt(nonce, { windows })

async function findings({ store }: Pick<Whole, 'store'>): Promise<readonly string[]> {
  return (await verifyRegister(sourceOf(store, clock), { stateKey: stateKey() })).findings
}

/** 200 at once for room for 50, each of a nonce of its own. */
async function rush(writers: readonly Whole['writer'][]): Promise<readonly string[]> {
  const items = Array.from({ length: 200 }, (_, n) => counting(n, windowRow(2n, 101n)))
  const runs = writers.flatMap((writer, at) =>
    items.filter((_, n) => n % writers.length === at).map((item) => writer.record(item, soon())),
  )
  return (await Promise.all(runs)).map(({ status }) => status)
}

function tally(statuses: readonly string[]): Record<string, number> {
  const count = (status: string) => statuses.filter((one) => one === status).length
  return { recorded: count('recorded'), refused: count('refused') }
}

describe('a window with room for 50', () => {
  test('takes exactly 50 of 200 at once, on SQLite', async () => {
    const whole = await openWhole(await folder())
    expect(tally(await rush([whole.writer]))).toEqual({ recorded: 50, refused: 150 })
    expect(await findings(whole)).toEqual([])
  })

  test('takes exactly 50 of 200 at once, of two processes on PostgreSQL', async () => {
    const url = await cluster.database()
    const one = await openWhole(await folder(), { store: await postgres(url) })
    const two = await openWhole(await folder(), { store: await postgres(url) })
    expect(tally(await rush([one.writer, two.writer]))).toEqual({ recorded: 50, refused: 150 })
    expect(await findings(one)).toEqual([])
  })
})

describe('items of one window', () => {
  test('share a round while they fit', async () => {
    const whole = await openWhole(await folder())
    const amounts = [5n, 4n, 1n]
    const recorded = await Promise.all(
      amounts.map((amount, n) => whole.writer.record(counting(n, windowRow(amount, 10n)), soon())),
    )
    expect(new Set(recorded.map((one) => one.status === 'recorded' && one.seq)).size).toBe(1)
  })

  test('are refused only for what was committed before them', async () => {
    const whole = await openWhole(await folder())
    const amounts = [6n, 5n, 4n]
    const recorded = await Promise.all(
      amounts.map((amount, n) => whole.writer.record(counting(n, windowRow(amount, 10n)), soon())),
    )
    expect(recorded.map(({ status }) => status)).toEqual(['recorded', 'refused', 'recorded'])
    expect(recorded[1]).toMatchObject({ fault: { reason: 'window', used: 6n, limit: 10n } })
  })

  test('do not hold up those of another', async () => {
    const whole = await openWhole(await folder())
    const rows = [windowRow(6n, 10n), windowRow(6n, 10n), windowRow(6n, 10n, { scope: 'other' })]
    const recorded = await Promise.all(rows.map((row, n) => whole.writer.record(counting(n, row), soon())))
    expect(recorded.map(({ status }) => status)).toEqual(['recorded', 'refused', 'recorded'])
  })

  test('with one root count once, and with another amount not at all', async () => {
    const whole = await openWhole(await folder())
    const row = windowRow(6n, 10n)
    const rows = [row, row, { ...row, amount: 5n }]
    const recorded = await Promise.all(rows.map((one, n) => whole.writer.record(counting(n, one), soon())))
    expect(recorded.map(({ status }) => status)).toEqual(['recorded', 'recorded', 'refused'])
    expect(recorded[2]).toMatchObject({ fault: { reason: 'counted', held: 6n } })
    expect(await findings(whole)).toEqual([])
  })

  test('count once where the answer of the store was lost', async () => {
    const lost = { on: false }
    const directory = await folder()
    const real = await sqlite(path.join(directory, 'store.db'))
    const whole = await openWhole(directory, { store: losingAnswers(real, lost) })
    lost.on = true
    expect(await whole.writer.record(counting(1, windowRow(6n, 10n)), soon())).toMatchObject({ status: 'recorded' })
    expect((await real.windowTotals(undefined, 10, soon())).rows).toMatchObject([{ total: 6n }])
    expect(await findings(whole)).toEqual([])
  })

  test('are recorded only where an entry names them as they are', async () => {
    const whole = await openWhole(await folder())
    const item = counting(1, windowRow(6n, 10n))
    const [row] = item.windows ?? []
    if (row === undefined) throw new Error('no window')
    for (const windows of [[], [{ ...row, amount: 5n }], [{ ...row, limit: 11n }], [row, windowRow(1n, 2n)]]) {
      await expect(whole.writer.record({ ...item, windows }, soon())).rejects.toMatchObject({ code: 'internal' })
    }
  })
})

describe('a planted edit is found, and named', () => {
  const row = windowRow(5n, 10n, { scope: 'fees of a' })
  const edits: readonly (readonly [string, string, RegExp])[] = [
    [
      'an amount',
      "UPDATE window_use SET amount = '4'",
      /^window fees of a .*: segment .* holds no entry that counted 4$/,
    ],
    ['an amount, by its entry', "UPDATE window_use SET amount = '4'", /: segment .* counted 5, the row holds 4$/],
    ['a total lowered', "UPDATE window_total SET total = '2'", /^window fees of a \S+: 5 counts, the total is 2$/],
    ['a total raised', "UPDATE window_total SET total = '6'", /^window fees of a \S+: 5 counts, the total is 6$/],
    ['a total taken away', 'DELETE FROM window_total', /^window fees of a \S+: 5 counts, and the total is gone$/],
    ['a use taken away', 'DELETE FROM window_use', /^window fees of a .*: segment .* counted 5, the row is gone$/],
    ['a root', "UPDATE window_use SET root = '\\x00'", /^window fees of a .* 0x00: segment .* holds no entry/],
    ['the place of a use', 'UPDATE window_use SET seq = 1', /^window fees of a .*: segment .*\/1 holds no entry/],
    ['a gap nobody accepted', "INSERT INTO accepted_gap VALUES ('str_0', 1, 1)", /^gap of segment str_0\/1: nobody/],
  ]

  test.each(edits)('%s, on PostgreSQL', async (_, sql, message) => {
    const url = await cluster.database()
    const whole = await openWhole(await folder(), { store: await postgres(url) })
    await whole.writer.record(counting(1, row), soon())
    expect(await findings(whole)).toEqual([])
    await query(url, sql)
    expect(await findings(whole)).toContainEqual(expect.stringMatching(message))
  })

  test.each(edits)('%s, on SQLite and in an export of it', async (_, sql, message) => {
    const directory = await folder()
    const whole = await openWhole(directory)
    await whole.writer.record(counting(1, row), soon())
    await whole.store.backup(path.join(directory, 'copy.db'), soon())
    const database = new DatabaseSync(path.join(directory, 'copy.db'))
    expect(database.prepare(sql.replace("'\\x00'", "x'00'")).run().changes).toBe(1)
    database.close()
    const store = await sqlite(path.join(directory, 'copy.db'))
    expect(await findings({ store })).toContainEqual(expect.stringMatching(message))
    const lines: string[] = []
    for await (const line of exportRegister(sourceOf(store, clock))) lines.push(line)
    const found = await verifyRegister(await readExport(lines), {})
    expect(found.findings).toContainEqual(expect.stringMatching(message))
  })

  test('more than the limit, though all sums are right', async () => {
    const whole = await openWhole(await folder())
    const over = { ...windowRow(6n, 100n), limit: 10n }
    const source = sourceOf(whole.store, clock)
    await whole.writer.record(counting(1, over), soon())
    const more = { ...over, root: randomHash(), amount: 5n }
    const windows = async () => {
      const { uses, after } = await source.windows()
      const totals = after.map((total) => ({ ...total, total: total.total + 5n }))
      return { before: totals, uses: [...uses, { ...more, stream: 'str_0', seq: 1 }], after: totals }
    }
    const found = (await verifyRegister({ ...source, windows })).findings
    expect(found).toContainEqual(expect.stringMatching(/^window fees \S+: 11 counts, the limit was 10$/))
  })

  test('and a register that is written to meanwhile is in order', async () => {
    const whole = await openWhole(await folder())
    const writing = new AbortController()
    let nonce = 0
    const busy = (async () => {
      while (!writing.signal.aborted) {
        const items = Array.from({ length: 20 }, () => counting(nonce++, windowRow(1n, 1_000_000n)))
        await Promise.all(items.map((item) => whole.writer.record(item, soon())))
      }
    })()
    for (let i = 0; i < 3; i++) expect(await findings(whole)).toEqual([])
    writing.abort()
    await busy
  })
})

describe('an accepted gap', () => {
  const by = { actor: 'operator', reason: 'restored' }
  const full = { status: 'refused', fault: { reason: 'window', used: 10n, limit: 10n, gap: expect.any(Number) } }

  async function closeAll({ writer, witness, store }: Whole): Promise<void> {
    await writer.close()
    await witness.close()
    await store.close()
  }

  test('fills the windows of its period, over restarts, and the register says so', async () => {
    const directory = await folder()
    const opened = await openWhole(directory)
    await opened.store.backup(path.join(directory, 'copy.db'), soon())
    await opened.writer.record(counting(1, windowRow(9n, 10n)), soon())
    await closeAll(opened)
    await copyFile(path.join(directory, 'copy.db'), path.join(directory, 'store.db'))
    const back = await openWhole(directory)
    await back.writer.acceptGap(by, soon())
    const { entries } = await back.store.latestEntries({ limit: 1 }, soon())
    expect(JSON.parse(entries[0]?.body ?? '')).toMatchObject({ kind: 'gap-accepted', windowsFull: true })
    expect(await back.writer.record(counting(2, windowRow(1n, 10n)), soon())).toMatchObject(full)
    expect(await back.writer.record(attempt(2), soon())).toMatchObject({ status: 'recorded' })
    await closeAll(back)
    const later = await openWhole(directory)
    expect(await later.writer.record(counting(3, windowRow(1n, 10n)), soon())).toMatchObject(full)
    expect(await findings(later)).toEqual([])
  })

  test('by one process fills them for all, and its moment is missed where it was taken away', async () => {
    const url = await cluster.database()
    const one = await openWhole(await folder(), { store: await postgres(url) })
    const directory = await folder()
    const lost = await openWhole(directory, { store: await postgres(await cluster.database()) })
    await closeAll(lost)
    const two = await openWhole(directory, { store: await postgres(url) })
    expect(two.writer.status().behind).toBeDefined()
    expect(await one.writer.record(counting(1, windowRow(1n, 10n)), soon())).toMatchObject({ status: 'recorded' })
    await two.writer.acceptGap(by, soon())
    expect(await one.writer.record(counting(2, windowRow(1n, 10n)), soon())).toMatchObject(full)
    expect(await findings(one)).toEqual([])
    await query(url, 'DELETE FROM accepted_gap')
    expect(await findings(one)).toEqual([expect.stringMatching(/^gap of segment str_\w+\/\d+: it was accepted, and/)])
  })
})
