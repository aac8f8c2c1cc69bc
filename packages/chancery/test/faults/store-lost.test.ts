/** The store taken away while the service runs. */
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { startRun, type SigningRun } from './signing-run.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

let folder: string
let run: SigningRun

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-store-lost-'))
  run = await startRun(folder)
  await run.sign(run.keys.kms, 0)
})

afterEach(async () => {
  await run.house.writer.close(deadlineIn(1, systemClock))
  await run.close()
  await rm(folder, { recursive: true, force: true })
})

const signs = () => run.emulator.calls.filter(({ operation }) => operation === 'Sign').length

async function timed(work: Promise<string | undefined>) {
  const began = performance.now()
  return { code: await work, milliseconds: performance.now() - began }
}

const store = () => run.files.store

const losses: readonly [string, () => Promise<void>][] = [
  ['deleted', () => rm(store())],
  ['moved away', () => rename(store(), `${store()}-moved`)],
  ['deleted with its -wal file', async () => void (await Promise.all([rm(store()), rm(`${store()}-wal`)]))],
  ['replaced by a copy of itself', () => replaced(store())],
  ['left without its -wal file', () => rm(`${store()}-wal`)],
]

async function replaced(path: string): Promise<void> {
  await copyFile(path, `${path}-copy`)
  await rename(`${path}-copy`, path)
}

test.each(losses)(
  '%s, it signs nothing, says so within a second, and the service must end',
  againstClock,
  async (_, lose) => {
    const before = signs()
    await lose()
    const { code, milliseconds } = await timed(run.sign(run.keys.kms, 1))
    expect(code).toBe('in-doubt')
    expect(run.house.fatal).toMatchObject([{ code: 'store-unavailable' }])
    expect((await timed(run.sign(run.keys.kms, 2))).code).toMatch(/^(?:store-unavailable|in-doubt|deadline-exceeded)$/)
    expect(signs()).toBe(before)
    expect(milliseconds, tooSlow).toBeLessThan(1_500)
  },
)

test('started again without its store, it signs nothing until the gap is accepted', async () => {
  await rm(store())
  await run.sign(run.keys.kms, 1)
  await run.house.writer.close(deadlineIn(1, systemClock))
  await run.restart()
  const writing = run.house.writer.status()
  expect(writing.behind).toMatch(/missing from the store/)
})
