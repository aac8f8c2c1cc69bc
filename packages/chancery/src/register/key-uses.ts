/** Reads the uses of keys out of an export of the register, line by line. Whether the export is whole is for `verify`. */
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { Refused } from '../core/errors.ts'
import type {
  KeyUses,
  RegisteredAttempt,
  RegisteredChange,
  RegisteredKey,
  RegisteredRequests,
} from '../core/key-uses.ts'
import type { AttemptId, KeyId } from '../core/names.ts'

interface Outcome {
  readonly hashes: readonly string[]
  readonly evidence: readonly string[]
  readonly failed: boolean
}

interface Reading {
  readonly keys: Map<string, RegisteredKey>
  readonly attempts: { readonly id: AttemptId; readonly key: KeyId; readonly time: number; readonly proof: boolean }[]
  readonly outcomes: Map<string, Outcome[]>
  readonly changes: RegisteredChange[]
  readonly requests: RegisteredRequests[]
  readonly starts: number[]
  until: number
}

/** @throws Refused `invalid-payload` for a line that is no JSON object, and for what is no export at all */
export async function readKeyUses(lines: AsyncIterable<string>): Promise<KeyUses> {
  const reading: Reading = {
    keys: new Map(),
    attempts: [],
    outcomes: new Map(),
    changes: [],
    requests: [],
    starts: [],
    until: 0,
  }
  let number = 0
  for await (const text of lines) {
    number += 1
    const line = parse(text, number)
    if (number === 1 && line['export'] !== 'chancery register') throw notAnExport(number)
    readSegment(reading, line, number)
  }
  if (number === 0) throw notAnExport(number)
  return usesIn(reading)
}

function notAnExport(number: number): Refused {
  return new Refused('invalid-payload', `Line ${number} is no line of a register export`, { where: `line ${number}` })
}

function parse(text: string, number: number): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Said below, with the number of the line.
  }
  throw notAnExport(number)
}

function readSegment(reading: Reading, { segment, entries }: JsonObject, number: number): void {
  if (!isJsonObject(segment)) return
  const { time } = segment
  if (typeof time === 'number' && time > reading.until) reading.until = time
  for (const entry of listOf(entries)) {
    if (!isJsonObject(entry) || typeof entry['body'] !== 'string') throw notAnExport(number)
    readBody(reading, parse(entry['body'], number))
  }
}

function readBody(reading: Reading, body: JsonObject): void {
  if (body['kind'] === 'attempt') readAttempt(reading, body)
  else if (body['kind'] === 'outcome') readOutcome(reading, body)
  else if (body['kind'] === 'outcomes') readOutcomes(reading, body)
  else if (body['kind'] === 'change') readChange(reading, body)
  else if (body['kind'] === 'notice') readNotice(reading, body)
  else if (body['kind'] === 'stream') reading.starts.push(timeOf(body['startedAt']))
}

function readAttempt({ attempts }: Reading, { id, key, keys, time, operation }: JsonObject): void {
  if (!isAttemptId(id)) return
  for (const one of [key, ...listOf(keys)].filter(isKeyId)) {
    attempts.push({ id, key: one, time: timeOf(time), proof: operation === 'prove' })
  }
}

function readOutcome({ outcomes }: Reading, { attempt, signatures, evidence, error }: JsonObject): void {
  if (!isAttemptId(attempt)) return
  const hashes = listOf(signatures).flatMap((one) => (isJsonObject(one) ? textsIn([one['hash']]) : []))
  const all = outcomes.get(attempt) ?? []
  all.push({ hashes, evidence: textsIn(listOf(evidence)), failed: error !== undefined })
  outcomes.set(attempt, all)
}

function readOutcomes({ outcomes }: Reading, { made }: JsonObject): void {
  for (const one of listOf(made)) {
    if (!isJsonObject(one) || !isAttemptId(one['attempt'])) continue
    const all = outcomes.get(one['attempt']) ?? []
    all.push({ hashes: textsIn(listOf(one['hashes'])), evidence: [], failed: false })
    outcomes.set(one['attempt'], all)
  }
}

function readChange({ changes, keys }: Reading, { action, about, time }: JsonObject): void {
  const { key, backend, where } = isJsonObject(about) ? about : {}
  if (!isKeyId(key) || typeof action !== 'string') return
  changes.push({ key, action, time: timeOf(time) })
  if (typeof backend === 'string') keys.set(key, { id: key, backend, where: namesIn(where) })
}

function readNotice({ requests }: Reading, { what, key, action, time, evidence }: JsonObject): void {
  if (what !== 'requests' || !isKeyId(key) || typeof action !== 'string') return
  requests.push({ key, action, time: timeOf(time), evidence: textsIn(listOf(evidence)) })
}

function usesIn({ keys, attempts, outcomes, changes, requests, starts, until }: Reading): KeyUses {
  // A payload signed once is answered with the signature that was kept, which takes no key: one request made them all.
  const explained = new Set([...outcomes.values()].flat().flatMap((one) => (one.evidence.length > 0 ? one.hashes : [])))
  return {
    keys: [...keys.values()],
    attempts: attempts.map(({ id, key, time, proof }): RegisteredAttempt => {
      const ended = (outcomes.get(id) ?? []).filter(({ failed }) => !failed)
      const evidence = [...new Set(ended.flatMap((one) => one.evidence))]
      const fresh = ended.some(({ hashes }) => hashes.some((hash) => !explained.has(hash)))
      const used = evidence.length > 0 || fresh || (proof && ended.length > 0)
      return { id, key, time, evidence, end: used ? 'used' : ended.length > 0 ? 'answered' : 'open' }
    }),
    changes,
    requests,
    starts,
    until,
  }
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}

function textsIn(values: readonly (Json | undefined)[]): string[] {
  return values.filter((value) => typeof value === 'string')
}

function namesIn(where: Json | undefined): Readonly<Record<string, string>> {
  const named = Object.entries(isJsonObject(where) ? where : {})
  return Object.fromEntries(named.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
}

function timeOf(value: Json | undefined): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN
}

function isAttemptId(value: Json | undefined): value is AttemptId {
  return typeof value === 'string' && value.startsWith('att_')
}

function isKeyId(value: Json | undefined): value is KeyId {
  return typeof value === 'string' && value.startsWith('key_')
}

/** `Array.isArray` makes any[] of a read-only list. */
function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
