/**
 * Two replicas of the consensus signer on one PostgreSQL: rivals at both, one frozen with work in its hands and thawed later,
 * and a key deleted at one while the other signs with it.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordTo } from '../../faults/client-recorder.ts'
import * as house from '../../faults/duties/installation.ts'
import { createLoad, rivalOf, type Load } from '../../faults/duties/load.ts'
import { rootOf, type Root } from '../../faults/duties/network.ts'
import { questions, type Question } from '../../faults/duties/questions.ts'
import { verdictLine } from '../../faults/invariants/check.ts'
import { startCluster, type Cluster } from '../../store/postgres-cluster.ts'
import { seeded } from './random.ts'

/** Of each fault. */
const turns = Number(process.env['RUNS'] ?? 2)
const seed = Number(process.env['SEED'] ?? 11)

let cluster: Cluster
let folder: string
let where: house.Installation
let one: house.Process
let two: house.Process
let keys: readonly Root[]
let load: Load
let next: () => readonly Question[]
let clientLog: string
let token: string
const random = seeded(seed)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-duties-replicas-'))
  cluster = await startCluster()
  where = house.install(folder, {}, await cluster.database())
  one = await house.start(where, 'one')
  keys = await house.importKeys(where, one, await house.freshKeystores(24 + Math.max(16, turns)))
  token = await house.apiKey(where, 'one', 'keys:create,keys:read,keys:delete@*@*', 'keymanager')
  two = await house.start(where, 'two')
  clientLog = join(folder, 'clients.jsonl')
  next = questions(keys.slice(0, 24), random)
  load = createLoad(next, recordTo(clientLog), random)
})

afterAll(async () => {
  load.close()
  await Promise.all([one, two].map(house.kill))
  await cluster.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const askBoth = (asked: readonly Question[]) =>
  asked.flatMap((question) => [load.askOne(one.url, question), load.askOne(two.url, rivalOf(question))])

test('of rivals at both replicas one is signed', async () => {
  for (let round = 0; round < 30 * turns; round++) {
    const codes = await Promise.all(Array.from({ length: 6 }, next).flatMap(askBoth))
    expect(codes.flat().filter((code) => code !== 'signed' && code !== 'conflicts-with-earlier')).toEqual([])
  }
}, 120_000)

/** Longer than what was cleared may be signed (safety rule 8). */
const beyondClearance = 5_500

test('a replica frozen with work in its hands signs no rival of what was signed meanwhile', async () => {
  const thawed = new Map<string, number>()
  for (let turn = 0; turn < 2 * turns; turn++) {
    const asked = Array.from({ length: 12 }, next).flat()
    const held = asked.map((question) => load.askOne(two.url, question))
    await passed(random() * 30)
    two.kill('SIGSTOP')
    await Promise.all(asked.map((question) => load.askOne(one.url, rivalOf(question))))
    if (turn === 0) await passed(beyondClearance)
    two.kill('SIGCONT')
    for (const code of (await Promise.all(held)).flat()) thawed.set(code, (thawed.get(code) ?? 0) + 1)
  }
  const again = await Promise.all(Array.from({ length: 6 }, next).flatMap(askBoth))
  expect(again.flat()).toContain('signed')
  process.stdout.write(
    `duties-replicas: seed ${seed}, frozen and thawed ${2 * turns} times, answers of the thawed ` +
      `${JSON.stringify(Object.fromEntries(thawed))}\n`,
  )
}, 240_000)

interface Line {
  readonly time: string
  readonly key: string
  readonly response?: string
}

async function releasesOf(key: Root): Promise<readonly Line[]> {
  const lines = (await readFile(clientLog, 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Line).filter((line) => line.key === key && line.response !== undefined)
}

/** As a client does that is told `error`: a replica may have been frozen in the middle of a transaction, for 2 s at most. */
async function remove(key: Root): Promise<string> {
  for (let tries = 0; ; tries++) {
    const reply = await house.keymanager(one.url, 'DELETE', token, { pubkeys: [key] })
    const time = new Date().toISOString()
    const { data } = (await reply.json()) as { readonly data: readonly { readonly status: string }[] }
    if (data[0]?.status !== 'error' || tries === 4) {
      // Asked again, it may have left by the try that was told so.
      expect(['deleted', ...(tries > 0 ? ['not_active'] : [])]).toContain(data[0]?.status)
      return time
    }
  }
}

test('from the answer of a DELETE on, no replica signs with the key, nor does one that was frozen meanwhile', async () => {
  for (let turn = 0; turn < turns; turn++) {
    const key = keys[24 + turn] ?? '0x'
    const stop = new AbortController()
    let slot = 100
    const sign = (url: string) =>
      load.askOne(url, { keys: [key], duty: { kind: 'block', slot: slot++, body: rootOf('one') } })
    const signing = [one, two, two].map(async ({ url }) => {
      while (!stop.signal.aborted) if ((await sign(url)).includes('key-state')) await passed(20)
    })
    await house.until(async () => slot > 120, 20_000)
    // Every second time the other replica is frozen with signatures at work, and thawed when the answer is there.
    if (turn % 2 === 1) two.kill('SIGSTOP')
    const answered = await remove(key).finally(() => two.kill('SIGCONT'))
    await Promise.all([one, two].map(({ url }) => sign(url)))
    stop.abort()
    await Promise.all(signing)
    const late = (await releasesOf(key)).filter(({ time }) => time > answered)
    expect(late).toEqual([])
    expect((await Promise.all([one, two].map(({ url }) => sign(url)))).flat()).toEqual(['key-state', 'key-state'])
  }
}, 240_000)

test('and after all of it the invariants hold', async () => {
  for (const service of [one, two]) {
    service.kill('SIGTERM')
    expect(await service.ended).toBe(0)
  }
  const verdict = await house.judge(where, clientLog, ['one', 'two'])
  process.stdout.write(`duties-replicas: ${verdictLine(verdict)}\n`)
  expect(verdict.findings).toEqual([])
  expect(load.wrong).toEqual([])
})
