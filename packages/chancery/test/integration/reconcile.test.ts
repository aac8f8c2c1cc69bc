/** CloudTrail against the register of a real flow: its records are made of what the emulator was asked. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CallEntry, type RunningEmulator, startEmulator } from '../../../aws-emulator/src/index.ts'
import { systemClock } from '../../src/base/clock.ts'
import { isJsonObject, type JsonObject } from '../../src/base/json.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { createAwsKms } from '../../src/keys/aws/aws-kms.ts'
import { createAwsSsm } from '../../src/keys/aws/aws-ssm.ts'
import { writeExport } from '../../src/register/export-file.ts'
import { sourceOf } from '../../src/register/source.ts'
import { chancery } from '../cli/terminal.ts'
import { mallory, record } from '../keys/aws/cloudtrail-records.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { client, network, openHouse, payingKey, payment, removeFolder, signer, type TestHouse } from './house.ts'

const folder = mkdtempSync(join(tmpdir(), 'chancery-reconcile-test-'))
let emulator: RunningEmulator
let house: TestHouse
const keys: KeyRecord[] = []

beforeAll(async () => {
  emulator = await startEmulator({ seed: 'reconcile' })
  useCredentials(emulator.credentials)
  const options = { region: emulator.region, endpoint: emulator.url, installation: 'ins_test', clock: systemClock }
  house = await openHouse({ extraBackends: [await createAwsKms(options), await createAwsSsm(options)] })
  for (const backend of ['aws-kms', 'aws-ssm', 'sealed']) {
    const key = await payingKey(house, {}, backend)
    const app = await client(house, signer(key), backend)
    for (const nonce of [0, 1, 2, 1]) {
      const value = payment(nonce)
      await house.signing.sign({ key: key.id, operation: 'sign:transaction', network, value }, house.as(app))
    }
    await house.keyring.disable(key.id, house.operator())
    keys.push(key)
  }
  await writeExport(sourceOf(house.store, systemClock), join(folder, 'register.jsonl'))
})

afterAll(async () => {
  await house.close()
  await removeFolder(house)
  await Promise.all(house.backends.map((backend) => backend.close()))
  await emulator.close()
  rmSync(folder, { recursive: true })
})

/** As CloudTrail would have logged it. The emulator shows one call where KMS logs what Parameter Store asks it as well. */
function logged({ service, operation, key = '', time, requestId, result }: CallEntry): JsonObject {
  const asked = { withDecryption: operation === 'GetParameter' }
  const options = { time, requestId, asked, ...(result !== 'ok' && { error: result }) }
  return { ...record(service === 'ssm' ? 'ssm' : 'kms', operation, key, options), awsRegion: emulator.region }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

/** Before and after all of it, so that no attempt is at the edge of what the log covers. */
function edges(): JsonObject[] {
  return [-60_000, 60_000].map((away) =>
    record('kms', 'ListAliases', '', { time: new Date(Date.now() + away).toISOString() }),
  )
}

async function reconciled(records: readonly JsonObject[], ...flags: readonly string[]) {
  writeFileSync(join(folder, 'log.json.gz'), gzipSync(JSON.stringify({ Records: [...edges(), ...records] })))
  const files = ['--cloudtrail', 'log.json.gz', '--export', 'register.jsonl']
  return chancery(['audit', 'reconcile', ...files, ...flags], { cwd: folder })
}

function objectIn(text: string): JsonObject {
  const value: unknown = JSON.parse(text)
  return isJsonObject(value) ? value : {}
}

/** What the register says of requests that made or changed keys, with the action they belong to. */
function requestsOnRecord(): ReadonlyMap<string, string> {
  const lines = readFileSync(join(folder, 'register.jsonl'), 'utf8').trim().split('\n').map(objectIn)
  const entries = lines.flatMap(({ entries }): unknown[] => (Array.isArray(entries) ? entries : []))
  const bodies = entries.map((entry) => objectIn(textOf(isJsonObject(entry) ? entry['body'] : '')))
  const notices = bodies.filter(({ kind, what }) => kind === 'notice' && what === 'requests')
  expect(notices.every(({ actor }) => actor === 'operator')).toBe(true)
  return new Map(
    notices.flatMap(({ action, evidence }) =>
      Array.isArray(evidence) ? evidence.map((id): [string, string] => [textOf(id), textOf(action)]) : [],
    ),
  )
}

test('every call that made or changed a key is on record by its request id, with who asked for it', () => {
  const requests = requestsOnRecord()
  const did = ['CreateKey', 'CreateAlias', 'GetPublicKey', 'DisableKey']
  const calls = emulator.calls.filter(({ operation }) => did.includes(operation))
  expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(did))
  for (const { operation, requestId } of calls) {
    expect([operation, requests.get(requestId)]).toEqual([
      operation,
      operation === 'DisableKey' ? 'key.disable' : 'key.create',
    ])
  }
})

describe('chancery audit reconcile', () => {
  test('finds that everything fits', async () => {
    const { status, out, notes } = await reconciled(emulator.calls.map(logged), '--json')
    expect([notes, JSON.parse(out)]).toMatchObject(['', { calls: { stray: [] }, attempts: { stray: [], outside: 0 } }])
    // Of each key in AWS the proof and three transactions; the fourth asks again, and only KMS's answer had to be kept.
    expect(JSON.parse(out)).toMatchObject({ keys: 2, attempts: { matched: 4 + 5 } })
    expect(status).toBe(0)
  })

  test('names a signature that is not on record, and one that AWS never made', async () => {
    const [first, ...others] = emulator.calls.filter(({ operation }) => operation === 'Sign').map(logged)
    const arn = emulator.calls.find(({ operation }) => operation === 'Sign')?.key ?? ''
    const rest = emulator.calls.filter(({ operation }) => operation !== 'Sign').map(logged)
    const stolen = record('kms', 'Sign', arn, {
      time: new Date().toISOString(),
      principal: mallory,
      requestId: 'stolen-1',
    })
    const { status, out } = await reconciled([...others, ...rest, stolen])
    const lines = out.split('\n')
    expect(lines.filter((line) => line.startsWith('CALL WITHOUT AN ENTRY'))).toEqual([
      expect.stringMatching(`kms:Sign  ${keys[0]?.id}  by ${mallory}  from 192.0.2.0  request stolen-1`),
    ])
    expect(lines.filter((line) => line.startsWith('ENTRY WITHOUT A CALL'))).toEqual([
      expect.stringMatching(`att_\\w+  ${keys[0]?.id}  no call with the request id ${textOf(first?.['requestID'])}$`),
    ])
    expect(out).toMatch(/\d+ calls: \d+ have an entry, 1 have none/)
    expect(status).toBe(1)
  })

  test('says which file is no log and which is no export', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'hello')
    const run = (trail: string, exported: string) =>
      chancery(['audit', 'reconcile', '--cloudtrail', trail, '--export', exported], { cwd: folder })
    await reconciled([])
    const said = [
      await run('notes.txt', 'register.jsonl'),
      await run('absent.json', 'register.jsonl'),
      await run('log.json.gz', 'notes.txt'),
      await run('log.json.gz', 'absent.jsonl'),
    ]
    expect(said.map(({ status }) => status > 0)).toEqual([true, true, true, true])
    expect(said.map(({ notes }) => notes)).toEqual([
      expect.stringContaining('notes.txt'),
      expect.stringContaining('absent.json'),
      expect.stringContaining('Line 1 is no line of a register export'),
      expect.stringContaining('absent.jsonl'),
    ])
  })
})
