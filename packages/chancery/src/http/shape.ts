/** Shapes at the door: what does not have the documented one is refused, never mended (safety rule 15). */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import type { Static, TSchema } from 'typebox'
import { Refused } from '../core/errors.ts'

/** Fastify's own settings strip unknown members and turn `1e21` into text and `null` into `""`: all of that is off. */
const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  removeAdditional: false,
  coerceTypes: false,
  useDefaults: false,
  verbose: true,
  validateFormats: false,
  unicodeRegExp: true,
  ownProperties: true,
  // Words of OpenAPI that say nothing about validity.
  keywords: ['example'],
})

export type Shape<T> = (value: unknown) => T

/**
 * A reader for values of `schema`. `part` is where the value stands, for `where`: empty for the body.
 * @throws Refused `invalid-request` with where, got and wanted; `got` never shows what the schema calls `writeOnly`.
 */
export function shape<S extends TSchema>(schema: S, part: string): Shape<Static<S>> {
  const accepts = ajv.compile<Static<S>>(schema)
  return (value) => {
    if (accepts(value)) return value
    throw refusal(accepts.errors ?? [], part)
  }
}

/** Whether `value` has the shape, for tests of replies. The first fault, or undefined. */
export function faultIn(schema: TSchema, value: unknown): string | undefined {
  const accepts = ajv.compile(schema)
  return accepts(value) ? undefined : ajv.errorsText(accepts.errors)
}

function refusal(errors: readonly ErrorObject[], part: string): Refused {
  const error = mostTelling(errors)
  if (error === undefined) return new Refused('invalid-request', 'The request does not have the documented shape')
  const where = [part, pathOf(error)].filter((step) => step !== '').join('.')
  const wanted = wantedBy(error)
  const got = gotBy(error)
  const subject = where === '' ? 'The body' : where
  return new Refused('invalid-request', `${subject}: got ${got}, wanted ${wanted}`, { where, got, wanted })
}

/**
 * Of the errors of several alternatives, the one that got furthest: an alternative whose fixed members did not fit was
 * not meant. Where none got anywhere, the choice itself, if it says in words what it wants.
 */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const choice = errors.find(
    ({ keyword, parentSchema }) => alternatives.has(keyword) && describedBy(parentSchema) !== undefined,
  )
  if (choice !== undefined && errors.every(({ instancePath }) => instancePath === choice.instancePath)) {
    if (errors.every(({ keyword }) => keyword !== 'additionalProperties')) return choice
  }
  return errors.toSorted((a, b) => reach(b) - reach(a))[0]
}

const alternatives = new Set(['anyOf', 'oneOf'])

function reach(error: ErrorObject): number {
  const depth = error.instancePath.split('/').length + (memberOf(error) === undefined ? 0 : 1)
  if (error.keyword === 'const' || error.keyword === 'enum') return depth * 4
  return depth * 4 + (alternatives.has(error.keyword) ? 1 : 2)
}

/** The member an error is about that is not in its path: one too many, or one missing. */
function memberOf(error: ErrorObject): string | undefined {
  const params: Readonly<Record<string, unknown>> = error.params
  const name = params['additionalProperty'] ?? params['unevaluatedProperty'] ?? params['missingProperty']
  return typeof name === 'string' ? name : undefined
}

/** `/items/2/to` as `items[2].to`. */
function pathOf(error: ErrorObject): string {
  const member = memberOf(error)
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return [...steps, ...(member === undefined ? [] : [member])].reduce((path, step) => {
    if (/^\d+$/.test(step)) return `${path}[${step}]`
    return path === '' ? short(step) : `${path}.${short(step)}`
  }, '')
}

function wantedBy(error: ErrorObject): string {
  const params: Readonly<Record<string, unknown>> = error.params
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'no such member'
    case 'required':
      return 'this member'
    case 'enum':
      return `one of ${JSON.stringify(params['allowedValues'])}`
    case 'const':
      return JSON.stringify(params['allowedValue'])
    case 'oneOf':
    case 'anyOf':
      return describedBy(error.parentSchema) ?? 'exactly one of the documented alternatives'
    case 'pattern':
      return describedBy(error.parentSchema) ?? `text matching ${String(params['pattern'])}`
    default:
      return (error.message ?? 'another value').replace(/^must /, 'it to ')
  }
}

function describedBy(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null || !('description' in schema)) return undefined
  return typeof schema.description === 'string' ? schema.description : undefined
}

function gotBy(error: ErrorObject): string {
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') return 'an unknown member'
  if (error.keyword === 'required') return 'nothing'
  return isSecret(error.parentSchema) && typeof error.data !== 'object' ? 'a value not shown' : shown(error.data)
}

function isSecret(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'writeOnly' in schema && schema.writeOnly === true
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object') return 'an object'
  return short(JSON.stringify(value))
}

function short(text: string): string {
  return text.length <= 66 ? text : `${text.slice(0, 64)}…`
}
