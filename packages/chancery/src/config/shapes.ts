/** The shapes a setting may have: how it is read from text and what it must be. Every `parse` throws ConfigError. */
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { utf8 } from '../base/bytes.ts'
import { didYouMean } from '../base/nearest.ts'
import { Secret } from '../base/secret.ts'
import { ConfigError, shown } from './problem.ts'

export interface Shape<T> {
  /** Stands for the value in help. */
  readonly label: string
  /** How flags and variables, which are text, become the JSON a file holds. */
  readonly text: 'text' | 'integer' | 'boolean' | 'list' | 'json'
  parse(value: Json, where: string): T
}

/** A URL that may hold credentials. Only its origin is shown. */
export interface SecretUrl {
  readonly origin: string
  readonly url: Secret
}

export const text: Shape<string> = {
  label: '<text>',
  text: 'text',
  parse(value, where) {
    if (typeof value === 'string' && /^[^\p{Cc}]{1,1024}$/u.test(value)) return value
    throw problem(where, value, 'text of 1 to 1,024 characters')
  },
}

export const path: Shape<string> = { ...text, label: '<path>' }

export function integer(least: number, most: number): Shape<number> {
  return {
    label: '<number>',
    text: 'integer',
    parse(value, where) {
      if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
      throw problem(where, value, `an integer from ${least} to ${most}`)
    },
  }
}

export const boolean: Shape<boolean> = {
  label: 'true|false',
  text: 'boolean',
  parse(value, where) {
    if (typeof value === 'boolean') return value
    throw problem(where, value, 'true or false')
  },
}

/** Base units as text, or a safe integer: never a fraction. */
export const amount: Shape<bigint> = {
  label: '<amount>',
  text: 'text',
  parse(value, where) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
    if (typeof value === 'string' && /^(?:0|[1-9][0-9]{0,77})$/.test(value)) return BigInt(value)
    throw problem(where, value, 'an amount in base units, such as "20000"')
  },
}

export function oneOf<const T extends string>(...choices: readonly T[]): Shape<T> {
  return {
    label: choices.join('|'),
    text: 'text',
    parse(value, where) {
      const found = choices.find((choice) => choice === value)
      if (found !== undefined) return found
      const hint = typeof value === 'string' ? didYouMean(value, choices) : undefined
      throw problem(where, value, choices.join(', '), hint)
    },
  }
}

/** Text of one pattern; `wanted` says in words what it is. */
export function matching(pattern: RegExp, label: string, wanted: string): Shape<string> {
  return {
    label,
    text: 'text',
    parse(value, where) {
      if (typeof value === 'string' && pattern.test(value)) return value
      throw problem(where, value, wanted)
    },
  }
}

/** In flags and variables separated by commas. Entries may hold secrets, so a wrong list is not shown. */
export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return {
    label: `${item.label},…`,
    text: item.text === 'json' ? 'json' : 'list',
    parse(value, where) {
      if (!Array.isArray(value)) throw wrongKind(where, value, 'a list')
      const list = value.map((one: Json, index) => item.parse(one, `${where}[${index}]`))
      if (new Set(value.map((one: Json) => JSON.stringify(one))).size < value.length) {
        throw problem(where, 'an entry twice', 'each entry once')
      }
      return list
    },
  }
}

/** Text that may hold a password: never shown. */
export function secretMatching(pattern: RegExp, label: string, wanted: string): Shape<Secret> {
  return {
    label,
    text: 'text',
    parse(value, where) {
      if (typeof value === 'string' && pattern.test(value)) return new Secret(utf8(value))
      throw new ConfigError([{ where, wanted }])
    },
  }
}

/** http or https. Neither the value nor its path is ever shown: providers put keys there. */
export const secretUrl: Shape<SecretUrl> = {
  label: '<url>',
  text: 'text',
  parse(value, where) {
    const url = typeof value === 'string' ? URL.parse(value) : null
    if (typeof value === 'string' && url !== null && /^https?:$/.test(url.protocol)) {
      return { origin: url.origin, url: new Secret(utf8(value)) }
    }
    throw new ConfigError([{ where, wanted: 'an http or https URL' }])
  },
}

/** An object with these members and no others. */
export function closedObject(value: Json, where: string, names: readonly string[]): JsonObject {
  if (!isJsonObject(value)) throw wrongKind(where, value, `an object of ${names.join(', ')}`)
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue
    throw problem(`${where}.${name}`, name, `one of ${names.join(', ')}`, didYouMean(name, names))
  }
  return value
}

/** Says of what kind the value is: in it may be a secret. */
function wrongKind(where: string, value: Json, wanted: string): ConfigError {
  return new ConfigError([{ where, got: kindOf(value), wanted }])
}

function kindOf(value: Json): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'string' ? 'text' : `a ${typeof value}`
}

export function problem(where: string, value: Json | undefined, wanted: string, hint?: string): ConfigError {
  return new ConfigError([{ where, got: shown(value), wanted, ...(hint === undefined ? {} : { hint }) }])
}
