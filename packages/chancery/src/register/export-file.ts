/** An export on disk: whole and durable, or not there. */
import { open, rm, type FileHandle } from 'node:fs/promises'
import { Refused } from '../core/errors.ts'
import { exportRegister } from './export.ts'
import type { RegisterSource } from './source.ts'

export interface Exported {
  readonly path: string
  readonly lines: number
}

/** Written in pieces of this many characters: a line is some hundred. */
const pieceLength = 65_536

/**
 * `path` must not exist: an export never replaces anything. Only its owner may read it.
 * @throws Refused `already-exists`, `invalid-request` where the file cannot be made; Failed store faults
 */
export async function writeExport(source: RegisterSource, path: string): Promise<Exported> {
  const file = await create(path)
  try {
    const lines = await writeLines(file, exportRegister(source))
    await file.sync()
    return { path, lines }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'EEXIST') throw new Refused('already-exists', 'There is such a file already', { where: path })
    throw new Refused('invalid-request', 'The file cannot be made', {
      where: path,
      got: code,
      wanted: 'a new file in a folder that the service may write to',
    })
  }
}

async function writeLines(file: FileHandle, lines: AsyncIterable<string>): Promise<number> {
  let count = 0
  let piece = ''
  for await (const line of lines) {
    count += 1
    piece += line
    if (piece.length < pieceLength) continue
    await file.writeFile(piece)
    piece = ''
  }
  await file.writeFile(piece)
  return count
}
