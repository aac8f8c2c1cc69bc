/** Gherkin as far as the feature files of algorand-sdk-testing need it: scenarios and their tables of examples. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../../../../shared/vectors/algorand')

export type Row = Readonly<Record<string, string>>

export interface Scenario {
  readonly name: string
  readonly rows: readonly Row[]
}

export function readFeature(file: string): readonly Scenario[] {
  const [, ...parts] = readFileSync(join(folder, file), 'utf8').split(/^ *Scenario(?: Outline)?: */m)
  return parts.map((part) => ({ name: part.slice(0, part.indexOf('\n')).trim(), rows: readTable(part) }))
}

function readTable(part: string): readonly Row[] {
  const lines = part.split('\n').flatMap((line) => (line.trim().startsWith('|') ? [cellsOf(line)] : []))
  const [header = [], ...rows] = lines
  return rows.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i] ?? ''])))
}

function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
}
