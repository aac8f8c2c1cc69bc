/** Public test vectors, read where they lie beside the repository; see their README for sources and licences. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../../../shared/vectors')

/** For `describe.skipIf`: whether the vectors are missing, which is said loudly. */
export function vectorsMissing(path: string): boolean {
  const missing = !existsSync(join(folder, path))
  if (missing) console.warn(`\n!!! SKIPPED, NOT TESTED: ${join(folder, path)} is missing !!!\n`)
  return missing
}

/** Bytes as vectors write them: without `0x`. */
export const hex = (text = ''): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

/** The parsed JSON files that a pattern names, sorted by path. `T` is the reader's word for what they hold. */
export function readVectors<T>(pattern: string): readonly T[] {
  const paths = globSync(pattern, { cwd: folder }).toSorted()
  return paths.map((path) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as T)
}

/** The lines of a text file. None where the file is missing. */
export function readVectorLines(path: string): readonly string[] {
  const file = join(folder, path)
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
}
