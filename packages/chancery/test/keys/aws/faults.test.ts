// What the service does when AWS KMS is slow, throttles, breaks off or lies.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FaultRule } from '../../../../aws-emulator/src/index.ts'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import type { Code } from '../../../src/core/errors.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { type AwsKmsBackend, type AwsKmsOptions, createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import { createClient } from '../../../src/keys/aws/client.ts'
import type { BackendCall } from '../../../src/core/backend.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'
import { clearedFor, codeOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { installation, startAws } from './emulator.ts'
import { recorded } from './parameter-store.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let ref: KeyRef
let backend: AwsKmsBackend
const opened: AwsKmsBackend[] = []

beforeAll(async () => {
  aws = await startAws()
  const id = newKeyId()
  ref = refOf(id, await aws.backend.create({ id, algorithm: 'secp256k1-ecdsa' }, soon()))
})
afterEach(async () => {
  aws.emulator.faults.clear()
  aws.emulator.setQuotas(undefined)
  aws.emulator.clearCalls()
  await Promise.all(opened.splice(0).map((one) => one.close()))
})
afterAll(() => aws.close())

/** A back-end of its own, so that one test's breaker does not stand in another's way. */
async function fresh(options: Partial<AwsKmsOptions> = {}): Promise<AwsKmsBackend> {
  const { url: endpoint, region } = aws.emulator
  backend = await createAwsKms({ region, endpoint, installation, clock: systemClock, ...options })
  opened.push(backend)
  return backend
}

const sign = (deadline = soon(), key = ref) => backend.sign(key, clearedFor(key, randomBytes(32)), deadline)
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'signed',
    () => codeOf(work),
  )
const signCalls = () => aws.emulator.calls.filter(({ operation }) => operation === 'Sign')

async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const started = performance.now()
  return [await work, performance.now() - started]
}

describe('one fault passes unnoticed within the deadline', () => {
  it.each<FaultRule>([
    { kind: 'throttle' },
    { kind: 'internal-error' },
    { kind: 'key-unavailable' },
    { kind: 'dependency-timeout' },
    { kind: 'reset', stage: 'before' },
    { kind: 'reset', stage: 'after' },
    { kind: 'truncate' },
  ])('$kind', async (rule) => {
    await fresh()
    aws.emulator.faults.add({ ...rule, operation: 'Sign', count: 1 })
    expect((await sign()).encoding).toBe('der')
    expect(signCalls().length).toBe(2)
  })
})

describe('a clock that is wrong', () => {
  it('is corrected by what AWS says of the time', async () => {
    await fresh()
    aws.emulator.faults.add({ kind: 'clock-skew', ms: 600_000 })
    expect((await sign()).encoding).toBe('der')
    expect((await sign()).encoding).toBe('der')
    expect(signCalls().length).toBe(3)
  })
})

describe('a lasting fault is said by its name', () => {
  it.each<[FaultRule, Code]>([
    [{ kind: 'throttle' }, 'backend-throttled'],
    [{ kind: 'internal-error' }, 'backend-unavailable'],
    [{ kind: 'key-unavailable' }, 'backend-unavailable'],
    [{ kind: 'dependency-timeout' }, 'backend-unavailable'],
    [{ kind: 'reset', stage: 'before' }, 'backend-unavailable'],
    [{ kind: 'truncate' }, 'backend-unavailable'],
    [{ kind: 'deny' }, 'backend-denied'],
    [{ kind: 'wrong-key-id' }, 'bad-signature'],
    [{ kind: 'error', code: 'KMSInvalidStateException', message: 'x is pending deletion.', status: 409 }, 'key-state'],
  ])('%j is %s', async (rule, code) => {
    await fresh()
    aws.emulator.faults.add({ ...rule, operation: 'Sign' })
    expect(await codeOf(sign(deadlineIn(1_800, systemClock)))).toBe(code)
    expect(signCalls().length).toBeLessThanOrEqual(4)
  })

  it('a hang ends with the deadline', againstClock, async () => {
    await fresh()
    aws.emulator.faults.add({ kind: 'hang', operation: 'Sign' })
    const [code, milliseconds] = await timed(codeOf(sign(deadlineIn(800, systemClock))))
    expect(code).toBe('deadline-exceeded')
    expect(milliseconds, tooSlow).toBeLessThan(2_000)
  })

  it('a slow answer is not waited for past the deadline, nor past the clearance', againstClock, async () => {
    await fresh()
    aws.emulator.faults.add({ kind: 'latency', ms: 3_000, operation: 'Sign' })
    expect((await timed(codeOf(sign(deadlineIn(300, systemClock)))))[1], tooSlow).toBeLessThan(1_500)
    const behind: Clock = { now: Date.now, monotonic: () => systemClock.monotonic() - 4_700 }
    const cleared = clearedFor(ref, randomBytes(32), [], behind)
    const [code, milliseconds] = await timed(codeOf(backend.sign(ref, cleared, soon())))
    expect(code).toBe('deadline-exceeded')
    expect(milliseconds, tooSlow).toBeLessThan(1_500)
  })

  it.each<FaultRule>([{ kind: 'other-key' }, { kind: 'flip-bit' }])('$kind is found out by the curve', async (rule) => {
    await fresh()
    aws.emulator.faults.add({ ...rule, operation: 'Sign' })
    const message = randomBytes(32)
    const raw = await backend.sign(ref, clearedFor(ref, message), soon())
    const publicKey = { algorithm: ref.algorithm, bytes: ref.publicKey }
    expect(() => secp256k1.normalise(raw, message, publicKey)).toThrow(RangeError)
  })
})

describe('throttling', () => {
  it('of every second call is waited out', againstClock, async () => {
    await fresh()
    aws.emulator.faults.add({ kind: 'throttle', operation: 'Sign', probability: 0.5 })
    const works = Array.from({ length: 100 }, () => sign().catch(() => undefined))
    const signed = (await Promise.all(works)).filter((signature) => signature !== undefined).length
    // A clearance lives for 5 s, which is eight attempts or more: one call in 256 is given up. Three attempts would give
    // up one in eight.
    expect(signed, tooSlow).toBeGreaterThanOrEqual(92)
  })

  it('is not caused by the service itself: it stays under the account’s quota', againstClock, async () => {
    const quota = 50
    await fresh({ quota })
    await sign()
    aws.emulator.setQuotas({ CryptographicEcc: quota })
    aws.emulator.clearCalls()
    const codes = await Promise.all(Array.from({ length: 3 * quota }, () => outcomeOf(sign())))
    expect(codes.filter((code) => code !== 'signed' && code !== 'backend-throttled')).toEqual([])
    const throttled = signCalls().filter(({ result }) => result !== 'ok').length
    // A machine that stands still bunches calls up; without pacing it would be a hundred and more.
    expect(throttled, tooSlow).toBeLessThan(15)
    expect(codes.filter((code) => code !== 'signed').length, tooSlow).toBe(0)
  })

  it('says when to come back, without asking AWS, once the deadline is too near', async () => {
    await fresh({ quota: 5 })
    const deadline = deadlineIn(600, systemClock)
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(sign(deadline)).catch(() => 'signed')))
    expect(codes.filter((code) => code === 'backend-throttled').length).toBeGreaterThanOrEqual(15)
    expect(signCalls().length).toBeLessThanOrEqual(5)
  })
})

describe('the circuit breaker', () => {
  it('stops asking a region that is down, and finds out by itself when it is back', againstClock, async () => {
    await fresh()
    const fault = aws.emulator.faults.add({ kind: 'internal-error', operation: 'Sign' })
    await Promise.all(Array.from({ length: 10 }, () => codeOf(sign())))
    const before = signCalls().length
    const [code, milliseconds] = await timed(codeOf(sign()))
    expect([code, signCalls().length]).toEqual(['backend-unavailable', before])
    aws.emulator.faults.remove(fault)
    await vi.waitFor(() => sign(), { timeout: 15_000, interval: 100 })
    expect(milliseconds, tooSlow).toBeLessThan(250)
  })

  it('is not opened by callers in a hurry', async () => {
    await fresh()
    await sign()
    const fault = aws.emulator.faults.add({ kind: 'latency', ms: 400, operation: 'Sign' })
    for (let i = 0; i < 12; i++) expect(await codeOf(sign(deadlineIn(30, systemClock)))).toBe('deadline-exceeded')
    aws.emulator.faults.remove(fault)
    expect((await sign()).encoding).toBe('der')
  })

  it('is not opened by refusals: one wrong key does not take the others away', async () => {
    await fresh()
    aws.emulator.faults.add({ kind: 'deny', operation: 'Sign', count: 30 })
    await Promise.all(Array.from({ length: 30 }, () => codeOf(sign())))
    expect((await sign()).encoding).toBe('der')
  })
})

describe('what is observed', () => {
  it('is every attempt, with its outcome', async () => {
    const seen: BackendCall[] = []
    await fresh({ observe: (observation) => void seen.push(observation) })
    aws.emulator.faults.add({ kind: 'internal-error', operation: 'Sign', count: 1 })
    await sign()
    expect(seen.map(({ operation, outcome, attempt }) => [operation, outcome, attempt])).toEqual([
      ['Sign', 'transient', 1],
      ['Sign', 'ok', 2],
    ])
  })
})

describe('what is no failure', () => {
  it('is a look for what is not there: each creation begins with one', async () => {
    const seen: BackendCall[] = []
    await fresh({ observe: (observation) => void seen.push(observation) })
    await backend.create({ id: newKeyId(), algorithm: 'ed25519' }, soon())
    const failed = seen.filter(({ outcome }) => outcome !== 'ok')
    expect([seen.map(({ operation }) => operation).includes('DescribeKey'), failed]).toEqual([true, []])
  })

  it('is a name that nobody has, where somebody asks for it to be taken over', async () => {
    const seen: BackendCall[] = []
    await fresh({ observe: (observation) => void seen.push(observation) })
    const absent = { id: newKeyId(), algorithm: 'secp256k1-ecdsa', name: 'alias/absent' } as const
    expect(await codeOf(backend.enrol(absent, soon()))).toBe('not-found')
    expect(seen.map(({ operation, outcome }) => [operation, outcome])).toEqual([['DescribeKey', 'ok']])
  })

  it('is an alias that somebody took away: it was looked for', async () => {
    const seen: BackendCall[] = []
    await fresh({ observe: (observation) => void seen.push(observation) })
    const renamed = { ...ref, data: { ...ref.data, alias: 'alias/absent' } }
    expect((await backend.inspect(renamed, 'enabled', soon())).map(({ code }) => code)).toEqual(['not-found'])
    expect(seen.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
  })

  it('is not a key on record that is gone', async () => {
    const seen: BackendCall[] = []
    await fresh({ observe: (observation) => void seen.push(observation) })
    const gone = { ...ref, data: { ...ref.data, arn: recorded(ref, 'arn').replace(/.{12}$/, '0'.repeat(12)) } }
    expect(await codeOf(backend.publicKey(gone, soon()))).toBe('not-found')
    expect(seen).toMatchObject([{ operation: 'GetPublicKey', outcome: 'final' }])
    await backend.inspect(gone, 'enabled', soon())
    expect(seen).toContainEqual(expect.objectContaining({ operation: 'DescribeKey', outcome: 'final' }))
  })
})

describe('signatures of every shape', () => {
  it('320 normalise and verify, one call each', async () => {
    await fresh()
    const publicKey = { algorithm: ref.algorithm, bytes: ref.publicKey }
    const messages = new Set<string>()
    const signAndVerify = async () => {
      const message = randomBytes(32)
      messages.add(message.toString('hex'))
      const raw = await backend.sign(ref, clearedFor(ref, message), soon())
      return secp256k1.verify(secp256k1.normalise(raw, message, publicKey), message, publicKey)
    }
    for (let round = 0; round < 20; round++) {
      expect(await Promise.all(Array.from({ length: 16 }, signAndVerify))).not.toContain(false)
    }
    expect(signCalls().filter(({ message }) => messages.has(message?.replace('0x', '') ?? '')).length).toBe(320)
  })
})

describe('the endpoint', () => {
  it.each([
    [undefined, 'kms.eu-central-1.amazonaws.com'],
    ['http://127.0.0.1:1', '127.0.0.1'],
  ])('configured as %s is %s, whatever the environment says', async (endpoint, host) => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_KMS']) vi.stubEnv(name, 'http://127.0.0.1:2')
    const kms = await createClient({ region: 'eu-central-1', ...(endpoint !== undefined && { endpoint }) })
    const asked: unknown[] = []
    // Stops the request before it is sent.
    kms.middlewareStack.add(
      () =>
        async ({ request }) => {
          asked.push(request instanceof Object && 'hostname' in request ? request.hostname : undefined)
          throw new Error('not sent')
        },
      { step: 'finalizeRequest', priority: 'low' },
    )
    await expect(kms.describeKey({ KeyId: 'alias/x' })).rejects.toThrow('not sent')
    kms.destroy()
    vi.unstubAllEnvs()
    expect(asked).toEqual([host])
  })
})
