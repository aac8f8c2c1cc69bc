/** JSON as values, and its canonical text: what is hashed, signed and kept in the register. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

/** Whether a value that was read as JSON is an object: neither an array nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Canonical JSON after RFC 8785 (JCS): names in UTF-16 order, no white space, strings as `JSON.stringify` writes them.
 * Only safe integers are numbers here, so the floating-point part of RFC 8785 never applies.
 * A member that is undefined is left out.
 * @throws TypeError for a number that is no safe integer, a lone surrogate, or anything JSON cannot hold.
 */
export function canonical(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return canonicalString(value)
  if (typeof value === 'number') return canonicalInteger(value)
  // Array.from also visits the holes of a sparse array, which are not JSON.
  if (Array.isArray(value)) return `[${Array.from(value, (item: Json) => canonical(item)).join(',')}]`
  if (isPlainObject(value)) return canonicalObject(value)
  throw new TypeError(`cannot write a ${typeof value} as JSON`)
}

/** A Date, a Map or bytes would come out as something else, in silence. */
function isPlainObject(value: Json): value is JsonObject {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('cannot write a string with a lone surrogate')
  return JSON.stringify(text)
}

function canonicalInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`cannot write ${value}: only safe integers are numbers`)
  return String(value)
}

function canonicalObject(object: JsonObject): string {
  let text = ''
  for (const name of Object.keys(object).toSorted()) {
    const member = object[name]
    if (member === undefined) continue
    text += `${text === '' ? '' : ','}${canonicalString(name)}:${canonical(member)}`
  }
  return `{${text}}`
}
