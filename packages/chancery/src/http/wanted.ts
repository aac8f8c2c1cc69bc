/** What a schema wants, in words, for refusals. */

/** A schema as far as it is looked at here. */
type Schema = Readonly<Record<string, unknown>>

export function wantedWords(schema: unknown): string {
  if (!isSchema(schema)) return 'another value'
  return listOf(schema) ?? nounOf(schema) ?? choiceOf(schema) ?? wordsOfType(schema)
}

/**
 * A description may say what the value is ("a CAIP-2 id such as eip155:1"), and then what holds of it after a semicolon.
 * One that begins with a capital is a sentence about the member ("In wei; 0 when left out"), and wanted of nobody.
 */
function nounOf({ description, pattern, anyOf, oneOf }: Schema): string | undefined {
  if (typeof description !== 'string' || /^\p{Lu}/u.test(description)) return undefined
  // What is plain from the type is said by the type: there the description tells what the member is for.
  if ((pattern ?? anyOf ?? oneOf) === undefined) return undefined
  return description.split(';')[0]
}

function listOf({ enum: words, const: one }: Schema): string | undefined {
  if (words !== undefined) return `one of ${JSON.stringify(words)}`
  return one === undefined ? undefined : JSON.stringify(one)
}

function choiceOf({ anyOf, oneOf }: Schema): string | undefined {
  const choices = anyOf ?? oneOf
  return Array.isArray(choices) ? [...new Set(choices.map(wantedWords))].join(' or ') : undefined
}

function wordsOfType(schema: Schema): string {
  const { pattern, required } = schema
  const type = schema['type'] ?? (required === undefined ? 'any' : 'object')
  switch (type) {
    case 'string':
      return typeof pattern === 'string' ? `text matching ${pattern}` : `a string${lengthOf(schema)}`
    case 'integer':
      return `a whole number${rangeOf(schema)}`
    case 'number':
      return `a number${rangeOf(schema)}`
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'null'
    case 'array':
      return `an array${between(schema['minItems'], schema['maxItems'])}`
    case 'object':
      return Array.isArray(required) && required.length > 0 ? `an object with ${required.join(', ')}` : 'an object'
    default:
      return 'another value'
  }
}

function rangeOf({ minimum, maximum }: Schema): string {
  if (typeof minimum === 'number' && typeof maximum === 'number') return ` from ${minimum} to ${maximum}`
  return between(minimum, maximum)
}

function lengthOf({ minLength, maxLength }: Schema): string {
  const words = between(minLength, maxLength)
  return words === '' ? '' : `${words} character${words.endsWith(' 1') ? '' : 's'}`
}

function between(least: unknown, most: unknown): string {
  const [from, to] = [least, most].map((bound) => (typeof bound === 'number' ? bound : undefined))
  if (from !== undefined && to !== undefined) return ` of ${from} to ${to}`
  if (from !== undefined) return ` of at least ${from}`
  return to === undefined ? '' : ` of at most ${to}`
}

function isSchema(schema: unknown): schema is Schema {
  return typeof schema === 'object' && schema !== null
}
