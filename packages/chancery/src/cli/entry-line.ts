/** An entry of the register as one line for people. The whole of it is in `--json`. */
import type { RegisterEntry } from '@chancery/client'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'

/** What of an entry is worth a place in its line, in this order. */
const telling = ['action', 'operation', 'network', 'id', 'attempt', 'code', 'error', 'state', 'nonce', 'hash', 'reason']
const longest = 160

/** Time, place, kind, who, which key (`-` where the entry names none), and what it says in short. */
export function entryLine({ time, stream, seq, index, body }: RegisterEntry): string {
  const said = bodyOf(body)
  const about = objectIn(said, 'about') ?? objectIn(said, 'summary') ?? {}
  const { kind, actor = said['client'], key = about['key'] } = said
  const names = [kind, actor, key].map((value) => (value === undefined ? '-' : wordOf(value)))
  return [time, `${stream}/${seq}/${index}`, ...names, cut(detailsOf(said, about))].join('  ')
}

/** @throws Error when it is no JSON object: the service hands out what it wrote itself */
export function bodyOf(text: string): JsonObject {
  const body: unknown = JSON.parse(text)
  if (isJsonObject(body)) return body
  throw new Error('An entry of the register is no JSON object')
}

function detailsOf(body: JsonObject, about: JsonObject): string {
  const members = telling.flatMap((name) => (body[name] === undefined ? [] : [wordOf(body[name])]))
  const made = Array.isArray(body['signatures']) ? ['signed'] : []
  return [...members, ...made, ...failedChecks(body['checks']), ...pairsOf(about)].join(' ')
}

/** Where a transaction goes and with how much comes first: the end may be cut off. */
function pairsOf({ key: _shown, to, value, ...rest }: JsonObject): readonly string[] {
  return Object.entries({ to, value, ...rest }).flatMap(([name, member]) =>
    member === undefined || member === null ? [] : [`${name}=${wordOf(member)}`],
  )
}

function failedChecks(checks: Json | undefined): readonly string[] {
  if (!Array.isArray(checks)) return []
  return checks
    .filter(isJsonObject)
    .filter(({ ok }) => ok === false)
    .map(({ name = '', got = '' }) => `${wordOf(name)}: got ${wordOf(got)};`)
}

function objectIn(body: JsonObject, name: string): JsonObject | undefined {
  return isJsonObject(body[name]) ? body[name] : undefined
}

function wordOf(value: Json): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Others chose some of these words: nothing in them moves the cursor, or turns the line around. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
