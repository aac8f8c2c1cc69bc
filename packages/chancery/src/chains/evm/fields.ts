/** Strict reading of JSON values: an unknown field is refused, a wrong type is never converted. */
import { fromHex, isHex } from '../../base/bytes.ts'
import { invalid, refusal } from './refusals.ts'

export type Fields = Readonly<Record<string, unknown>>

/** @throws Refused unless `value` is an object. Its fields are its own; one that is undefined counts as absent. */
export function readObject(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(where, value, 'an object')
  return Object.assign(Object.create(null) as object, value) as Fields
}

/** @throws Refused when `fields` has a member that is not named. */
export function readClosedObject(value: unknown, where: string, names: readonly string[]): Fields {
  const fields = readObject(value, where)
  const stranger = Object.keys(fields).find((name) => !names.includes(name))
  if (stranger === undefined) return fields
  const wanted = `one of ${names.join(', ')}`
  throw refusal('invalid-payload', `${where} has no field of this name`, `${where}.${stranger}`, stranger, wanted)
}

export function readArray(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(where, value, 'an array')
  return value
}

export function readString(value: unknown, where: string): string {
  if (typeof value !== 'string') throw invalid(where, value, 'a string')
  // A lone surrogate has no UTF-8 form, so what is signed would differ from what was sent.
  if (!value.isWellFormed()) throw invalid(where, value, 'well-formed Unicode')
  return value
}

/** Bytes as `0x` hex, in either case; of `size` bytes where a size is given. */
export function readBytes(value: unknown, where: string, size?: number): Uint8Array {
  if (isHex(value, size)) return fromHex(value)
  throw invalid(where, value, size === undefined ? '0x and whole bytes in hex' : `0x and ${size * 2} hex digits`)
}

const decimal = /^(?:0|[1-9][0-9]{0,77})$/
const hexQuantity = /^0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/

/**
 * A whole number below 2^bits: decimal text, a JSON-RPC quantity (`0x` and no leading zeros), or a safe integer.
 * https://ethereum.org/en/developers/docs/apis/json-rpc/#quantities-encoding
 */
export function readQuantity(value: unknown, where: string, bits: number): bigint {
  const number = quantityOf(value)
  if (number === undefined) throw invalid(where, value, 'a whole number as decimal text, 0x quantity or safe integer')
  if (number >= 1n << BigInt(bits)) throw invalid(where, value, `below 2^${bits}`)
  return number
}

/** A whole number from -2^(bits-1) to 2^(bits-1)-1; negative ones as decimal text or safe integer. @throws Refused */
export function readInteger(value: unknown, where: string, bits: number): bigint {
  const negative = typeof value === 'number' ? value < 0 : typeof value === 'string' && value.startsWith('-')
  const number = negative ? negated(value) : quantityOf(value)
  if (number === undefined) throw invalid(where, value, 'a whole number as decimal text, 0x quantity or safe integer')
  if (BigInt.asIntN(bits, number) !== number) throw invalid(where, value, `within ${bits} bits and a sign`)
  return number
}

/** There is no second zero, and no sign before a hex quantity. */
function negated(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^-[1-9][0-9]{0,77}$/.test(value) ? BigInt(value) : undefined
}

function quantityOf(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  return decimal.test(value) || hexQuantity.test(value) ? BigInt(value) : undefined
}
