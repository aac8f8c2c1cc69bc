// CloudTrail's files as they come: in one piece or cut anywhere, compressed or not.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/base/json.ts'
import { readTrails } from '../../../src/keys/aws/cloudtrail/files.ts'
import { readRecords } from '../../../src/keys/aws/cloudtrail/records.ts'
import { account, arnOf, mallory, openRecords, record, region, signRecord } from './cloudtrail-records.ts'

const [native, wrapping, other] = ['1111', '2222', '9999'].map((tail) =>
  arnOf(`1234abcd-12ab-34cd-56ef-12345678${tail}`),
) as [string, string, string]
const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 12) + 1_000 * second).toISOString().replace('.000', '')

const log: readonly JsonObject[] = [
  record('kms', 'ListAliases', other, { time: at(-3_600) }),
  signRecord(native, { time: at(100), requestId: 'req-native-1' }),
  ...openRecords('/confio/algorand/confio-testnet-sponsor/private-key', wrapping, { time: at(200) }),
  signRecord(native, { time: at(501), error: 'ThrottlingException' }),
  record('kms', 'DisableKey', native, { time: at(600), asked: { keyId: native } }),
  record('kms', 'DescribeKey', native, { time: at(700), asked: { keyId: native } }),
  signRecord(other, { time: at(900), principal: mallory }),
  record('kms', 'ListAliases', other, { time: at(3_600) }),
]

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

describe('reading', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-trail-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const events = log.map((one) => ({
    EventId: one['eventID'],
    EventName: 'Sign',
    Resources: [],
    CloudTrailEvent: JSON.stringify(one),
  }))
  const forms: readonly (readonly [string, string])[] = [
    ['a log file', JSON.stringify({ Records: log })],
    ['a log file laid out for people', JSON.stringify({ Records: log }, undefined, 2)],
    ['one record a line', log.map((one) => JSON.stringify(one)).join('\n')],
    ['a list', JSON.stringify(log)],
    ['what lookup-events prints', JSON.stringify({ Events: events, NextToken: 'more' }, undefined, 4)],
    [
      'several log files in one',
      `${JSON.stringify({ Records: log.slice(0, 5) })}\n${JSON.stringify({ Records: log.slice(5) })}`,
    ],
  ]

  async function read(chunks: readonly string[]): Promise<JsonObject[]> {
    const records: JsonObject[] = []
    for await (const one of readRecords(stream(chunks))) records.push(one)
    return records
  }

  test.each(forms)('%s, however it is cut', async (_, text) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 }), async (sizes) => {
        const chunks: string[] = []
        for (let from = 0, index = 0; from < text.length; index++) {
          const size = sizes[index % sizes.length] ?? 1
          chunks.push(text.slice(from, from + size))
          from += size
        }
        expect(await read(chunks)).toEqual(log)
      }),
      { numRuns: 30 },
    )
    expect(await read(text.split(''))).toEqual(log)
  })

  test('an empty log', async () => {
    expect(await read(['{"Records":[]}'])).toEqual([])
  })

  test.each([
    ['{"Records":[{"eventName":"Sign"'],
    ['{"Records":[{"eventName":"Sign","eventTime":"yesterday"}]}'],
    ['{"Records":[{"name":"x"}]}'],
    ['{"Records":[1]}'],
    ['{"Records":[{]}}'],
    ['{"export":"chancery register","version":1}'],
    ['hello'],
    ['"Records"'],
    [']'],
    ['{"a":nope}'],
  ])('refuses %s', async (text) => {
    await expect(read([text])).rejects.toMatchObject({ code: 'invalid-payload' })
  })

  test('files and folders as they lie in the bucket, compressed or not', async () => {
    const day = join(folder, 'AWSLogs', account, 'CloudTrail', region, '2026', '11', '21')
    mkdirSync(day, { recursive: true })
    mkdirSync(join(folder, 'AWSLogs', account, 'CloudTrail-Digest'))
    writeFileSync(join(folder, 'AWSLogs', account, 'CloudTrail-Digest', 'digest.json.gz'), 'not a log')
    writeFileSync(join(day, 'a.json.gz'), gzipSync(JSON.stringify({ Records: log.slice(0, 6) })))
    writeFileSync(join(day, 'b.json'), JSON.stringify({ Records: log.slice(6) }))
    const records: JsonObject[] = []
    for await (const one of readTrails([folder])) records.push(one)
    expect(records).toEqual(log)
  })

  test.each([
    ['a file that is not there', () => join(folder, 'absent.json'), 'invalid-request'],
    ['a folder without logs', () => mkdtempSync(join(folder, 'empty-')), 'invalid-request'],
    [
      'a compressed file that was cut short',
      () => written('cut.gz', gzipSync(JSON.stringify(log)).subarray(0, 200)),
      'invalid-request',
    ],
    ['a file of something else', () => written('other.json', '{"a":1}'), 'invalid-payload'],
  ])('says which: %s', async (_, make, code) => {
    const where = make()
    const all = async () => {
      for await (const one of readTrails([where])) void one
    }
    await expect(all()).rejects.toMatchObject({ code, particulars: { where } })
  })

  function written(name: string, content: string | Uint8Array): string {
    const file = join(folder, name)
    writeFileSync(file, content)
    return file
  }
})
