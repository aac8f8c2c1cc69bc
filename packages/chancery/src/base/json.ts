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
  const ordered = inOrder(value)
  return ordered === outOfPlace ? written(value) : JSON.stringify(ordered)
}

/** Some name is one that an object would list elsewhere than where it was put: such as `9`, before all that are no numbers. */
const outOfPlace = Symbol('out of place')

/** The same value with the names of its objects in order, so that `JSON.stringify`, which is fast, writes them so. */
function inOrder(value: Json): unknown {
  if (typeof value === 'string') return wellFormed(value)
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return safeInteger(value)
  if (Array.isArray(value)) return arrayInOrder(value)
  if (isPlainObject(value)) return objectInOrder(value)
  throw new TypeError(`cannot write a ${typeof value} as JSON`)
}

/** Array.from also visits the holes of a sparse array, which are not JSON. */
function arrayInOrder(array: readonly Json[]): unknown {
  const items = Array.from(array, inOrder)
  return items.includes(outOfPlace) ? outOfPlace : items
}

function objectInOrder(object: JsonObject): unknown {
  const ordered: Record<string, unknown> = {}
  for (const name of sorted(Object.keys(object))) {
    const member = object[wellFormed(name)]
    if (member === undefined) continue
    const value = keepsItsPlace(name) ? inOrder(member) : outOfPlace
    if (value === outOfPlace) return outOfPlace
    ordered[name] = value
  }
  return ordered
}

function keepsItsPlace(name: string): boolean {
  const first = name.charCodeAt(0)
  return (first < 48 || first > 57) && name !== '__proto__'
}

/** In place. Most of our objects are written down in order. */
function sorted(names: string[]): readonly string[] {
  for (let i = 1; i < names.length; i++) if ((names[i - 1] ?? '') > (names[i] ?? '')) return names.sort()
  return names
}

/** A Date, a Map or bytes would come out as something else, in silence. */
function isPlainObject(value: Json): value is JsonObject {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('cannot write a string with a lone surrogate')
  return text
}

function safeInteger(value: number): number {
  if (!Number.isSafeInteger(value)) throw new TypeError(`cannot write ${value}: only safe integers are numbers`)
  return value
}

/** Name by name, for what `JSON.stringify` would put in another order. */
function written(value: Json): string {
  if (Array.isArray(value)) return `[${Array.from(value, (item: Json) => canonical(item)).join(',')}]`
  if (!isPlainObject(value)) return canonical(value)
  const members = Object.keys(value)
    .toSorted()
    .flatMap((name) => {
      const member = value[wellFormed(name)]
      return member === undefined ? [] : [`${JSON.stringify(name)}:${canonical(member)}`]
    })
  return `{${members.join(',')}}`
}
