import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock as clock } from '../../src/base/clock.ts'
import { left } from '../../src/base/deadline.ts'
import type { Lease, LeaseStore } from '../../src/core/store.ts'
import { startJob, type Job, type LeasedRun, type Run } from '../../src/jobs/run.ts'

function until(job: Job): Job {
  onTestFinished(() => job.stop())
  return job
}

/** Leases as a store gives them, by a clock the test moves. */
function leases() {
  let now = 0
  let held: (Lease & { readonly until: number }) | undefined
  let token = 0
  const store: LeaseStore = {
    lease: async (name, holder, milliseconds) => {
      if (held && held.holder !== holder && held.until > now) return undefined
      if (held?.holder !== holder) token += 1
      held = { name, holder, token, until: now + milliseconds }
      return held
    },
    release: async (lease) => {
      if (held?.token === lease.token) held = undefined
    },
  }
  return { store, pass: (milliseconds: number) => (now += milliseconds) }
}

const errors = () => {
  const seen: unknown[] = []
  return { seen, onError: (error: unknown, name: string) => void seen.push([name, error]) }
}

describe('a job', () => {
  test('runs again and again, never two at once', async () => {
    let [running, most, runs] = [0, 0, 0]
    const job = until(
      startJob({
        name: 'test',
        every: 1,
        clock,
        ...errors(),
        work: async () => {
          most = Math.max(most, (running += 1))
          await new Promise((done) => setImmediate(done))
          running -= 1
          runs += 1
        },
      }),
    )
    await expect.poll(() => runs).toBeGreaterThan(5)
    expect(most).toBe(1)
    expect(job.status().runs).toBeGreaterThan(4)
  })

  test('a fault is told and counted, and the job goes on', async () => {
    const { seen, onError } = errors()
    const job = until(
      startJob({ name: 'faulty', every: 1, clock, onError, work: () => Promise.reject(new Error('no')) }),
    )
    await expect.poll(() => job.status().failures).toBeGreaterThan(2)
    expect(seen[0]).toEqual(['faulty', new Error('no')])
  })

  test('stop waits for the run in progress, which hears of it, and no other begins', async () => {
    let [begun, ended] = [0, 0]
    const work = async ({ signal }: { signal: AbortSignal }) => {
      begun += 1
      await new Promise((done) => signal.addEventListener('abort', done))
      ended += 1
    }
    const job = startJob({ name: 'test', every: 0, clock, ...errors(), work })
    await expect.poll(() => begun).toBe(1)
    await job.stop()
    expect([begun, ended]).toEqual([1, 1])
    expect(job.status()).toMatchObject({ running: false, runs: 1 })
  })

  test('stop does not wait for the pause', async () => {
    const job = startJob({ name: 'test', every: 3_600_000, clock, ...errors(), work: async () => {} })
    await expect.poll(() => job.status().runs).toBe(1)
    await job.stop()
    expect(job.status().runs).toBe(1)
  })

  test('a run knows when it must be over', async () => {
    const seen: number[] = []
    const options = { name: 'test', every: 1, limit: 500, clock, ...errors() }
    until(startJob({ ...options, work: async ({ deadline }: Run) => void seen.push(left(deadline)) }))
    await expect.poll(() => seen.length).toBeGreaterThan(0)
    expect(seen[0]).toBeGreaterThan(0)
    expect(seen[0]).toBeLessThanOrEqual(500)
  })
})

test('work that says `again` is not paused', async () => {
  let runs = 0
  const work = async () => ((runs += 1) < 5 ? 'again' : undefined)
  until(startJob({ name: 'test', every: 3_600_000, clock, ...errors(), work }))
  await expect.poll(() => runs).toBe(5)
})

describe('a leased job', () => {
  const leased = (store: LeaseStore, holder: string, work: (run: LeasedRun) => Promise<unknown>): Job =>
    startJob({ name: 'notary', every: 1, clock, ...errors(), lease: { store, holder, milliseconds: 100 }, work })

  test('one holder works; the other one only after the lease ended, under a higher token', async () => {
    const { store, pass } = leases()
    const worked: string[] = []
    const tokens: number[] = []
    const note = (who: string) => async (run: LeasedRun) => void (worked.push(who), tokens.push(run.lease.token))
    let alive = true
    const vanishing: LeaseStore = {
      ...store,
      lease: (...call) => (alive ? store.lease(...call) : new Promise(() => {})),
    }
    leased(vanishing, 'one', note('one'))
    await expect.poll(() => worked.length).toBeGreaterThan(2)
    const two = until(leased(store, 'two', note('two')))
    await expect.poll(() => two.status().runs).toBeGreaterThan(2)
    expect(worked).not.toContain('two')
    alive = false
    pass(101)
    await expect.poll(() => worked).toContain('two')
    expect(tokens.at(-1)).toBeGreaterThan(tokens[0] ?? 0)
  })

  test('stop gives the lease back at once', async () => {
    const { store } = leases()
    const one = leased(store, 'one', async () => {})
    await expect.poll(() => one.status().runs).toBeGreaterThan(0)
    await one.stop()
    let worked = false
    until(leased(store, 'two', async () => void (worked = true)))
    await expect.poll(() => worked).toBe(true)
  })
})
