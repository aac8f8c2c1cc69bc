/** What doctor says of keys in AWS KMS, as the emulator speaks it: a level and an advice that fit what is wrong. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type FaultRule, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { newId } from '../../src/base/id.ts'
import { keyExamination } from '../../src/health/key-examination.ts'
import { refOf, type KeyRecord, type KeyState } from '../../src/core/key.ts'
import type { Finding } from '../../src/core/services.ts'
import { examineAll } from '../../src/health/doctor.ts'
import { createAwsKms, type AwsKmsBackend } from '../../src/keys/aws/aws-kms.ts'
import { useCredentials } from '../keys/aws/emulator.ts'

let emulator: RunningEmulator
let backend: AwsKmsBackend
let keys: readonly KeyRecord[]

beforeAll(async () => {
  emulator = await startEmulator({ seed: 'doctor' })
  useCredentials(emulator.credentials)
  const { region, url: endpoint } = emulator
  backend = await createAwsKms({ region, endpoint, installation: 'ins_test', clock: systemClock })
  keys = [await key(), await key()]
})

afterEach(() => emulator.faults.clear())

afterAll(async () => {
  await backend.close()
  await emulator.close()
})

async function key(): Promise<KeyRecord> {
  const id = newId('key', systemClock.now())
  const { data } = await backend.create({ id, algorithm: 'secp256k1-ecdsa' }, deadlineIn(30_000, systemClock))
  const fixed = { algorithm: 'secp256k1-ecdsa', backend: 'aws-kms', family: 'evm', kind: 'decoded' } as const
  return {
    ...fixed,
    id,
    publicKey: '0x02',
    ref: data,
    state: 'enabled',
    frozen: false,
    createdAt: '2026-01-01T00:00:00Z',
  }
}

function arnOf(key: KeyRecord | undefined): string {
  const arn = key?.ref['arn']
  if (typeof arn === 'string') return arn
  throw new Error('The key has no ARN')
}
/** Of keys without a record, `orphans.test.ts` tells. */
const unlooked = { look: async () => ({ looking: false, looked: 0, of: 0, found: 0, findings: [] }) }
const inState = (state: KeyState) => keys.map((key) => ({ ...key, state }))

function examine(examined = keys, backends = [backend]): Promise<readonly Finding[]> {
  return examineAll(
    [
      keyExamination({
        backends,
        keys: () => examined,
        serves: (network) => network === 'eip155:1',
        orphanWatch: unlooked,
      }),
    ],
    deadlineIn(30_000, systemClock),
  )
}

async function examineWith(fault: FaultRule): Promise<readonly Finding[]> {
  emulator.faults.add(fault)
  return examine()
}

test('keys that can sign are well', async () => {
  expect(await examine()).toEqual([{ subject: 'keys', level: 'ok', got: '2 of 2 enabled keys can sign' }])
})

test('keys of a network that is not configured are counted: they are listed, and sign nothing', async () => {
  const [first, second] = keys.map(
    (key, index) => ({ ...key, network: index === 0 ? 'eip155:1' : 'eip155:5' }) as const,
  )
  const found = await examine([first, second].filter((key) => key !== undefined))
  expect(found).toContainEqual(
    expect.objectContaining({ level: 'warning', got: '1 of them sign for eip155:5 only, which is not configured' }),
  )
})

test('what was not asked of keys that are well is said, once', async () => {
  const looking = { ...backend, unproven: 'nothing was decrypted' }
  expect(await examine(keys, [looking])).toEqual([
    { subject: 'keys', level: 'ok', got: '2 of 2 enabled keys can sign' },
    { subject: 'keys', level: 'ok', got: 'of 2 of these: nothing was decrypted' },
  ])
})

test('some that cannot are warned of, and all of them are a problem', async () => {
  const [first] = keys
  const [some] = await examineWith({ kind: 'deny', operation: 'Sign', key: arnOf(first) })
  expect(some).toMatchObject({ subject: 'keys', level: 'warning', got: '1 of 2 enabled keys can sign' })
  const [none] = await examineWith({ kind: 'deny', operation: 'Sign' })
  expect(none).toMatchObject({ level: 'problem', got: '0 of 2 enabled keys can sign', advice: expect.any(String) })
})

describe('a key that the service itself took out of use', () => {
  test('is not asked to sign, and is well where AWS says the same', async () => {
    const stopped = await key()
    await backend.disable(refOf(stopped), deadlineIn(30_000, systemClock))
    emulator.clearCalls()
    const findings = await examine([{ ...stopped, state: 'disabled' }])
    expect(findings).toEqual([{ subject: 'keys', level: 'ok', got: '0 of 0 enabled keys can sign' }])
    expect(emulator.calls.map(({ operation }) => operation)).not.toContain('Sign')
  })

  test.each(['disabled', 'pending-deletion'] as const)('and is in use in AWS, %s, is told of', async (state) => {
    const [summary, finding] = await examine(inState(state).slice(0, 1))
    expect(summary?.level).toBe('ok')
    expect(finding).toMatchObject({ level: 'problem', advice: expect.stringContaining('chancery freeze') })
    expect(finding?.got).toContain(`recorded as ${state}, and AWS KMS says Enabled`)
  })

  test('is no longer looked at once it is purged', async () => {
    emulator.clearCalls()
    await examine(inState('purged').map((one) => ({ ...one, ref: {} })))
    const own = new Set(keys.map(arnOf))
    expect(emulator.calls.filter(({ key }) => key !== undefined && own.has(key))).toEqual([])
  })
})

test('a key whose policy was never readable is warned of, with the permission', async () => {
  const [first] = keys
  if (first === undefined) throw new Error('No key was made')
  const { policyHash: _, ...ref } = first.ref
  emulator.faults.add({ kind: 'deny', operation: 'GetKeyPolicy' })
  const [summary, ...findings] = await examine([{ ...first, ref }])
  expect(summary?.level).toBe('ok')
  expect(findings).toMatchObject([{ level: 'warning', advice: expect.stringContaining('kms:GetKeyPolicy') }])
  expect(findings[0]?.got).toContain('is not watched')
})

test('a key whose back-end is not in use is told of', async () => {
  const [, finding] = await examine(keys.slice(0, 1), [])
  expect(finding).toMatchObject({ level: 'problem', advice: expect.stringContaining('aws-kms') })
})

describe('the advice fits', () => {
  const advised = async (fault: FaultRule) => {
    const findings = await examineWith(fault)
    return findings.find(({ subject }) => subject === `key ${keys[0]?.id}`)
  }

  test('a missing right: which one, and where rights are printed', async () => {
    const finding = await advised({ kind: 'deny', operation: 'Sign' })
    expect(finding?.got).toContain('does not allow kms:Sign')
    expect(finding?.advice).toContain('chancery aws policy')
  })

  test('throttling: the quota', async () => {
    const finding = await advised({ kind: 'throttle', operation: 'Sign' })
    expect(finding?.got).toContain('throttling')
    expect(finding?.advice).toContain('quota')
  })

  test('connections that break: the way to it, and not the key', async () => {
    const finding = await advised({ kind: 'reset', operation: 'Sign' })
    expect(finding?.advice).toContain('reaches the key back-end')
    expect(finding?.advice).not.toContain('freeze')
  })

  test('a change that nobody asked for: freezing', async () => {
    const [first] = keys
    if (first === undefined) throw new Error('No key was made')
    await backend.disable(refOf(first), deadlineIn(30_000, systemClock))
    const [, ...findings] = await examine(keys.slice(0, 1))
    await backend.enable(refOf(first), deadlineIn(30_000, systemClock))
    expect(findings.map(({ advice }) => advice)).toContainEqual(
      expect.stringContaining(`chancery freeze --key ${first.id}`),
    )
  })
})

test('a key that hangs is told of by itself, and hides no other one', async () => {
  const [first, second] = keys
  emulator.faults.add({ kind: 'hang', operation: 'Sign', key: arnOf(first) })
  emulator.faults.add({ kind: 'deny', operation: 'Sign', key: arnOf(second) })
  const findings = await examine()
  expect(findings.map(({ subject }) => subject)).toEqual(['keys', `key ${first?.id}`, `key ${second?.id}`])
  expect(findings[1]?.got).toContain('kms:Sign')
  expect(findings[2]?.got).toContain('does not allow kms:Sign')
})
