/** AWS KMS on its bad days, through the whole flow: an answer in time, a signature or a typed failure, never a wrong one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FaultEffect } from '../../../../aws-emulator/src/faults.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'
import { startRun, type SigningRun } from '../../faults/signing-run.ts'

let folder: string
let run: SigningRun
let nonce = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-bad-days-'))
  run = await startRun(folder)
})

afterEach(() => run.emulator.faults.clear())

afterAll(async () => {
  await run.close()
  await rm(folder, { recursive: true, force: true })
})

/** The deadline of a request, and what a busy machine may add. */
const limit = 5_000 + 1_000

type Day = FaultEffect & { readonly probability?: number }

const days: readonly [string, Day, readonly string[]][] = [
  ['throttles half', { kind: 'throttle', probability: 0.5 }, ['backend-throttled']],
  ['fails half with 500', { kind: 'internal-error', probability: 0.5 }, ['backend-unavailable']],
  ['hangs after its work, one in four', { kind: 'hang', probability: 0.25 }, unanswered()],
  ['hangs before its work, one in four', { kind: 'hang', stage: 'before', probability: 0.25 }, unanswered()],
  ['resets half of the connections', { kind: 'reset', probability: 0.5 }, unanswered()],
  ['cuts half of its answers short', { kind: 'truncate', probability: 0.5 }, unanswered()],
  ['repeats half of its answers', { kind: 'duplicate', probability: 0.5 }, ['bad-signature']],
  ['signs half with another key', { kind: 'other-key', probability: 0.5 }, ['bad-signature']],
  ['names another key in half', { kind: 'wrong-key-id', probability: 0.5 }, ['bad-signature']],
  ['is slow', { kind: 'latency', ms: 200, maxMs: 1_500 }, []],
]

function unanswered(): readonly string[] {
  return ['backend-unavailable', 'deadline-exceeded']
}

test.each(days)('that %s', againstClock, async (_, rule, failures) => {
  run.emulator.faults.add({ ...rule, operation: 'Sign' })
  const nonces = Array.from({ length: 12 }, () => nonce++)
  const began = performance.now()
  const codes = await Promise.all(nonces.map((one) => run.sign(run.keys.kms, one)))
  const took = performance.now() - began
  const failed = codes.filter((code) => code !== undefined)
  expect(failed.filter((code) => !failures.includes(code))).toEqual([])
  run.emulator.faults.clear()
  await expect.poll(() => run.sign(run.keys.kms, nonce++), { timeout: 15_000, interval: 250 }).toBeUndefined()
  expect(await Promise.all(nonces.map((one) => run.sign(run.keys.kms, one)))).toEqual(nonces.map(() => undefined))
  expect(run.check().findings).toEqual([])
  expect(took, tooSlow).toBeLessThan(limit)
})

test(
  'that is down is not asked for a moment, other keys sign on, and it is asked again by itself',
  againstClock,
  async () => {
    run.emulator.faults.add({ kind: 'internal-error', operation: 'Sign' })
    for (let tries = 0; tries < 20; tries++) await run.sign(run.keys.kms, nonce++)
    const before = run.emulator.calls.length
    const began = performance.now()
    expect(await run.sign(run.keys.kms, nonce++)).toBe('backend-unavailable')
    const took = performance.now() - began
    expect(run.emulator.calls.length).toBe(before)
    expect(await run.sign(run.keys.sealed, nonce++)).toBeUndefined()
    run.emulator.faults.clear()
    await expect.poll(() => run.sign(run.keys.kms, nonce++), { timeout: 10_000, interval: 250 }).toBeUndefined()
    expect(run.check().findings).toEqual([])
    expect(took, tooSlow).toBeLessThan(500)
  },
)
