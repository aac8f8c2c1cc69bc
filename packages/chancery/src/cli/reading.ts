/** What people type and name: numbers and files, with a sentence where they are wrong. */
import { open, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UsageError, type Given, type Terminal } from './command.ts'

/** @throws UsageError unless the flag's value is a whole number in the range */
export function wholeNumber(given: Given, flag: string, standard: number, least: number, most: number): number {
  const text = given.text(flag)
  if (text === undefined) return standard
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`--${flag} is a whole number from ${least} to ${most}, got ${text}`)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'it is no folder',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a folder',
}

/** @throws UsageError when the file cannot be read */
export async function readText(path: string, { cwd }: Terminal): Promise<string> {
  return readFile(resolve(cwd, path), 'utf8').catch(because(path))
}

interface Line {
  /** From 1, as editors count. */
  readonly line: number
  readonly text: string
}

/** Those that hold anything. */
export function filledLines(text: string): readonly Line[] {
  const lines = text.split(/\r?\n/).map((one, i) => ({ line: i + 1, text: one }))
  return lines.filter((one) => one.text.trim() !== '')
}

export function unreadable(path: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return new UsageError(`Cannot read ${path}: ${reasons[code] ?? code}`)
}

const because = (path: string) => (error: unknown) => {
  throw unreadable(path, error)
}

/** A secret in a file, without the line end an editor puts behind it. @throws UsageError when others may read it */
export async function readSecretText(path: string, { cwd }: Terminal): Promise<string> {
  const file = await open(resolve(cwd, path)).catch(because(path))
  try {
    // Asked of the open file, so that it cannot be exchanged in between.
    const { mode } = await file.stat()
    if ((mode & 0o077) !== 0) throw new UsageError(`Others may read ${path} (mode ${octal(mode)}): chmod 600 ${path}`)
    return (await file.readFile('utf8').catch(because(path))).replace(/\r?\n$/, '')
  } finally {
    await file.close()
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}
