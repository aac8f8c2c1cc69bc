import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Answers recorded from the real AWS, read where they are: a step's name → what AWS answered. */
export type Recorded = Record<string, unknown>

const FOLDER = fileURLToPath(new URL('../../../../../shared/vectors/aws-kms/', import.meta.url))

/** Undefined, with a warning on the terminal, when the folder is not there. */
export function readRecorded(file: string): Map<string, Recorded> | undefined {
  if (!existsSync(FOLDER + file)) {
    process.stderr.write(
      `\nWARNING: ${file} is not in ../shared/vectors/aws-kms: recorded answers are NOT compared\n\n`,
    )
    return undefined
  }
  const scenarios = JSON.parse(readFileSync(FOLDER + file, 'utf8')) as Record<string, { 'recorded-content': Recorded }>
  const pairs = Object.entries(scenarios).map(([name, scenario]): [string, Recorded] => [
    name.replace(/^.*::/, ''),
    scenario['recorded-content'],
  ])
  return new Map(pairs)
}

/** Members AWS added to its answers after the recording. */
const NEWER = ['KeyMaterialId', 'SourceKeyMaterialId', 'DestinationKeyMaterialId']

/**
 * Lists what in an answer differs from the recorded one. `<…>` in a recorded text stands for anything; where it
 * stands for one thing in several places is not checked. The account is the recorder's there, ours here.
 */
export function differences(recorded: unknown, ours: unknown, path = ''): readonly string[] {
  if (Array.isArray(recorded)) return arrayDifferences(recorded, ours, path)
  if (typeof recorded === 'object' && recorded !== null) return objectDifferences(recorded, ours, path)
  if (typeof recorded === 'string') return textDifferences(recorded, ours, path)
  return recorded === ours ? [] : [`${path}: got ${JSON.stringify(ours)}, recorded ${JSON.stringify(recorded)}`]
}

function arrayDifferences(recorded: readonly unknown[], ours: unknown, path: string): readonly string[] {
  if (!Array.isArray(ours) || ours.length !== recorded.length) {
    return [`${path}: got ${JSON.stringify(ours)}, recorded ${JSON.stringify(recorded)}`]
  }
  return recorded.flatMap((one, index) => differences(one, ours[index], `${path}[${index}]`))
}

function objectDifferences(recorded: object, ours: unknown, path: string): readonly string[] {
  if (typeof ours !== 'object' || ours === null) return [`${path}: got ${String(ours)}, recorded an object`]
  const got = new Map(Object.entries(ours))
  const wanted = new Map(Object.entries(recorded))
  const extra = [...got.keys()].filter((name) => !wanted.has(name) && !NEWER.includes(name))
  const members = [...wanted].filter(([name]) => name !== 'HTTPHeaders')
  return [
    ...members.flatMap(([name, value]) => differences(value, got.get(name), `${path}.${name}`)),
    ...extra.map((name) => `${path}.${name}: not in the recorded answer`),
  ]
}

// Whole values the recording replaced by a word.
const STAND_INS =
  /^(datetime|ciphertext-blob|plaintext|public-key|import-token|private-key-(ciphertext-blob|plaintext))$/

function textDifferences(recorded: string, ours: unknown, path: string): readonly string[] {
  if (STAND_INS.test(recorded)) return ours === undefined ? [`${path}: missing`] : []
  const escaped = recorded.replaceAll('111111111111', '000000000000').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`^${escaped.replace(/<[^>]+>/g, '.+')}$`, 's')
  const text = typeof ours === 'string' ? ours : JSON.stringify(ours)
  return text !== undefined && pattern.test(text) ? [] : [`${path}: got ${text}, recorded ${recorded}`]
}
