/** What people type and name: numbers and files, with a sentence where they are wrong. */
import { readFile } from 'node:fs/promises'
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
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a folder',
}

/** @throws UsageError when the file cannot be read */
export async function readText(path: string, { cwd }: Terminal): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UsageError(`Cannot read ${path}: ${reasons[code] ?? code}`)
  }
}
