/** JSON as values, and its canonical text: what is hashed, signed and kept in the register. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

/**
 * Canonical JSON after RFC 8785 (JCS): names in UTF-16 order, no white space, strings as `JSON.stringify` writes them.
 * Only safe integers are numbers here, so the floating-point part of RFC 8785 never applies.
 * @throws TypeError for a number that is no safe integer, a lone surrogate, or anything JSON cannot hold.
 */
export function canonical(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return canonicalString(value)
  if (typeof value === 'number') return canonicalInteger(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object') return canonicalObject(value as JsonObject)
  throw new TypeError(`cannot write a ${typeof value} as JSON`)
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
  const members = Object.keys(object)
    .toSorted()
    .filter((name) => object[name] !== undefined)
    .map((name) => `${canonicalString(name)}:${canonical(object[name] as Json)}`)
  return `{${members.join(',')}}`
}
