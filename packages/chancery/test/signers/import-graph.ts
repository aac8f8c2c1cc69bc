/** What a program loads at run time, for the tests of safety rule 12. */
import { join, relative, resolve } from 'node:path'
import { importsOf } from '../../../../tools/imports.ts'
import { readSource, root } from '../../../../tools/source.ts'

const source = join(import.meta.dirname, '../../src')

export interface ImportGraph {
  /** Ours, below `src`. */
  readonly files: readonly string[]
  readonly packages: readonly string[]
  /** Loaded by `import()`. */
  readonly late: readonly string[]
}

/** `import type` is gone by then. */
export function importGraph(entry: string): ImportGraph {
  const [files, packages, late] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    const code = readSource(relative(root, file))
    for (const { kind, specifier, start } of importsOf(code)) {
      if (kind === 'static' && isTypeOnly(code.text, start)) continue
      if (kind !== 'static') late.add(specifier)
      else if (specifier.startsWith('.')) visit(resolve(file, '..', specifier))
      else packages.add(specifier)
    }
  }
  visit(join(source, entry))
  return {
    files: [...files].map((file) => relative(source, file)).toSorted(),
    packages: [...packages].toSorted(),
    late: [...late].toSorted(),
  }
}

function isTypeOnly(text: string, specifierAt: number): boolean {
  const before = text.slice(0, specifierAt)
  const statement = before.slice(Math.max(before.lastIndexOf('\nimport '), before.lastIndexOf('\nexport ')))
  return /^\n(?:import|export) type /.test(statement)
}
