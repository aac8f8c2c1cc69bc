import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { importsOf, type Import } from '../imports.ts'
import { readSource, root } from '../source.ts'

/**
 * Makes a built file name built files. The compiler rewrites imports in JavaScript; it leaves `.ts` in declarations and in
 * `new URL('./worker.ts', import.meta.url)`. `bundled` maps package names to files of the build.
 */
export function rewriteSpecifiers(file: string, bundled: Readonly<Record<string, string>>): void {
  const source = readSource(file)
  const lastFirst = importsOf(source).toSorted((a, b) => b.start - a.start)
  const text = lastFirst.reduce((rest, found) => {
    const wanted = builtName(file, found, bundled)
    return wanted === undefined ? rest : `${rest.slice(0, found.start)}'${wanted}'${rest.slice(found.end)}`
  }, source.text)
  if (text !== source.text) writeFileSync(path.join(root, file), text)
}

function builtName(
  file: string,
  { kind, specifier }: Import,
  bundled: Readonly<Record<string, string>>,
): string | undefined {
  if (kind === 'unknown') return undefined
  const inside = bundled[specifier]
  if (inside !== undefined) return relativeName(path.relative(path.dirname(file), inside))
  return specifier.startsWith('.') && specifier.endsWith('.ts') ? specifier.replace(/\.ts$/, '.js') : undefined
}

function relativeName(name: string): string {
  return name.startsWith('.') ? name : `./${name}`
}
