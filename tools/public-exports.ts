import path from 'node:path'
import type { StaticExportEntry } from 'oxc-parser'
import { isCode, readSource } from './source.ts'

/**
 * The names a module exports, sorted, `type` before those that exist for the compiler only. `export * from './x.ts'` is
 * followed; `export * from 'package'` is listed as it stands.
 */
export function exportsOf(file: string): string[] {
  return [...new Set(names(file, new Set()))].toSorted()
}

function names(file: string, seen: Set<string>): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  const entries = readSource(file).parsed.module.staticExports.flatMap((statement) => statement.entries)
  return entries.flatMap((entry) => entryNames(file, entry, seen))
}

function entryNames(file: string, entry: StaticExportEntry, seen: Set<string>): string[] {
  const own = exportedName(entry)
  if (own !== undefined) return [entry.isType ? `type ${own}` : own]
  const from = entry.moduleRequest?.value ?? ''
  if (!from.startsWith('.') || !isCode(from)) return [`* from ${from}`]
  const followed = names(path.join(path.dirname(file), from), seen).filter((name) => name !== 'default')
  return entry.isType ? followed.map((name) => (name.startsWith('type ') ? name : `type ${name}`)) : followed
}

function exportedName(entry: StaticExportEntry): string | undefined {
  const { kind, name } = entry.exportName
  return kind === 'Default' ? 'default' : (name ?? undefined)
}
