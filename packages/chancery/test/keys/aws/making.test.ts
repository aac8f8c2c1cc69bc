// Making keys by the dozen under the quotas that the emulator keeps: nothing fails, and nobody who signs waits for it.
import { randomBytes } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { type Deadline, deadlineIn } from '../../../src/base/deadline.ts'
import type { KeyCreator } from '../../../src/core/backend.ts'
import { Failed } from '../../../src/core/errors.ts'
import { type AwsKmsOptions, createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import { clearedFor, newKeyId, refOf } from '../../contract/key-backend.ts'
import { installation, startAws } from './emulator.ts'
import { startDataKey } from './local.ts'

type Aws = Awaited<ReturnType<typeof startAws>>

const opened: { close(): Promise<void> }[] = []
afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())))

async function start(options: Partial<AwsKmsOptions> = {}): Promise<Aws> {
  const aws = await startAws({}, options)
  opened.push(aws)
  return aws
}

const soon = (milliseconds = 30_000): Deadline => deadlineIn(milliseconds, systemClock)
const secp256k1 = 'secp256k1-ecdsa'

const made = (backend: KeyCreator, deadline = soon()) =>
  backend.create({ id: newKeyId(), algorithm: secp256k1 }, deadline)

function many(count: number, backend: KeyCreator): Promise<readonly unknown[]> {
  return Promise.all(Array.from({ length: count }, () => made(backend)))
}

interface Called {
  readonly time: string
  readonly operation: string
  readonly result: string
}

const results = (calls: readonly Called[], operation: string, throttled: boolean) =>
  calls.filter((call) => call.operation === operation && (call.result === 'ThrottlingException') === throttled).length

const quota = 50

/**
 * Milliseconds by which a call came sooner than `pace.ts` lets it: a fifth of the quota at once, and four fifths of it each
 * second. A stalled machine makes calls later, and none earlier.
 */
function tooSoon(calls: readonly Called[], operation: string, begun: number): number {
  const times = calls.filter((call) => call.operation === operation).map(({ time }) => Date.parse(time) - begun)
  const early = times.toSorted((a, b) => a - b).map((time, before) => soonest(before) - time)
  return early.length < 100 ? Infinity : Math.max(...early)
}

const soonest = (before: number) => ((before + 1 - 0.2 * quota) / (0.8 * quota)) * 1_000

/** Milliseconds between two clocks, and of rounding. */
const clockError = 20

it('stays under the quotas of CreateKey and CreateAlias by itself', async () => {
  const { emulator, backend } = await start({ keyQuota: quota })
  const begun = Date.now()
  await many(100, backend)
  const early = ['CreateKey', 'CreateAlias'].map((operation) => tooSoon(emulator.calls, operation, begun))
  expect(Math.max(...early)).toBeLessThan(clockError)
})

it('stays under the quota of GenerateDataKeyPair by itself', async () => {
  const aws = await startDataKey({ dataKeyQuota: quota })
  opened.push(aws)
  const begun = Date.now()
  await many(100, aws.backend)
  const early = tooSoon(aws.emulator.calls, 'GenerateDataKeyPairWithoutPlaintext', begun)
  expect(early).toBeLessThan(clockError)
})

it('makes every key where several processes share the quota, and each believes it has it alone', async () => {
  const { emulator, backend } = await start({ keyQuota: 40 })
  const { url: endpoint, region } = emulator
  const other = await createAwsKms({ region, endpoint, installation, clock: systemClock, keyQuota: 40 })
  opened.push(other)
  emulator.setQuotas({ CreateKey: 20, CreateAlias: 20 })
  await Promise.all([many(40, backend), many(40, other)])
  expect(results(emulator.calls, 'CreateKey', false)).toBe(80)
  expect(results(emulator.calls, 'CreateAlias', false)).toBe(80)
})

it('says when to come back, without asking AWS, what has no turn before its deadline', async () => {
  const { emulator, backend } = await start({ keyQuota: 1 })
  const answers = await Promise.allSettled(Array.from({ length: 8 }, () => made(backend, soon(5_000))))
  const errors = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []))
  expect(errors.length).toBeGreaterThanOrEqual(5)
  for (const error of errors) {
    expect(error).toBeInstanceOf(Failed)
    expect(error).toMatchObject({ code: 'backend-throttled' })
    if (error instanceof Failed) expect(error.particulars.retryAfter).toBeGreaterThanOrEqual(1)
  }
  expect(results(emulator.calls, 'CreateKey', false)).toBeLessThanOrEqual(3)
})

it('leaves room for signatures, however long AWS takes to make keys', async () => {
  const { emulator, backend } = await start()
  const id = newKeyId()
  const ref = refOf(id, await backend.create({ id, algorithm: secp256k1 }, soon()))
  let ended = 0
  emulator.faults.add({ kind: 'latency', ms: 2_500, operation: 'CreateKey' })
  const making = Array.from({ length: 64 }, () =>
    made(backend, soon(4_000))
      .catch(() => undefined)
      .finally(() => void (ended += 1)),
  )
  await expect.poll(() => results(emulator.calls, 'DescribeKey', false)).toBeGreaterThanOrEqual(64)
  const signatures = Array.from({ length: 50 }, () => backend.sign(ref, clearedFor(ref, randomBytes(32)), soon(4_000)))
  expect((await Promise.all(signatures)).length).toBe(50)
  expect(ended).toBe(0)
  emulator.faults.clear()
  await Promise.all(making)
})

it('cuts off no signatures where AWS makes no keys: that is another part of it', async () => {
  // Paced, so that nothing that succeeds comes between the last of the failures.
  const { emulator, backend } = await start({ keyQuota: 40 })
  const id = newKeyId()
  const ref = refOf(id, await backend.create({ id, algorithm: secp256k1 }, soon()))
  emulator.faults.add({ kind: 'reset', stage: 'before', operation: 'CreateKey' })
  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => made(backend)))
  expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(20)
  const late = await made(backend).catch((error: unknown) => error)
  expect(late).toMatchObject({ message: expect.stringContaining('is not asked for a moment') })
  expect((await backend.sign(ref, clearedFor(ref, randomBytes(32)), soon())).bytes.length).toBeGreaterThan(60)
})
