/** What was given where, before it is judged. Flags go before the environment, before `.env`, before the file. */
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { didYouMean } from '../base/nearest.ts'
import { JsonRefusal, parseJson } from '../base/strict-json.ts'
import { ConfigError, shown, type Problem } from './problem.ts'
import { allSettings, flagOf, isFileSetting, variableOf, type Setting } from './settings.ts'
import type { Shape } from './shapes.ts'

export type Environment = Readonly<Record<string, string | undefined>>
/** By name without dashes, as on the command line: `data-dir`. */
export type Flags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

export interface Given {
  readonly where: string
  readonly value: Json
}

export interface Sources {
  readonly flags: Flags
  readonly env: Environment
  readonly dotEnv: Environment
  readonly file: { readonly name: string; readonly values: ReadonlyMap<string, Json> }
}

/** The value that counts, or undefined. @throws ConfigError when text is not what the setting's shape is written as. */
export function given(setting: Setting, { flags, env, dotEnv, file }: Sources): Given | undefined {
  const flag = flags[flagOf(setting)]
  if (flag !== undefined) return fromFlag(setting.shape, flag, `--${flagOf(setting)}`)
  const variable = fromVariables(setting, env, '') ?? fromVariables(setting, dotEnv, '.env: ')
  if (variable !== undefined) return variable
  const value = file.values.get(setting.name)
  return value === undefined ? undefined : { where: `${file.name}: ${setting.name}`, value }
}

/** An empty variable is one that was not set. */
function fromVariables(setting: Setting, env: Environment, prefix: string): Given | undefined {
  const names = [variableOf(setting), ...setting.alsoVariables]
  const name = names.find((one) => (env[one] ?? '') !== '')
  if (name === undefined) return undefined
  const where = `${prefix}${name}`
  return { where, value: fromText(setting.shape, env[name] ?? '', where) }
}

function fromFlag(shape: Shape<unknown>, flag: string | readonly string[] | boolean, where: string): Given {
  if (typeof flag === 'boolean') return { where, value: flag }
  if (typeof flag === 'string') return { where, value: fromText(shape, flag, where) }
  return { where, value: flag.flatMap((one) => fromText(shape, one, where)) }
}

function fromText(shape: Shape<unknown>, text: string, where: string): Json {
  switch (shape.text) {
    case 'text':
      return text
    case 'integer':
      return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : text
    case 'list':
      return text.split(',').map((item) => item.trim())
    case 'json':
      return fromJson(text, where)
  }
}

function fromJson(text: string, where: string): Json {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonRefusal)) throw error
    throw new ConfigError([{ where, got: error.got, wanted: `JSON with ${error.wanted}` }])
  }
}

export function unknownFlags(flags: Flags): readonly Problem[] {
  const known = allSettings.map(flagOf)
  return Object.keys(flags)
    .filter((name) => flags[name] !== undefined && !known.includes(name))
    .map((name) => unknown(`--${name}`, name, known, '--'))
}

/** The file's values by setting. Sections are one level deep: `aws: { region: … }` is `aws.region`. */
export function flatten(document: Json, file: string): Sources['file'] {
  if (!isJsonObject(document))
    throw new ConfigError([{ where: file, got: shown(document), wanted: 'settings by name' }])
  const known = allSettings.filter(isFileSetting).map(({ name }) => name)
  const values = new Map<string, Json>()
  const problems: Problem[] = []
  for (const [name, value] of entries(document, known)) {
    if (known.includes(name)) values.set(name, value)
    else problems.push(unknown(`${file}: ${name}`, name, known, ''))
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return { name: file, values }
}

function entries(document: JsonObject, known: readonly string[]): readonly (readonly [string, Json])[] {
  return Object.entries(document).flatMap(([name, value]) => {
    const isSection = known.some((one) => one.startsWith(`${name}.`))
    if (!isSection || !isJsonObject(value)) return [[name, value]] as const
    return Object.entries(value).map(([member, inner]) => [`${name}.${member}`, inner] as const)
  })
}

function unknown(where: string, name: string, known: readonly string[], prefix: string): Problem {
  const hint = didYouMean(name, known, prefix)
  return { where, wanted: 'a setting there is', ...(hint === undefined ? {} : { hint }) }
}
