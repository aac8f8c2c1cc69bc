/** PostgreSQL killed under a working house: no signature, an answer in time, and recovery without anyone's help. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { openPostgres } from '../../../src/store/postgres/open.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'
import { startRun, type SigningRun } from '../../faults/signing-run.ts'
import { startCluster, type Cluster } from '../../store/postgres-cluster.ts'

let folder: string
let cluster: Cluster
let run: SigningRun
let nonce = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-postgres-lost-'))
  cluster = await startCluster()
  const store = await openPostgres({ url: await cluster.database(), ssl: false, clock: systemClock })
  run = await startRun(folder, { store })
})

afterAll(async () => {
  await run.close()
  await cluster.stop()
  await rm(folder, { recursive: true, force: true })
})

const signs = () => run.emulator.calls.filter(({ operation }) => operation === 'Sign').length

test('killed three times, it signs nothing without a record and goes on when it is back', againstClock, async () => {
  const { kms } = run.keys
  const slowest: number[] = []
  for (let kill = 0; kill < 3; kill++) {
    expect(await run.sign(kms, nonce++)).toBeUndefined()
    const load = Array.from({ length: 8 }, (_, n) => run.sign(kms, nonce + n))
    await cluster.kill()
    const codes = await Promise.all(load)
    expect(codes.filter((code) => code !== undefined && !inDoubt.includes(code))).toEqual([])
    const [before, began] = [signs(), performance.now()]
    expect(inDoubt).toContain(await run.sign(kms, nonce + 100))
    slowest.push(Math.round(performance.now() - began))
    expect(signs()).toBe(before)
    await cluster.start()
    await expect.poll(() => run.sign(kms, nonce + 100), { timeout: 10_000, interval: 50 }).toBeUndefined()
    for (let n = 0; n < 8; n++) {
      expect(await run.sign(kms, nonce + n)).toBeUndefined()
      expect(await run.sign(kms, nonce + n, { value: '6' })).toBe('conflicts-with-earlier')
    }
    nonce += 200
  }
  expect(run.house.fatal).toEqual([])
  process.stdout.write(`postgres killed 3 times: slowest answer while it was down ${Math.max(...slowest)} ms\n`)
  expect(Math.max(...slowest), tooSlow).toBeLessThan(1_500)
})

const inDoubt: readonly string[] = ['in-doubt', 'store-unavailable', 'deadline-exceeded']
