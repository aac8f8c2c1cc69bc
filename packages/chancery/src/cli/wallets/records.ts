/** Records of the original collection, JSON lines as mongoexport writes them. */
import type { ImportedWallet } from '@chancery/client'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { JsonRefusal, parseJson } from '../../base/strict-json.ts'
import { UsageError, type Given, type Terminal } from '../command.ts'
import { concealWritten } from '../concealed.ts'
import { filledLines, readText } from '../reading.ts'

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
  return filledLines(text).map(({ line, text: json }) => ({ line, record: recordOf(json, line) }))
}

/** @throws UsageError for a line that is no such record: then nothing was taken in yet */
function recordOf(json: string, line: number): ImportedWallet {
  const value = read(json, line)
  if (!isJsonObject(value)) throw new UsageError(`Line ${line} is no JSON object`)
  const { _id, ...rest } = value
  const stray = Object.keys(rest).find((name) => !fields.some((field) => field === name))
  if (stray !== undefined) {
    const hint = 'mongoexport --fields leaves others out'
    throw new UsageError(`Line ${line} has a member ${stray}: wanted ${fields.join(', ')} and _id; ${hint}`)
  }
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

/** The text of a member; a whole number is its digits. @throws UsageError for what has no text form */
function textIn(value: Json | undefined, where: string): string {
  const text = isJsonObject(value) ? extended(value) : value
  if (typeof text === 'string') return text
  if (typeof text === 'number') return String(text)
  if (value === undefined) throw new UsageError(`${where} is missing`)
  const got = concealWritten(JSON.stringify(value)).slice(0, 80)
  throw new UsageError(`${where}: got ${got}, wanted a text, whole number, ObjectId, UUID (subtype 04) or date`)
}

/**
 * What JSON has no form for is an object of one member, whose text mongoexport writes in either of two ways: relaxed, as it
 * does unless told otherwise, or canonical. https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/
 */
function extended(value: JsonObject): string | undefined {
  const [[kind, inner] = ['', null], ...more] = Object.entries(value)
  if (more.length > 0) return undefined
  if (kind === '$binary') return uuidIn(inner)
  if (kind === '$date' && isJsonObject(inner)) return timeIn(inner['$numberLong'])
  return typeof inner === 'string' && plain.has(kind) ? inner : undefined
}

const plain: ReadonlySet<string> = new Set(['$date', '$oid', '$uuid', '$numberInt', '$numberLong'])

function timeIn(milliseconds: Json | undefined): string | undefined {
  if (typeof milliseconds !== 'string' || !/^-?\d{1,15}$/.test(milliseconds)) return undefined
  return new Date(Number(milliseconds)).toISOString()
}

/** Of subtype 4 alone: in the older one, each driver had an order of bytes of its own. */
function uuidIn(binary: Json): string | undefined {
  const { base64, subType } = isJsonObject(binary) ? binary : {}
  if (typeof base64 !== 'string' || subType !== '04') return undefined
  const hex = Buffer.from(base64, 'base64').toString('hex')
  return /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex)?.slice(1).join('-')
}
