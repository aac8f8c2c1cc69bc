/** Strict reading of JSON values: an unknown field is refused, a wrong type is never converted. */
import { fromHex, isHex } from '../base/bytes.ts'
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
