/** YAML as strictly as JSON: what the service's own files are written in. */
import { parseAllDocuments, parseDocument } from 'yaml'
import type { Json } from '../base/json.ts'
import { JsonRefusal, parseJson } from '../base/strict-json.ts'
import { ConfigError } from './problem.ts'

/**
 * YAML 1.2 with the core schema, without anchors, aliases, tags of its own and names given twice; after that, everything
 * strict JSON asks for. An empty document is an empty object.
 * @throws ConfigError naming `file`
 */
export function parseYaml(text: string, file: string): Json {
  return parse(text, file, 'core')
}

/**
 * The same of a file that is not ours, with every value as the text it is written in: there `0x01000000` is a version and
 * `18446744073709551615` an epoch, and neither is a number the service could hold.
 */
export function parseYamlTexts(text: string, file: string): Json {
  return parse(text, file, 'failsafe')
}

function parse(text: string, file: string, schema: 'core' | 'failsafe'): Json {
  const document = parseDocument(text, { version: '1.2', schema, uniqueKeys: true, strict: true, merge: false })
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault !== undefined) throw refused(file, fault.message.split('\n')[0] ?? '')
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 })
    return parseJson(JSON.stringify(value ?? {}))
  } catch (error) {
    if (error instanceof JsonRefusal) {
      const { where, got, wanted, hint } = error
      const place = where === '' ? file : `${file}: ${where}`
      throw new ConfigError([
        { where: place, got, wanted, ...(hint === undefined ? {} : { hint: 'put it in quotes' }) },
      ])
    }
    throw refused(file, error instanceof Error ? error.message : String(error))
  }
}

/**
 * The documents of a text that hold something. Every scalar is text: of a private key without quotes, YAML would make a
 * number.
 * @throws Error for what is no YAML, and for anchors, aliases and tags; its message may show a piece of the text
 */
export function yamlDocuments(text: string): readonly Json[] {
  const documents = parseAllDocuments(text, { version: '1.2', schema: 'failsafe', uniqueKeys: true, strict: true })
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document) => {
    const fault = document.errors[0] ?? document.warnings[0]
    if (fault !== undefined) throw fault
    const value: unknown = document.toJS({ maxAliasCount: 0 })
    return value === '' || value === null ? [] : [parseJson(JSON.stringify(value))]
  })
}

function refused(file: string, words: string): ConfigError {
  return new ConfigError([{ where: file, got: words, wanted: 'YAML 1.2 without anchors, aliases and tags' }])
}
