/**
 * The consensus signer killed at random moments under load: `RUNS` kills a store (5 unless given), `SEED` for the moments.
 * Conflicting and repeated blocks and votes, alone and in batches; after each kill everything open is asked again beside a
 * rival. At the end the invariants hold over what clients were given, the store and the witness.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordTo } from '../../faults/client-recorder.ts'
import * as house from '../../faults/duties/installation.ts'
import { createLoad, type Credential, type Load } from '../../faults/duties/load.ts'
import type { Root } from '../../faults/duties/network.ts'
import { questions } from '../../faults/duties/questions.ts'
import { verdictLine } from '../../faults/invariants/check.ts'
import { startCluster, type Cluster } from '../../store/postgres-cluster.ts'
import { seeded } from './random.ts'

const runs = Number(process.env['RUNS'] ?? 5)
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 32)
const workers = 12
const validators = 24
/** What a client may be told around a kill. */
const expected = [
  'signed',
  'conflicts-with-earlier',
  'unreachable',
  'backend-unavailable',
  'in-doubt',
  'deadline-exceeded',
  'overloaded',
]

let cluster: Cluster
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-duties-sigkill-'))
  cluster = await startCluster()
})

afterAll(async () => {
  await cluster.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

interface Run {
  readonly where: house.Installation
  service: house.Process
  readonly keys: readonly Root[]
  readonly load: Load
  readonly random: () => number
  readonly clientLog: string
  readonly stranger: Credential
}

async function begin(where: house.Installation): Promise<Run> {
  const random = seeded(seed)
  const clientLog = join(where.folder, 'clients.jsonl')
  const service = await house.start(where, 'one')
  const keys = await house.importKeys(where, service, await house.freshKeystores(validators))
  const stranger = { name: 'stranger', apiKey: await house.apiKey(where, 'one', ''), granted: false }
  const load = createLoad(questions(keys, random), recordTo(clientLog), random)
  return { where, service, keys, load, random, clientLog, stranger }
}

/** Somebody without a grant, for a slot nobody else asks for. */
function trespass({ keys, load, service, stranger }: Run, slot: number): Promise<readonly string[]> {
  const duty = { kind: 'block', slot, body: `0x${'66'.repeat(32)}` } as const
  return load.askOne(service.url, { keys: keys.slice(0, 1), duty }, stranger)
}

async function killOnce(run: Run, turn: number): Promise<number> {
  const { load, random, where } = run
  const stop = new AbortController()
  const asking = load.ask(run.service.url, workers, stop.signal)
  await passed(50 + random() * 500)
  stop.abort()
  await house.kill(run.service)
  await asking
  run.service = await house.start(where, 'one')
  await load.askAgain(run.service.url, 10)
  expect(await trespass(run, 1_000_000 + turn)).toEqual(['key-not-found'])
  return run.service.readyIn
}

async function stores(): Promise<readonly [string, () => Promise<house.Installation>][]> {
  const made = async (name: string, database?: string) => {
    const home = await mkdtemp(join(folder, `${name}-`))
    return house.install(home, {}, database)
  }
  return [
    ['SQLite', () => made('sqlite')],
    ['PostgreSQL', async () => made('postgres', await cluster.database())],
  ]
}

describe.each(await stores())('on %s', (name, installed) => {
  let run: Run

  beforeAll(async () => {
    run = await begin(await installed())
  })

  afterAll(async () => {
    run.load.close()
    await house.kill(run.service)
  })

  test(
    `${runs} kills under load sign nothing twice, and forget nothing`,
    async () => {
      const { load, where, clientLog } = run
      const starts: number[] = []
      for (let turn = 0; turn < runs; turn++) starts.push(await killOnce(run, turn))
      for (let tries = 0; load.open.size > 0 && tries < 20; tries++) await load.askAgain(run.service.url, 0)
      expect(await house.succeed(where, 'one', 'audit', 'verify')).toContain('everything fits')
      run.service.kill('SIGTERM')
      expect(await run.service.ended).toBe(0)
      const verdict = await house.judge(where, clientLog, ['one'])
      process.stdout.write(
        `duties-sigkill on ${name}: seed ${seed}, ${runs} kills, slowest start ${Math.max(...starts)} ms, ` +
          `answers ${JSON.stringify(Object.fromEntries(load.codes))}; ${verdictLine(verdict)}\n`,
      )
      expect(verdict.findings).toEqual([])
      expect(load.wrong).toEqual([])
      expect(load.open.size).toBe(0)
      expect([...load.codes.keys()].filter((code) => ![...expected, 'key-not-found'].includes(code))).toEqual([])
      expect(load.codes.get('signed')).toBeGreaterThan(runs * 10)
      expect(load.codes.get('conflicts-with-earlier')).toBeGreaterThan(runs)
    },
    120_000 + runs * 20_000,
  )
})
