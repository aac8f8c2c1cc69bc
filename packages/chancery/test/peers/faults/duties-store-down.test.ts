/**
 * The store down under load, for `DOWN` seconds (30 unless given): PostgreSQL frozen, PostgreSQL killed, SQLite's disk full.
 * Each request is refused within a second, and signing goes on within five seconds of its return.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { againstClock, tooSlow } from '../../against-clock.ts'
import { recordTo } from '../../faults/client-recorder.ts'
import * as house from '../../faults/duties/installation.ts'
import { createLoad, type Load } from '../../faults/duties/load.ts'
import { questions } from '../../faults/duties/questions.ts'
import { startCluster, type Cluster } from '../../store/postgres-cluster.ts'
import { seeded } from './random.ts'

const down = Number(process.env['DOWN'] ?? 30)
const workers = 16
/** Milliseconds, and what a machine with other work is forgiven beyond them. */
const limits = { answer: 1_000, return: 5_000, forgiven: 1_000 }
const refusals = ['store-unavailable', 'in-doubt', 'deadline-exceeded', 'disk-full', 'overloaded']

let cluster: Cluster
let folder: string
let service: house.Process
let load: Load
let clientLog: string
let mounted: string | undefined

beforeAll(async () => {
  cluster = await startCluster()
})

afterAll(() => cluster.stop())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-store-down-'))
  clientLog = join(folder, 'clients.jsonl')
})

afterEach(async () => {
  load.close()
  await house.kill(service)
  if (mounted !== undefined) spawnSync('umount', [mounted])
  mounted = undefined
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function begin(where: house.Installation): Promise<void> {
  const random = seeded(3)
  service = await house.start(where, 'one')
  const keys = await house.importKeys(where, service, await house.freshKeystores(100))
  load = createLoad(questions(keys, random), recordTo(clientLog), random)
}

const count = (code: string) => load.codes.get(code) ?? 0

/** Under load: takes the store away, looks at the refusals, gives it back, and waits for the next signature. */
async function outage(
  what: string,
  seconds: number,
  take: () => Promise<void> | void,
  give: () => Promise<void> | void,
) {
  const stop = new AbortController()
  const asking = load.ask(service.url, workers, stop.signal)
  await house.until(async () => count('signed') > 200, 30_000)
  load.slowest = 0
  await take()
  await passed(seconds * 1_000)
  const [signedMeanwhile, slowest, refused] = [count('signed'), load.slowest, sum(refusals)]
  await give()
  const back = await house.until(async () => count('signed') > signedMeanwhile + 20, 20_000)
  stop.abort()
  await asking
  await load.askAgain(service.url, 20)
  process.stdout.write(
    `store down: ${what} for ${seconds} s: ${refused} refusals, the slowest after ${Math.round(slowest)} ms; ` +
      `signing again after ${back} ms\n`,
  )
  expect(refused).toBeGreaterThan(workers)
  return { slowest, back }
}

function expectInTime({ slowest, back }: { readonly slowest: number; readonly back: number }): void {
  expect(slowest, tooSlow).toBeLessThan(limits.answer + limits.forgiven)
  expect(back, tooSlow).toBeLessThan(limits.return)
}

const sum = (codes: readonly string[]) => codes.reduce((total, code) => total + count(code), 0)

const sound = { status: 0, findings: [], wrong: [], unforeseen: [] }

/** What is left when the service was told to stop: `sound`, or what is not. */
async function remains(where: house.Installation): Promise<object> {
  service.kill('SIGTERM')
  const status = await service.ended
  const { findings } = await house.judge(where, clientLog, ['one'])
  const foreseen = ['signed', 'conflicts-with-earlier', ...refusals]
  const unforeseen = [...load.codes.keys()].filter((code) => !foreseen.includes(code))
  return { status, findings, wrong: load.wrong, unforeseen }
}

test(`PostgreSQL frozen for ${down} s`, { ...againstClock, timeout: 180_000 }, async () => {
  const where = house.install(folder, {}, await cluster.database())
  await begin(where)
  const times = await outage('PostgreSQL frozen', down, cluster.freeze, cluster.thaw)
  expect(await remains(where)).toEqual(sound)
  expectInTime(times)
})

test('PostgreSQL killed', againstClock, async () => {
  const where = house.install(folder, {}, await cluster.database())
  await begin(where)
  const times = await outage('PostgreSQL killed', 5, cluster.kill, cluster.start)
  expect(await remains(where)).toEqual(sound)
  expectInTime(times)
})

test('the disk of SQLite full', againstClock, async ({ skip }) => {
  const where = house.install(folder)
  mounted = join(folder, 'one')
  mkdirSync(mounted, { mode: 0o700 })
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', mounted]).status !== 0) {
    return skip('mounting a tmpfs needs root')
  }
  await begin(where)
  const ballast = join(mounted, 'ballast')
  const times = await outage(
    'the disk of SQLite full',
    5,
    () => fill(ballast),
    () => rmSync(ballast),
  )
  expect(await remains(where)).toEqual(sound)
  expectInTime(times)
})

/** The service takes what is left meanwhile. */
function fill(ballast: string): void {
  const { bavail, bsize } = statfsSync(dirname(ballast))
  try {
    writeFileSync(ballast, Buffer.alloc(bavail * bsize))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
