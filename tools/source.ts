import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { parseSync, type ParseResult } from 'oxc-parser'

/** The repository's root folder; every file name in a finding is relative to it. */
export const root = path.resolve(import.meta.dirname, '..')

export interface Source {
  readonly file: string
  readonly text: string
  readonly parsed: ParseResult
}

/** Files that git knows or would add, canaries and built files left out. */
export function repositoryFiles(): string[] {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (listed.status !== 0) throw new Error(`git ls-files failed: ${listed.stderr || String(listed.error)}`)
  const files = listed.stdout.split('\0').filter((file) => file !== '' && !file.includes('/canary/'))
  return files.filter((file) => existsSync(path.join(root, file)))
}

/** The TypeScript and JavaScript among the repository's files, under one of the given folders. */
export function codeFiles(...folders: string[]): string[] {
  return repositoryFiles().filter((file) => isCode(file) && folders.some((folder) => file.startsWith(`${folder}/`)))
}

export function isCode(file: string): boolean {
  return /\.(ts|mts|js|mjs|cjs)$/.test(file)
}

/** Every file below a folder, canaries included; the folder is relative to the root. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))).toSorted()
}

export function canaryFolder(check: string): string {
  return `packages/chancery/test/canary/${check}`
}

export function readText(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

/** @throws Error when the file is not valid TypeScript, because an unread file must not count as a clean one */
export function readSource(file: string): Source {
  const text = readText(file)
  const parsed = parseSync(file, text)
  const fault = parsed.errors[0]
  if (fault !== undefined) throw new Error(`${file}:${lineAt(text, fault.labels[0]?.start ?? 0)}: ${fault.message}`)
  return { file, text, parsed }
}

/** The line, from 1, on which the given offset lies. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
