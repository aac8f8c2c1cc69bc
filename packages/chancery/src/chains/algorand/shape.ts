/**
 * JSON of the right shape, as in `core/fields.ts`, but the refusals do not repeat what they got: people have sent private
 * keys and words in the place of transactions, addresses and thresholds.
 */
import { type Fields, readArray, readClosedObject } from '../../core/fields.ts'
import { invalid } from '../../core/refusals.ts'

/** @throws Refused */
export function readList(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(where, kindOf(value), 'an array')
  return readArray(value, where)
}

/** @throws Refused unless it is an object with members of these names only. */
export function readMembers(value: unknown, where: string, names: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(where, kindOf(value), 'an object')
  }
  const odd = Object.keys(value).find((name) => !/^\w{1,20}$/.test(name))
  if (odd !== undefined) throw invalid(where, `a name of ${odd.length} characters`, `one of ${names.join(', ')}`)
  return readClosedObject(value, where, names)
}

/** What it is, and no more: its type, and of text the length. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return `${value.length} characters`
  if (value === null || value === undefined) return value === null ? 'null' : 'nothing'
  if (Array.isArray(value)) return `an array of ${value.length}`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
