import type { Check, Finding, Outcome } from '../finding.ts'
import { functionsOf, type FunctionSpan } from '../functions.ts'
import { canaryFolder, codeFiles, filesBelow, readSource, type Source } from '../source.ts'

const limits = { functionLines: 60, fileLines: 400 }

/** Written by `npm run openapi`: nobody reads it from top to bottom. */
const generated = ['packages/client/src/types.ts']

/** A function over 60 lines holds several steps; a file over 400 lines holds several ideas (docs/style.md). */
export const lengthCheck: Check = {
  name: 'length',
  run: () => measure(codeFiles('packages', 'tools', 'bench', 'tours').filter((file) => !generated.includes(file))),
  canary: () => measure(filesBelow(canaryFolder('length'))).findings,
}

function measure(files: readonly string[]): Outcome {
  const sources = files.map(readSource)
  const measured = sources.map((source) => ({ source, functions: functionsOf(source) }))
  const findings = measured.flatMap(({ source, functions }) => [
    ...longFile(source),
    ...longFunctions(source, functions),
  ])
  const product = measured.filter(({ source }) => source.file.includes('/src/'))
  return { count: sources.length, of: figures(product.flatMap(({ functions }) => functions)), findings }
}

function longFile({ file, text }: Source): Finding[] {
  const lines = text.trimEnd().split('\n').length
  return lines > limits.fileLines ? [{ file, line: 1, message: `${lines} lines, at most ${limits.fileLines}` }] : []
}

function longFunctions({ file }: Source, functions: readonly FunctionSpan[]): Finding[] {
  const long = functions.filter(({ lines }) => lines > limits.functionLines)
  return long.map(({ line, lines }) => ({
    file,
    line,
    message: `a function of ${lines} lines, at most ${limits.functionLines}`,
  }))
}

function figures(functions: readonly FunctionSpan[]): string {
  const lengths = functions.filter(({ named }) => named).map(({ lines }) => lines)
  const sorted = lengths.toSorted((a, b) => a - b)
  const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return `files; ${sorted.length} functions in src: median ${quantile(0.5)}, p90 ${quantile(0.9)}, longest ${quantile(1)} lines`
}
