/** Shapes at the door: what does not have the documented one is refused, never mended (safety rule 15). */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Static, TSchema } from 'typebox'
import { concealWords } from '../base/concealed.ts'
import { didYouMean } from '../base/nearest.ts'
import { Refused } from '../core/errors.ts'
import { wantedWords } from './wanted.ts'

/** Fastify's own settings strip unknown members and turn `1e21` into text and `null` into `""`: all of that is off. */
const settings = {
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
} as const

const ajv = new Ajv2020({ ...settings, keywords: [...settings.keywords] })
/** Says everything that is wrong: dear for large values, so only where one fault among alternatives must be found. */
const thorough = new Ajv2020({ ...settings, keywords: [...settings.keywords], allErrors: true })

export type Shape<T> = (value: unknown) => T

/**
 * A reader for values of `schema`. `part` is where the value stands, for `where`: empty for the body. A schema is compiled
 * when its first value comes: those of all routes together took two fifths of a start.
 * @throws Refused `invalid-request` with where, got and wanted; `got` never shows what the schema calls `writeOnly`.
 */
export function shape<S extends TSchema>(schema: S, part: string): Shape<Static<S>> {
  return (value) => {
    const accepts = compiled<Static<S>>(ajv, schema)
    if (accepts(value)) return value
    const errors = accepts.errors ?? []
    throw refusal(errors.some(isChoice) ? allErrors(schema, value) : errors, part)
  }
}

/**
 * Ajv keeps what it compiled, by the identity of the schema; it also keeps one that it finds wrong, and compiles it without a
 * word when it is asked again.
 */
function compiled<T>(by: Ajv2020, schema: TSchema): ValidateFunction<T> {
  try {
    return by.compile<T>(schema)
  } catch (error) {
    by.removeSchema(schema)
    throw error
  }
}

/** Whether `value` has the shape, for tests of replies. The first fault, or undefined. */
export function faultIn(schema: TSchema, value: unknown): string | undefined {
  const accepts = compiled(ajv, schema)
  return accepts(value) ? undefined : ajv.errorsText(accepts.errors)
}

function refusal(errors: readonly ErrorObject[], part: string): Refused {
  const error = mostTelling(errors)
  if (error === undefined) return new Refused('invalid-request', 'The request does not have the documented shape')
  const where = [part, pathOf(error)].filter((step) => step !== '').join('.')
  const wanted = wantedBy(error)
  const got = gotBy(error)
  const subject = where === '' ? 'The body' : where
  const hint = suggestionFor(error)
  const particulars = { where, got, wanted, ...(hint === undefined ? {} : { hint }) }
  return new Refused('invalid-request', `${subject}: got ${got}, wanted ${wanted}`, particulars)
}

/** The right name for a member that is nearly one. */
function suggestionFor(error: ErrorObject): string | undefined {
  const member = memberOf(error)
  if (member === undefined || error.keyword === 'required') return undefined
  return didYouMean(member.slice(0, 64), propertiesOf(error.parentSchema))
}

function allErrors(schema: TSchema, value: unknown): readonly ErrorObject[] {
  const accepts = compiled(thorough, schema)
  accepts(value)
  return accepts.errors ?? []
}

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf'
}

/**
 * The error to show. Of alternatives, the one with the least wrong was meant; where none was nearer, the choice itself is
 * shown.
 */
function mostTelling(errors: readonly ErrorObject[]): ErrorObject | undefined {
  const [choice] = errors.filter(isChoice).toSorted((a, b) => a.schemaPath.length - b.schemaPath.length)
  if (choice === undefined) return errors[0]
  const outside = errors.find((error) => error !== choice && !error.schemaPath.startsWith(`${choice.schemaPath}/`))
  if (outside !== undefined) return outside
  const inside = errors.filter((error) => error !== choice)
  const [least = [], second = []] = [...Map.groupBy(inside, (error) => branchOf(choice, error)).values()].toSorted(
    (a, b) => wrongness(a) - wrongness(b),
  )
  const undecided = wrongness(least) === wrongness(second)
  return isAmbiguous(choice) || undecided || least.length === 0 ? choice : mostTelling(least)
}

/** The number of the alternative an error belongs to. */
function branchOf(choice: ErrorObject, error: ErrorObject): string {
  return error.schemaPath.slice(choice.schemaPath.length + 1).split('/')[0] ?? ''
}

/** A fixed member that does not fit, or one that is not known, says more about what was meant than one that is missing. */
function wrongness(errors: readonly ErrorObject[]): number {
  const weights: Readonly<Record<string, number>> = { const: 10, enum: 10, additionalProperties: 5 }
  return errors.reduce((sum, { keyword }) => sum + (weights[keyword] ?? 1), 0)
}

/** More than one alternative fits. */
function isAmbiguous({ params }: ErrorObject): boolean {
  const passing: unknown = Reflect.get(params, 'passingSchemas')
  return passing !== undefined && passing !== null
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
    const name = short(concealWords(step))
    return path === '' ? name : `${path}.${name}`
  }, '')
}

function propertiesOf(schema: unknown): string[] {
  return Object.keys(membersOf(schema))
}

function propertyOf(schema: unknown, name = ''): unknown {
  return Reflect.get(membersOf(schema), name)
}

function membersOf(schema: unknown): object {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return {}
  return typeof schema.properties === 'object' && schema.properties !== null ? schema.properties : {}
}

function wantedBy(error: ErrorObject): string {
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'no such member'
    case 'required':
      return missingWords(error)
    case 'uniqueItems':
      return 'each of them once'
    case 'minProperties':
    case 'maxProperties':
      return (error.message ?? 'another value').replace(/^must /, 'it to ')
    default:
      return wantedWords(error.parentSchema)
  }
}

/** What is missing is told with what it would be, where its schema says that in words. */
function missingWords(error: ErrorObject): string {
  const words = wantedWords(propertyOf(error.parentSchema, memberOf(error)))
  return words === 'another value' ? 'this member' : `this member: ${words}`
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
  return short(concealWords(JSON.stringify(value)))
}

function short(text: string): string {
  return text.length <= 66 ? text : `${text.slice(0, 64)}…`
}
