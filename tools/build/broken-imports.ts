import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { importsOf } from '../imports.ts'
import { readSource, readText, root } from '../source.ts'

/** Peers are optional, and loaded by code that does without. */
interface Manifest {
  readonly dependencies: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

/** Imports of a built file that would fail once installed: files that are not there, packages that nobody installs. */
export function brokenImports(file: string, folder: string): string[] {
  const manifest = JSON.parse(readText(`${folder}/package.json`)) as Manifest
  return importsOf(readSource(file)).flatMap(({ kind, specifier, line }) => {
    if (kind === 'unknown' || isBuiltin(specifier)) return []
    const found = specifier.startsWith('.')
      ? exists(file, specifier)
      : installed(specifier, Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
    return found ? [] : [`${file}:${line} ${specifier}`]
  })
}

function exists(file: string, specifier: string): boolean {
  return existsSync(path.join(root, path.dirname(file), specifier))
}

function installed(specifier: string, dependencies: readonly string[]): boolean {
  return dependencies.some((name) => specifier === name || specifier.startsWith(`${name}/`))
}
