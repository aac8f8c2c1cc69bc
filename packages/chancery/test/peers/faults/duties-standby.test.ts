/**
 * Validators on a PostgreSQL that lost its newest commits: a standby that did not follow them was promoted, or yesterday's
 * dump was restored. Two replicas that were at work; nothing slashable is signed, and the way back leads to signing again.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordTo } from '../../faults/client-recorder.ts'
import * as house from '../../faults/duties/installation.ts'
import { createLoad, type Load } from '../../faults/duties/load.ts'
import type { Root } from '../../faults/duties/network.ts'
import type { Question } from '../../faults/duties/questions.ts'
import {
  acceptGap,
  askRivals,
  expectRaised,
  isReady,
  judge,
  signNow,
  untilSigning,
} from '../../faults/duties/set-back.ts'
import { query, startCluster, type Cluster } from '../../store/postgres-cluster.ts'
import { startForwarder, startStandby, withPort, type Forwarder, type Standby } from '../../store/postgres-standby.ts'

const names = ['one', 'two'] as const
/** While the store is away, and while it is behind. */
const refusing = ['behind-witness', 'frozen', 'in-doubt', 'store-unavailable', 'deadline-exceeded', 'unreachable']

let cluster: Cluster
let standby: Standby | undefined
let way: Forwarder
let folder: string
let where: house.Installation
let services: house.Process[]
let load: Load
let clientLog: string
let keys: readonly Root[]
let database: string

beforeEach(async () => {
  cluster = await startCluster()
  way = await startForwarder(Number(new URL(cluster.url).port))
  folder = await mkdtemp(join(tmpdir(), 'chancery-standby-'))
  clientLog = join(folder, 'clients.jsonl')
  load = createLoad(() => [], recordTo(clientLog), Math.random)
  database = withPort(await cluster.database(), way.port)
  where = house.install(folder, {}, database)
  services = []
  for (const name of names) services.push(await house.start(where, name))
  keys = await house.importKeys(where, replica(0), await house.freshKeystores(6))
  await house.until(async () => (await listed(replica(1).url)).length === keys.length, 10_000)
})

afterEach(async () => {
  load.close()
  await Promise.all(services.map(house.kill))
  way.close()
  await standby?.stop()
  standby = undefined
  await cluster.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const listed = async (url: string) => (await (await fetch(`${url}/api/v1/eth2/publicKeys`)).json()) as readonly string[]

function replica(index: number): house.Process {
  const service = services[index]
  if (service === undefined) throw new Error(`there is no replica ${index}`)
  return service
}

/** Half of the keys at each replica. */
async function signAtBoth(before: number): Promise<readonly Question[]> {
  const asked = services.map(({ url }, index) =>
    signNow(
      load,
      url,
      keys.filter((_, at) => at % 2 === index),
      before,
    ),
  )
  return (await Promise.all(asked)).flat()
}

async function refusedByBoth(lost: readonly Question[]): Promise<readonly string[]> {
  const codes = await Promise.all(services.map(({ url }) => askRivals(load, url, lost)))
  return [...new Set(codes.flatMap((some) => [...some]))]
}

async function startAgain(at = database): Promise<void> {
  await Promise.all(services.map(house.kill))
  for (const [index, name] of names.entries()) services[index] = await house.start(where, name, at)
}

/** The way back at one replica, then at the other; from then on both sign. */
async function walkBack(lost: readonly Question[], at = database): Promise<void> {
  // A server that was just promoted may be slow.
  expect((await refusedByBoth(lost)).filter((code) => !refusing.includes(code))).toEqual([])
  // Whoever misses something froze all of it.
  await house.until(async () => (await refusedByBoth(lost)).join() === 'frozen', 60_000)
  for (const service of services) await acceptGap(where, service)
  await expectRaised(where, at)
  expect(await refusedByBoth(lost)).toEqual(['conflicts-with-earlier'])
  for (const [index, { url }] of services.entries()) {
    await untilSigning(
      load,
      url,
      keys.filter((_, key) => key % 2 === index),
    )
  }
  expect(await refusedByBoth(lost)).toEqual(['conflicts-with-earlier'])
  await judge(where, clientLog, replica(0), at)
}

test('a standby promoted without the last commits signs no rival of them, and the way back walks', async () => {
  standby = await startStandby(cluster)
  await signAtBoth(5)
  await standby.caughtUp()
  await standby.partition()
  const lost = await signAtBoth(0)
  await cluster.kill()
  expect((await refusedByBoth(lost)).filter((code) => !refusing.includes(code))).toEqual([])
  await standby.promote()
  way.leadTo(standby.port)
  expect((await refusedByBoth(lost)).filter((code) => !refusing.includes(code))).toEqual([])
  // Each found its last segment missing, and ended: a supervisor starts it again.
  await Promise.all(services.map(({ ended }) => ended))
  await startAgain()
  await walkBack(lost)
}, 240_000)

/** Answers in a row after which it does not end any more: it looks at the store twice a second. */
const settled = 20

test('a replica that recorded nothing in the lost time signs no rival of what another did', async () => {
  standby = await startStandby(cluster)
  await signAtBoth(5)
  await standby.caughtUp()
  await standby.partition()
  const [idle, busy] = [replica(0), replica(1)]
  const lost = await signNow(load, busy.url, keys)
  await cluster.kill()
  await standby.promote()
  way.leadTo(standby.port)
  // The idle one may have been the notary, which reads what the others record: then it misses something as well, and ends.
  let ended = false
  void idle.ended.then(() => (ended = true))
  const heard = new Set<string>()
  let frozen = 0
  await house.until(async () => {
    const codes = ended ? [] : [...(await askRivals(load, idle.url, lost))]
    for (const code of codes) heard.add(code)
    frozen = codes.join() === 'frozen' ? frozen + 1 : 0
    return ended || frozen === settled
  }, 60_000)
  expect([...heard].filter((code) => !refusing.includes(code))).toEqual([])
  await busy.ended
  services[1] = await house.start(where, 'two')
  if (ended) services[0] = await house.start(where, 'one')
  await acceptGap(where, replica(1))
  // What a notary alone misses may be there again by now, or is accepted with the rest.
  if (!(await isReady(replica(0).url))) await acceptGap(where, replica(0))
  expect(await refusedByBoth(lost)).toEqual(['conflicts-with-earlier'])
  for (const { url } of services) await untilSigning(load, url, keys)
  await judge(where, clientLog, replica(0), database)
}, 240_000)

test('a standby that commits wait for loses nothing: both replicas go on by themselves', async () => {
  standby = await startStandby(cluster)
  await query(cluster.url, `ALTER SYSTEM SET synchronous_standby_names = '*'`)
  await query(cluster.url, 'SELECT pg_reload_conf()')
  const signed = await signAtBoth(5)
  await standby.partition()
  const undecided = await refusedByBoth(signed)
  expect(undecided.filter((code) => ![...refusing, 'conflicts-with-earlier'].includes(code))).toEqual([])
  await cluster.kill()
  await standby.promote()
  way.leadTo(standby.port)
  await query(withPort(cluster.url, standby.port), `ALTER SYSTEM SET synchronous_standby_names = ''`)
  await query(withPort(cluster.url, standby.port), 'SELECT pg_reload_conf()')
  for (const { url } of services) await house.until(() => isReady(url), 60_000)
  await untilSigning(load, replica(0).url, keys)
  expect(await refusedByBoth(signed)).toEqual(['conflicts-with-earlier'])
  for (const service of services) {
    service.kill('SIGTERM')
    expect(await service.ended).toBe(0)
  }
  expect((await house.judge(where, clientLog, names, database)).findings).toEqual([])
}, 240_000)

test('the dump of yesterday restored: neither replica signs until its gap is accepted', async () => {
  await signAtBoth(5)
  await Promise.all(services.map(house.kill))
  const copy = new URL(database)
  copy.pathname = '/yesterday'
  await query(cluster.url, `CREATE DATABASE yesterday TEMPLATE ${new URL(database).pathname.slice(1)}`)
  await startAgain()
  const lost = await signAtBoth(0)
  await startAgain(copy.href)
  expect(await Promise.all(services.map(({ url }) => isReady(url)))).toEqual([false, false])
  await walkBack(lost, copy.href)
}, 240_000)
