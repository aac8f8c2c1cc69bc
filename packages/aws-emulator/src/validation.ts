import { serialization, validation } from './errors.ts'

/** Reads one member of a request; adds AWS's sentence to `problems` when a constraint does not hold. */
export interface Field<T> {
  readonly required: boolean
  read(value: unknown, path: string, problems: string[]): T
}

export type Shape = Readonly<Record<string, Field<unknown>>>

export type Input<S extends Shape> = { readonly [K in keyof S]: S[K] extends Field<infer T> ? T : never }

interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** Reads a request body; throws AWS's ValidationException naming every member that does not fit. */
export function readInput<S extends Shape>(shape: S, body: Record<string, unknown>): Input<S> {
  const problems: string[] = []
  const input = readMembers(shape, body, '', problems)
  if (problems.length > 0) throw validation(detected(problems))
  return input
}

function detected(problems: readonly string[]): string {
  const noun = problems.length === 1 ? 'error' : 'errors'
  return `${problems.length} validation ${noun} detected: ${problems.join('; ')}`
}

function readMembers<S extends Shape>(
  shape: S,
  body: Record<string, unknown>,
  prefix: string,
  problems: string[],
): Input<S> {
  const given = new Map(Object.entries(body))
  const entries = Object.entries(shape).map(([name, field]) => {
    const value = given.get(name) ?? undefined
    const path = prefix + name.charAt(0).toLowerCase() + name.slice(1)
    if (value !== undefined) return [name, field.read(value, path, problems)]
    if (field.required) problems.push(failed(null, path, 'Member must not be null'))
    return [name, undefined]
  })
  // The fields' own types are the shape's; a member that is missing although required has made a problem, which throws.
  return Object.fromEntries(entries) as Input<S>
}

/** `value`: null when it is missing, undefined when AWS does not repeat it. */
function failed(value: string | null | undefined, path: string, constraint: string): string {
  const shown = value === undefined ? 'Value' : value === null ? 'Value null' : `Value '${value}'`
  return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`
}

function checkBounds(noun: string, measured: number, bounds: Bounds): string | undefined {
  if (bounds.min !== undefined && measured < bounds.min) {
    return `Member must have ${noun} greater than or equal to ${bounds.min}`
  }
  if (bounds.max !== undefined && measured > bounds.max) {
    return `Member must have ${noun} less than or equal to ${bounds.max}`
  }
  return undefined
}

function field<T>(read: Field<T>['read']): Field<T | undefined> {
  return { required: false, read }
}

/** The same member, but the request must bring it. */
export function required<T>(inner: Field<T | undefined>): Field<T> {
  return { ...inner, required: true } as Field<T>
}

export function text(options: Bounds & { readonly pattern?: RegExp } = {}): Field<string | undefined> {
  return field((value, path, problems) => {
    if (typeof value !== 'string') throw serialization(`${describe(value)} can not be converted to a String`)
    const length = checkBounds('length', value.length, options)
    if (length !== undefined) problems.push(failed(value, path, length))
    if (options.pattern !== undefined && !options.pattern.test(value)) {
      const pattern = options.pattern.source.replaceAll('\\/', '/')
      problems.push(failed(value, path, `Member must satisfy regular expression pattern: ${pattern}`))
    }
    return value
  })
}

export function integer(bounds: Bounds = {}): Field<number | undefined> {
  return field((value, path, problems) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      throw serialization(`${describe(value)} can not be converted to an Integer`)
    }
    const range = checkBounds('value', value, bounds)
    if (range !== undefined) problems.push(failed(String(value), path, range))
    return value
  })
}

export function flag(): Field<boolean | undefined> {
  return field((value) => {
    if (typeof value !== 'boolean') throw serialization(`${describe(value)} can not be converted to a Boolean`)
    return value
  })
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Bytes, in base64 on the wire. AWS does not repeat the bytes in its error text. */
export function blob(bounds: Bounds = {}): Field<Buffer | undefined> {
  return field((value, path, problems) => {
    if (typeof value !== 'string' || !BASE64.test(value)) {
      throw serialization(`${describe(value)} can not be converted to a Blob`)
    }
    const bytes = Buffer.from(value, 'base64')
    const length = checkBounds('length', bytes.length, bounds)
    if (length !== undefined) problems.push(failed(undefined, path, length))
    return bytes
  })
}

export function oneOf<const T extends string>(values: readonly T[]): Field<T | undefined> {
  const allowed = (value: unknown): value is T => values.some((one) => one === value)
  return field((value, path, problems) => {
    if (typeof value !== 'string') throw serialization(`${describe(value)} can not be converted to a String`)
    if (allowed(value)) return value
    problems.push(failed(value, path, `Member must satisfy enum value set: [${values.join(', ')}]`))
    return undefined
  })
}

/** Epoch seconds as a JSON number; read as milliseconds. */
export function timestamp(): Field<number | undefined> {
  return field((value) => {
    if (typeof value !== 'number') throw serialization(`${describe(value)} can not be converted to a Timestamp`)
    return Math.round(value * 1000)
  })
}

export function list<T>(inner: Field<T | undefined>, bounds: Bounds = {}): Field<T[] | undefined> {
  return field((value, path, problems) => {
    if (!Array.isArray(value)) throw serialization(`${describe(value)} can not be converted to a List`)
    const length = checkBounds('length', value.length, bounds)
    if (length !== undefined) problems.push(failed(`[${value.map(String).join(', ')}]`, path, length))
    const read = value.map((one: unknown, index) => inner.read(one, `${path}.${index + 1}.member`, problems))
    return read.filter((one) => one !== undefined)
  })
}

export function structure<S extends Shape>(shape: S): Field<Input<S> | undefined> {
  return field((value, path, problems) => {
    if (!isObject(value)) throw serialization(`${describe(value)} can not be converted to a Structure`)
    return readMembers(shape, value, `${path}.`, problems)
  })
}

/** A map of strings, such as an encryption context. */
export function stringMap(): Field<Record<string, string> | undefined> {
  return field((value) => {
    if (!isObject(value)) throw serialization(`${describe(value)} can not be converted to a Map`)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, stringValue(one)]))
  })
}

function stringValue(value: unknown): string {
  if (typeof value !== 'string') throw serialization(`${describe(value)} can not be converted to a String`)
  return value
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const JSON_TYPES: Readonly<Record<string, string>> = {
  number: 'NUMBER_VALUE',
  string: 'STRING_VALUE',
  boolean: 'BOOLEAN_VALUE',
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'START_ARRAY'
  return JSON_TYPES[typeof value] ?? 'START_OBJECT'
}
