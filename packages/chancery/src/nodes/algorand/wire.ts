/** JSON as algod writes it: all numbers are uint64, and many pass 2^53. Read as bigint, exactly, or not at all. */
import { mostUint64, parseUint64 } from '../../base/uint64.ts'
import { Failed } from '../../core/errors.ts'
import { cleaned } from '../../endpoints/http.ts'

export type Wire = null | boolean | bigint | string | readonly Wire[] | WireObject
export interface WireObject {
  readonly [name: string]: Wire
}

/** @throws Error for what is not JSON, or holds a number that is no uint64 in its one form */
export function readWire(text: string): Wire {
  // The third argument is ECMAScript's JSON.parse source text access: the digits as they stood there.
  const value: unknown = JSON.parse(text, (_name: string, one: unknown, ...context: readonly unknown[]) =>
    typeof one === 'number' ? uint64Of(sourceOf(context[0])) : one,
  )
  if (isWire(value)) return value
  throw new Error('not JSON')
}

function sourceOf(context: unknown): string {
  if (typeof context !== 'object' || context === null || !('source' in context)) return ''
  return typeof context.source === 'string' ? context.source : ''
}

function uint64Of(digits: string): bigint {
  const value = parseUint64(digits)
  if (value !== undefined) return value
  throw new Error(`${digits.slice(0, 40)} is no uint64`)
}

/** What `JSON.parse` makes holds nothing else once its numbers are bigint. */
function isWire(value: unknown): value is Wire {
  return value === null || ['boolean', 'bigint', 'string', 'object'].includes(typeof value)
}

function isWireObject(value: Wire | undefined): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function member(value: Wire | undefined, name: string): Wire | undefined {
  return isWireObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** An absent list is an empty one: algod leaves empty ones out. @throws Failed `node-refused` */
export function list(value: Wire | undefined, what: string): readonly Wire[] {
  if (value === undefined || value === null) return []
  if (isWireList(value)) return value
  throw unbelievable(what, value, 'a list')
}

function isWireList(value: Wire): value is readonly Wire[] {
  return Array.isArray(value)
}

/** @throws Failed `node-refused` when it is no number, or larger than `most` */
export function amount(value: Wire | undefined, what: string, most = mostUint64): bigint {
  if (typeof value === 'bigint' && value <= most) return value
  throw unbelievable(what, value, `0 to ${most}`)
}

/** @throws Failed `node-refused` when it is no text of that pattern */
export function text(value: Wire | undefined, what: string, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value
  throw unbelievable(what, value, pattern.source)
}

export function unbelievable(what: string, got: Wire | undefined, wanted: string): Failed {
  return new Failed('node-refused', `The node's ${what} is not believable`, {
    particulars: { got: cleaned(shown(got)), wanted },
  })
}

function shown(value: Wire | undefined): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return String(value).slice(0, 80)
}

/** No chain of rounds of three seconds gets there before the year 20,000,000; an answer beyond it is a lie. */
export const mostRounds = 1n << 48n
