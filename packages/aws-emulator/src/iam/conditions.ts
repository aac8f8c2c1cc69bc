import { isObject } from '../validation.ts'
import { asList, like } from './matching.ts'

/** Condition keys of one request, in lower case (IAM compares key names without regard to case). */
export interface Context {
  get(name: string): readonly string[] | undefined
}

type Test = (wanted: string, got: string) => boolean

const equalsFolded: Test = (wanted, got) => wanted.toLowerCase() === got.toLowerCase()
const equals: Test = (wanted, got) => wanted === got
const not =
  (test: Test): Test =>
  (wanted, got) =>
    !test(wanted, got)
const numeric =
  (compare: (got: number, wanted: number) => boolean): Test =>
  (wanted, got) =>
    compare(Number(got), Number(wanted))
const date =
  (compare: (got: number, wanted: number) => boolean): Test =>
  (wanted, got) =>
    compare(Date.parse(got), Date.parse(wanted))

interface Operator {
  readonly test: Test
  /** A negated operator must hold for every value wanted, and holds when the key is absent. */
  readonly negated: boolean
}

const positive = (test: Test): Operator => ({ test, negated: false })
const negative = (test: Test): Operator => ({ test: not(test), negated: true })

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: positive(equals),
  StringNotEquals: negative(equals),
  StringEqualsIgnoreCase: positive(equalsFolded),
  StringNotEqualsIgnoreCase: negative(equalsFolded),
  StringLike: positive(like),
  StringNotLike: negative(like),
  ArnEquals: positive(like),
  ArnLike: positive(like),
  ArnNotEquals: negative(like),
  ArnNotLike: negative(like),
  Bool: positive(equalsFolded),
  NumericEquals: positive(numeric((got, wanted) => got === wanted)),
  NumericNotEquals: negative(numeric((got, wanted) => got === wanted)),
  NumericLessThan: positive(numeric((got, wanted) => got < wanted)),
  NumericLessThanEquals: positive(numeric((got, wanted) => got <= wanted)),
  NumericGreaterThan: positive(numeric((got, wanted) => got > wanted)),
  NumericGreaterThanEquals: positive(numeric((got, wanted) => got >= wanted)),
  DateLessThan: positive(date((got, wanted) => got < wanted)),
  DateGreaterThan: positive(date((got, wanted) => got > wanted)),
}

/** Whether a Condition block has the right form and no operator that would have to be guessed at. */
export function isCondition(condition: unknown): boolean {
  if (condition === undefined) return true
  if (!isObject(condition) || !Object.values(condition).every(isObject)) return false
  return Object.keys(condition).every((operator) => {
    const name = splitSet(operator)[1].replace(/IfExists$/, '')
    return name === 'Null' || Object.hasOwn(OPERATORS, name)
  })
}

/** Every operator and every key in a Condition block must hold. An operator this does not know throws. */
export function conditionsHold(condition: unknown, context: Context): boolean {
  if (condition === undefined) return true
  if (!isObject(condition)) throw new TypeError('A Condition must be an object')
  return Object.entries(condition).every(([operator, keys]) => {
    if (!isObject(keys)) throw new TypeError(`Condition ${operator} must be an object`)
    return Object.entries(keys).every(([key, wanted]) => holds(operator, key, wanted, context))
  })
}

function holds(operatorName: string, key: string, wanted: unknown, context: Context): boolean {
  const values = asList<unknown>(wanted).map(String)
  const got = context.get(key.toLowerCase())
  const [set, base] = splitSet(operatorName)
  const name = base.replace(/IfExists$/, '')
  if (name === 'Null') return values.some((one) => (one === 'true') === (got === undefined))
  const operator = OPERATORS[name]
  if (operator === undefined) throw new TypeError(`Condition operator ${operatorName} is not supported`)
  if (got === undefined || got.length === 0) {
    return operator.negated || base !== name || set === 'ForAllValues'
  }
  const one = (value: string) => matchesOne(operator, values, value)
  return set === 'ForAllValues' ? got.every(one) : got.some(one)
}

function matchesOne({ test, negated }: Operator, wanted: readonly string[], got: string): boolean {
  return negated ? wanted.every((value) => test(value, got)) : wanted.some((value) => test(value, got))
}

function splitSet(operator: string): readonly [string | undefined, string] {
  const at = operator.indexOf(':')
  return at < 0 ? [undefined, operator] : [operator.slice(0, at), operator.slice(at + 1)]
}
