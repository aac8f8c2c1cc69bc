// CloudTrail held against the register: what has no entry, and what has no call.
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { JsonObject } from '../../../src/base/json.ts'
import type { KeyUses } from '../../../src/core/key-uses.ts'
import type { AttemptId, KeyId } from '../../../src/core/names.ts'
import { reconcile, type ReconcileOptions } from '../../../src/keys/aws/cloudtrail/reconcile.ts'
import { arnOf, mallory, openRecords, ours, record, region, account, signRecord } from './cloudtrail-records.ts'

const [native, wrapping, shared, other] = ['1111', '2222', '3333', '9999'].map((tail) =>
  arnOf(`1234abcd-12ab-34cd-56ef-12345678${tail}`),
) as [string, string, string, string]
const path = '/confio/algorand/confio-testnet-sponsor/private-key'
const key = (name: string): KeyId => `key_${name}`
const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 12) + 1_000 * second).toISOString().replace('.000', '')
const time = (second: number) => Date.parse(at(second))

/** Three keys, made long before; each signed once. */
const uses: KeyUses = {
  keys: [
    { id: key('native'), backend: 'aws-kms', where: { kmsKey: native, alias: 'alias/chancery-native' } },
    {
      id: key('ssm'),
      backend: 'aws-ssm',
      where: { kmsKey: wrapping, alias: 'alias/confio-testnet-sponsor', parameter: path },
    },
    { id: key('pair'), backend: 'aws-data-key', where: { kmsKey: shared } },
    { id: key('sealed'), backend: 'sealed', where: {} },
  ],
  attempts: [
    attempt('native', 100, ['req-native-1']),
    attempt('ssm', 200),
    attempt('pair', 300),
    attempt('sealed', 400),
    { ...attempt('native', 500), end: 'open' },
    { ...attempt('native', 2_000), end: 'answered' },
  ],
  changes: [
    { key: key('native'), action: 'key.create', time: time(-5_000) },
    { key: key('ssm'), action: 'key.import', time: time(-4_000) },
    { key: key('pair'), action: 'key.create', time: time(-3_000) },
    { key: key('native'), action: 'key.disable', time: time(600) },
  ],
  requests: [],
  starts: [time(-6_000)],
  until: time(3_000),
}

function attempt(name: string, second: number, evidence: readonly string[] = []) {
  const id: AttemptId = `att_${name}${second}`
  return { id, key: key(name), time: time(second) + 400, evidence, end: 'used' } as const
}

const context = { service: 'chancery', installation: 'ins_test', key: key('pair'), algorithm: 'ed25519' }
const pairRecord = (second: number, more: JsonObject = {}) =>
  record('kms', 'Decrypt', shared, { time: at(second), asked: { encryptionContext: { ...context, ...more } } })

/** What AWS logged of it, from an hour before to an hour after. */
const log: readonly JsonObject[] = [
  record('kms', 'ListAliases', other, { time: at(-3_600) }),
  signRecord(native, { time: at(100), requestId: 'req-native-1' }),
  ...openRecords(path, wrapping, { time: at(200) }),
  pairRecord(301),
  signRecord(native, { time: at(501), error: 'ThrottlingException' }),
  record('kms', 'DisableKey', native, { time: at(600), asked: { keyId: native } }),
  record('kms', 'DescribeKey', native, { time: at(700), asked: { keyId: native } }),
  signRecord(native, { time: at(800), error: 'DryRunOperationException' }),
  signRecord(other, { time: at(900), principal: mallory }),
  { ...record('kms', 'Sign', other, { time: at(950) }), eventSource: 'sts.amazonaws.com' },
  record('kms', 'ListAliases', other, { time: at(3_600) }),
]

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
const held = (records: readonly JsonObject[], options: Partial<ReconcileOptions> = {}, register = uses) =>
  reconcile(register, stream(records), { within: 10, ...options })

describe('a log that fits', () => {
  it('has an entry for each call and a call for each entry', async () => {
    const { calls, attempts, principals, records, keys, period } = await held(log)
    expect(calls).toEqual({ total: 6, matched: 6, looks: 2, stray: [] })
    expect(attempts).toEqual({ total: 3, matched: 3, outside: 0, stray: [] })
    expect([principals, records, keys]).toEqual([{ [ours]: 6 }, 12, 3])
    expect(period).toEqual({ from: '2026-11-21T11:00:00.000Z', to: '2026-11-21T13:00:00.000Z' })
  })

  it('may hold what made the keys, and what an interrupted creation left long before', async () => {
    const made = (eventName: string, arn: string, second: number, asked: JsonObject = {}) =>
      record('kms', eventName, arn, { time: at(second), asked })
    const making = [
      made('CreateKey', native, -5_002),
      made('CreateAlias', native, -5_001, { aliasName: 'alias/chancery-native', targetKeyId: native }),
      made('TagResource', wrapping, -4_500),
      record('ssm', 'PutParameter', `arn:aws:ssm:${region}:${account}:parameter${path}`, { time: at(-4_001) }),
      made('GenerateDataKeyPairWithoutPlaintext', shared, -3_001, { encryptionContext: context }),
      ...openRecords(path, wrapping, { time: at(-4_001) }),
    ]
    expect((await held([...making, ...log])).calls.stray).toEqual([])
  })
})

test('AWS deletes a key by itself, where its deletion was scheduled here', async () => {
  const scheduled = { key: key('native'), action: 'key.schedule-deletion', time: time(-700_000) }
  const deleted = record('kms', 'DeleteKey', native, { time: at(1_000), principal: 'AWS Internal' })
  const register = { ...uses, changes: [...uses.changes, scheduled] }
  expect((await held([...log, deleted], {}, register)).calls.stray).toEqual([])
  expect((await held([...log, deleted])).calls.stray).toHaveLength(1)
})

describe('a change whose request ids are on record', () => {
  const disabling = { key: key('native'), action: 'key.disable', time: time(600), evidence: ['req-disable-1'] }
  const register = { ...uses, requests: [disabling] }
  const disabled = (requestId: string) => record('kms', 'DisableKey', native, { time: at(600), requestId })
  const rest = log.filter((one) => one['eventName'] !== 'DisableKey')

  it('fits by its id, whenever it came', async () => {
    const late = { ...disabled('req-disable-1'), eventTime: at(900) }
    expect((await held([...rest, late], {}, register)).calls.stray).toEqual([])
  })

  it('excuses no other call, of then or of another kind', async () => {
    const enabled = record('kms', 'EnableKey', native, { time: at(601), requestId: 'req-disable-1' })
    const all = [...rest, disabled('req-disable-1'), disabled('req-thief'), enabled]
    const { calls } = await held(all, {}, register)
    expect(calls.stray.map(({ operation, requestId }) => [operation, requestId])).toEqual([
      ['kms:DisableKey', 'req-thief'],
      ['kms:EnableKey', 'req-disable-1'],
    ])
  })

  it('accounts for a creation that failed, of whose key there is no record', async () => {
    const requests = [{ key: key('lost'), action: 'key.create', time: time(50), evidence: ['req-create-1'] }]
    const made = record('kms', 'CreateKey', other, { time: at(50), requestId: 'req-create-1' })
    const { calls } = await held([...log, made], {}, { ...uses, requests })
    expect(calls).toMatchObject({ matched: 7, stray: [] })
  })
})

describe('a parameter whose request id is on record', () => {
  const attempts = [attempt('ssm', 200, ['req-get-1']), attempt('ssm', 205, ['req-get-1'])]
  const opened = openRecords(path, wrapping, { time: at(200), requestId: 'req-get-1' })
  const edges = log.filter((one) => one['eventName'] === 'ListAliases')

  it('serves all who shared it, with what Parameter Store asked KMS', async () => {
    const { calls, attempts: judged } = await held([...edges, ...opened], {}, { ...uses, attempts })
    expect([calls, judged]).toMatchObject([
      { matched: 2, stray: [] },
      { matched: 2, stray: [] },
    ])
  })

  it('excuses no other reading, nor a decryption that went past Parameter Store', async () => {
    const again = record('ssm', 'GetParameter', '', { time: at(201), asked: { name: path, withDecryption: true } })
    const past = record('kms', 'Decrypt', wrapping, { time: at(201) })
    const { calls } = await held([...edges, ...opened, again, past], {}, { ...uses, attempts })
    expect(new Set(calls.stray.map(({ requestId }) => requestId))).toEqual(
      new Set([again['requestID'], past['requestID']]),
    )
  })
})

describe('a call without an entry', () => {
  const one = async (...records: JsonObject[]) => (await held([...log, ...records])).calls.stray

  it('is named with its time, caller, operation and key', async () => {
    const [stray, ...more] = await one(
      signRecord(native, { time: at(1_000), requestId: 'req-evil', principal: mallory }),
    )
    expect(more).toEqual([])
    expect(stray).toMatchObject({
      time: '2026-11-21T12:16:40.000Z',
      operation: 'kms:Sign',
      principal: mallory,
      source: '192.0.2.0',
      keys: ['key_native'],
      requestId: 'req-evil',
      finding: 'no attempt with its key is on record at that time',
    })
  })

  it('is one of our own role as well, and one beside a signature that is accounted for', async () => {
    expect(await one(signRecord(native, { time: at(1_000) }))).toHaveLength(1)
    const [beside] = await one(signRecord(native, { time: at(100) }))
    expect(beside?.finding).toContain('attempts of then have other request ids')
  })

  it('is one whose request id is on record for another key', async () => {
    const [stray] = await one(signRecord(wrapping, { time: at(100), requestId: 'req-native-1' }))
    expect(stray?.finding).toContain('of the key key_native')
  })

  const anySign = { messageType: 'RAW', signingAlgorithm: 'ED25519_SHA_512' }
  test.each([
    [
      'a parameter read by name',
      record('ssm', 'GetParameter', '', { time: at(1_000), asked: { name: path, withDecryption: true } }),
    ],
    [
      'parameters read by folder',
      record('ssm', 'GetParametersByPath', '', { time: at(1_000), asked: { path: '/confio', withDecryption: true } }),
    ],
    [
      'parameters read by names',
      record('ssm', 'GetParameters', '', { time: at(1_000), asked: { names: ['/x', path], withDecryption: true } }),
    ],
    [
      'a key named by alias',
      record('kms', 'Sign', '', { time: at(1_000), asked: { ...anySign, keyId: 'alias/chancery-native' } }),
    ],
    [
      'a key named by id',
      record('kms', 'Sign', '', { time: at(1_000), asked: { ...anySign, keyId: native.slice(-36) } }),
    ],
    [
      'a denied call that only says what it was on',
      {
        ...record('kms', 'Sign', '', { time: at(1_000), error: 'AccessDenied' }),
        errorMessage: `User: ${mallory} is not authorized to perform: kms:Sign on resource: ${native} because`,
      },
    ],
    ['a decryption for another account of the key', pairRecord(1_000)],
    ['another policy', record('kms', 'PutKeyPolicy', native, { time: at(600) })],
    ['a deletion', record('kms', 'ScheduleKeyDeletion', native, { time: at(600) })],
    ['an alias moved', record('kms', 'UpdateAlias', native, { time: at(100) })],
    ['a grant', record('kms', 'CreateGrant', native, { time: at(100) })],
    ['an operation nobody knows', record('kms', 'SignForFree', native, { time: at(100) })],
    ['a parameter written again', record('ssm', 'PutParameter', '', { time: at(200), asked: { name: path } })],
    ['a key disabled again', record('kms', 'DisableKey', native, { time: at(700) })],
    ['a signature beside an answer that took none', signRecord(native, { time: at(2_000) })],
    ['a signature when the key was made', signRecord(native, { time: at(-5_000) })],
    ['a call after the export was made', signRecord(native, { time: at(3_100) })],
  ])('is %s', async (_, stray) => {
    expect(await one(stray)).toMatchObject([{ requestId: stray['requestID'] }])
  })

  it('is told once where files overlap', async () => {
    const stray = signRecord(native, { time: at(1_000) })
    expect(await one(stray, stray)).toHaveLength(1)
  })
})

describe('an entry without a call', () => {
  const without = (...kept: ((record: JsonObject) => boolean)[]) => log.filter((one) => kept.every((keep) => keep(one)))
  const names =
    (...found: string[]) =>
    (one: JsonObject) =>
      !found.includes(textOf(one['eventName']))

  it('is an attempt whose request id AWS does not have', async () => {
    const { attempts, calls } = await held(without((one) => one['requestID'] !== 'req-native-1'))
    expect(calls.stray).toEqual([])
    expect(attempts.stray).toEqual([
      {
        attempt: 'att_native100',
        time: '2026-11-21T12:01:40.400Z',
        key: 'key_native',
        finding: 'no call with the request id req-native-1',
      },
    ])
  })

  it('is one that AWS refused', async () => {
    const refused = [
      ...without(names('Sign')),
      signRecord(native, { time: at(100), requestId: 'req-native-1', error: 'DisabledException' }),
    ]
    expect((await held(refused)).attempts.stray).toMatchObject([{ attempt: 'att_native100' }])
  })

  it('is one of a key that was not opened then', async () => {
    const { attempts } = await held(without(names('Decrypt', 'GetParameter')))
    expect(attempts.stray.map((one) => one.attempt)).toEqual(['att_ssm200', 'att_pair300'])
    const late = [
      ...without(names('Decrypt', 'GetParameter')),
      ...openRecords(path, wrapping, { time: at(230) }),
      pairRecord(300),
    ]
    expect((await held(late, { within: 60 })).attempts.stray).toEqual([])
    expect((await held(late)).attempts.stray).toMatchObject([{ attempt: 'att_ssm200' }])
  })

  it('is not one outside the time that the files cover', async () => {
    const early = log.filter((one) => textOf(one['eventTime']) < at(200))
    expect((await held(early)).attempts).toMatchObject({ matched: 1, outside: 2, stray: [] })
    const said = await held(early, { to: time(3_600) })
    expect(said.attempts.stray.map((one) => one.attempt)).toEqual(['att_ssm200', 'att_pair300'])
  })
})

describe('the key around the key-encryption key', () => {
  const opening = (second: number) =>
    record('kms', 'Decrypt', other, { time: at(second), asked: { encryptionContext: { service: 'chancery' } } })

  it('is opened when a process starts, and never else', async () => {
    const options = { keyEncryptionKey: other }
    const found = await held([opening(-6_001), opening(1_000)], options)
    expect(found.calls).toMatchObject({ matched: 1, stray: [{ time: '2026-11-21T12:16:40.000Z', keys: [] }] })
    expect((await held([opening(1_000)])).calls.total).toBe(0)
  })
})

test('the order of the records changes nothing', async () => {
  const strays = [signRecord(native, { time: at(1_000) }), ...openRecords(path, wrapping, { time: at(1_000) })]
  const records = [...log.filter((one) => one['requestID'] !== 'req-native-1'), ...strays]
  const wanted = await held(records)
  expect([wanted.calls.stray.length, wanted.attempts.stray.length]).toEqual([3, 1])
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(records, { minLength: records.length }), async (shuffled) => {
      expect(await held(shuffled)).toEqual(wanted)
    }),
  )
})
