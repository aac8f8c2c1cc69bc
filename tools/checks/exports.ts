import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Check, Finding, Outcome } from '../finding.ts'
import { exportsOf } from '../public-exports.ts'
import { canaryFolder, codeFiles, filesBelow, isCode, readText, root } from '../source.ts'

const folder = 'packages/chancery/src/exports'
const list = 'packages/chancery/exports.txt'

/** What the library exports changes only on purpose: exports.txt is checked in, and `npm run exports` writes it anew. */
export const exportsCheck: Check = {
  name: 'exports',
  run: () => compare(list, entryPoints()),
  canary() {
    const planted = canaryFolder('exports')
    return compare(`${planted}/exports.txt`, filesBelow(planted).filter(isCode)).findings
  },
}

export function writeExports(): void {
  writeFileSync(path.join(root, list), entryPoints().flatMap(lines).join('\n') + '\n')
}

function entryPoints(): string[] {
  return codeFiles(folder)
}

function lines(file: string): string[] {
  return exportsOf(file).map((name) => `${path.basename(file, '.ts')}: ${name}`)
}

function compare(listed: string, files: readonly string[]): Outcome {
  const known = existsSync(path.join(root, listed))
    ? readText(listed).split('\n').map(withoutComment).filter(Boolean)
    : []
  const actual = files.flatMap((file) => lines(file).map((text) => ({ file, text })))
  const added = actual.filter(({ text }) => !known.includes(text))
  const gone = known.filter((text) => !actual.some((each) => each.text === text))
  const findings: Finding[] = [
    ...added.map(({ file, text }) => ({ file, line: 1, message: `exports "${text}", which is not in ${listed}` })),
    ...gone.map((text) => ({ file: listed, line: lineOf(listed, text), message: `lists "${text}", which is gone` })),
  ]
  return { count: actual.length, of: 'public names', findings }
}

function withoutComment(line: string): string {
  return line.replace(/\s*#.*/, '')
}

function lineOf(file: string, text: string): number {
  return (
    readText(file)
      .split('\n')
      .findIndex((line) => withoutComment(line) === text) + 1
  )
}
