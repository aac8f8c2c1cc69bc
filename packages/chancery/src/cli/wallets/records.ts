/** Records of the original collection, JSON lines as mongoexport writes them. */
import type { ImportedWallet } from '@chancery/client'
import { isJsonObject, type Json } from '../../base/json.ts'
import { JsonRefusal, parseJson } from '../../base/strict-json.ts'
import { UsageError, type Given, type Terminal } from '../command.ts'
import { readText } from '../reading.ts'

/** Those in the file that was named, `-` for what comes in. */
export async function readRecords(
  { words: [file = ''] }: Given,
  terminal: Terminal,
): Promise<readonly NumberedRecord[]> {
  return recordsIn(file === '-' ? await terminal.stdin() : await readText(file, terminal))
}

export interface NumberedRecord {
  readonly line: number
  readonly record: ImportedWallet
}

const fields = ['userId', 'address', 'asset', 'network', 'kmsKeyId', 'providerId', 'status', 'createdAt'] as const

/** @throws UsageError for a line that is no record */
function recordsIn(text: string): readonly NumberedRecord[] {
  const lines = text.split(/\r?\n/).map((json, i) => ({ line: i + 1, json }))
  return lines
    .filter(({ json }) => json.trim() !== '')
    .map(({ line, json }) => ({ line, record: recordOf(json, line) }))
}

/** @throws UsageError for a line that is no such record: then nothing was taken in yet */
function recordOf(json: string, line: number): ImportedWallet {
  const value = read(json, line)
  if (!isJsonObject(value)) throw new UsageError(`Line ${line} is no JSON object`)
  const { _id, ...rest } = value
  const stray = Object.keys(rest).find((name) => !fields.some((field) => field === name))
  if (stray !== undefined)
    throw new UsageError(`Line ${line} has a member ${stray}: wanted ${fields.join(', ')} and _id`)
  const texts = fields.map((name): [string, string] => [name, textIn(rest[name], `line ${line}: ${name}`)])
  return Object.fromEntries(texts) as unknown as ImportedWallet
}

function read(json: string, line: number): Json {
  try {
    return parseJson(json)
  } catch (error) {
    if (!(error instanceof JsonRefusal)) throw error
    throw new UsageError(`Line ${line} is no JSON: got ${error.got}, wanted ${error.wanted}`)
  }
}

/** Extended JSON writes dates and ids as objects. https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/ */
function textIn(value: Json | undefined, where: string): string {
  if (typeof value === 'string') return value
  if (isJsonObject(value)) {
    const { $date, $oid, $uuid } = value
    for (const inner of [$date, $oid, $uuid]) if (typeof inner === 'string') return inner
    if (isJsonObject($date) && typeof $date['$numberLong'] === 'string') return isoOf($date['$numberLong'])
  }
  throw new UsageError(`${where} is no text`)
}

function isoOf(milliseconds: string): string {
  return new Date(Number(milliseconds)).toISOString()
}
