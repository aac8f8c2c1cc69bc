/**
 * JSON as bitcoind and Esplora write it: amounts and fees are decimal fractions, which no double holds exactly. Numbers are
 * kept as the digits that stood there.
 */
import type { OutPoint } from '../../core/coins.ts'
import { Failed } from '../../core/errors.ts'
import { cleaned } from '../../endpoints/http.ts'

/** A number's own text. */
export class Numeral {
  constructor(digits: string) {
    this.digits = digits
  }

  readonly digits: string
}

export type Wire = null | boolean | string | Numeral | readonly Wire[] | WireObject
export interface WireObject {
  readonly [name: string]: Wire
}

/** @throws Error for what is not JSON */
export function readWire(text: string): Wire {
  // The third argument is ECMAScript's JSON.parse source text access: the digits as they stood there.
  const value: unknown = JSON.parse(text, (_name: string, one: unknown, ...context: readonly unknown[]) =>
    typeof one === 'number' ? new Numeral(sourceOf(context[0])) : one,
  )
  if (isWire(value)) return value
  throw new Error('not JSON')
}

function sourceOf(context: unknown): string {
  if (typeof context !== 'object' || context === null || !('source' in context)) return ''
  return typeof context.source === 'string' ? context.source : ''
}

/** What `JSON.parse` makes holds nothing else once its numbers are kept as digits. */
function isWire(value: unknown): value is Wire {
  return value === null || ['boolean', 'string', 'object'].includes(typeof value)
}

export function isWireObject(value: Wire | undefined): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Numeral)
}

export function isWireList(value: Wire | undefined): value is readonly Wire[] {
  return Array.isArray(value)
}

export function member(value: Wire | undefined, name: string): Wire | undefined {
  return isWireObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** @throws Failed `node-refused` */
export function list(value: Wire | undefined, what: string): readonly Wire[] {
  if (isWireList(value)) return value
  throw unbelievable(what, value, 'a list')
}

/** No chain of blocks of a minute gets there before the year 500,000,000; a height beyond it is a lie. */
export const mostBlocks = 1n << 48n

/** A whole number from 0 to `most`. @throws Failed `node-refused` */
export function whole(value: Wire | undefined, what: string, most = mostBlocks): bigint {
  const digits = value instanceof Numeral ? value.digits : ''
  if (/^(?:0|[1-9][0-9]{0,18})$/.test(digits) && BigInt(digits) <= most) return BigInt(digits)
  throw unbelievable(what, value, `0 to ${most}`)
}

/** A transaction has no more outputs than fit into a block. @throws Failed `node-refused` */
function index(value: Wire | undefined): number {
  return Number(whole(value, 'output index', 1n << 32n))
}

/** A hash as people read it: 64 lower-case hex digits. @throws Failed `node-refused` */
export function hash(value: Wire | undefined, what: string): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value
  throw unbelievable(what, value, '64 hex digits')
}

/** Where an output stands, as every listing of coins says it. @throws Failed `node-refused` */
export function outPoint(value: Wire | undefined): OutPoint {
  return { txid: hash(member(value, 'txid'), 'txid'), index: index(member(value, 'vout')) }
}

/** Undefined for what is not whole bytes in hex. */
export function bytesIn(value: Wire | undefined): Uint8Array | undefined {
  if (typeof value !== 'string' || !/^(?:[0-9a-f]{2})+$/i.test(value)) return undefined
  return Uint8Array.from(Buffer.from(value, 'hex'))
}

/**
 * A decimal number, with an exponent or without, times 10^`places`, rounded up. Undefined for a negative one.
 * @throws Failed `node-refused` when it is no number, or larger than `most`
 */
export function scaled(value: Wire | undefined, places: number, what: string, most: bigint): bigint | undefined {
  const digits = value instanceof Numeral ? value.digits : ''
  const parts = /^(-?)([0-9]{1,20})(?:\.([0-9]{1,40}))?(?:[eE]([+-]?[0-9]{1,2}))?$/.exec(digits)
  if (parts === null) throw unbelievable(what, value, 'a decimal number')
  const [, sign, before = '', after = '', exponent = '0'] = parts
  if (sign === '-') return undefined
  const result = shifted(BigInt(before + after), places + Number(exponent) - after.length)
  if (result > most) throw unbelievable(what, value, `at most ${most} after ${places} places`)
  return result
}

function shifted(value: bigint, places: number): bigint {
  if (places >= 0) return value * 10n ** BigInt(places)
  const divisor = 10n ** BigInt(-places)
  return (value + divisor - 1n) / divisor
}

export function unbelievable(what: string, got: Wire | undefined, wanted: string): Failed {
  return new Failed('node-refused', `The node's ${what} is not believable`, {
    particulars: { got: cleaned(shown(got)), wanted },
  })
}

function shown(value: Wire | undefined): string {
  if (value === undefined) return 'nothing'
  if (value instanceof Numeral) return value.digits.slice(0, 80)
  if (typeof value === 'object' && value !== null) return isWireList(value) ? 'a list' : 'an object'
  return String(value).slice(0, 80)
}
