/** Small files and folders of them, with a sentence for whatever is wrong; never with what they hold. */
import { constants } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sideBySide } from '../../base/side-by-side.ts'
import { Refused } from '../../core/errors.ts'

/** A file in a folder. `stamp` changes when the file does. */
export interface FoundFile {
  readonly path: string
  readonly stamp: string
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not a folder',
  EACCES: 'the service may not read it',
  EPERM: 'the service may not read it',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links go in a circle',
  EMFILE: 'too many files are open',
}

/** One sentence without content. */
export function fault(sentence: string): Refused {
  return new Refused('invalid-payload', sentence)
}

function unreadable(path: string, error: unknown): Refused {
  if (error instanceof Refused) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return fault(`${path} cannot be read: ${reasons[code] ?? code}`)
}

/**
 * Files of the folder itself whose names match, in the order of their names; hidden ones are skipped, links are followed.
 * Those that cannot be looked at have an empty stamp, and say why when they are read.
 * @throws Refused when the folder cannot be read
 */
export async function filesIn(folder: string, named: RegExp): Promise<readonly FoundFile[]> {
  const names = await readdir(folder).catch((error: unknown) => Promise.reject(unreadable(folder, error)))
  const wanted = names.filter((name) => named.test(name) && !name.startsWith('.')).toSorted()
  return sideBySide(wanted, filesAtOnce, async (name) => {
    const path = join(folder, name)
    return { path, stamp: await stampOf(path) }
  })
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return ''
  }
}

/** Files looked at or read at once: more only wait for the four threads that Node has for it. */
export const filesAtOnce = 16

/** @throws Refused when it cannot be read, is no file, or is larger than `most` bytes */
export async function readSmall(path: string, most: number): Promise<string> {
  try {
    // A FIFO in its place must not stop the loader for ever.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await file.stat()
    if (!stats.isFile()) throw fault(`${path} is not a file`)
    const buffer = Buffer.alloc(Math.min(stats.size, most) + 1)
    const { bytesRead } = await file.read(buffer)
    if (bytesRead > most) throw fault(`${path} is larger than ${most.toLocaleString('en')} bytes`)
    const text = buffer.toString('utf8', 0, bytesRead)
    buffer.fill(0)
    return text
  } catch (error) {
    throw unreadable(path, error)
  }
}

const passwordLimit = 4_096

/** The first line, as Web3Signer reads it. @throws Refused when there is none, or more than one */
export async function readPassword(path: string): Promise<string> {
  const [password = '', ...rest] = (await readSmall(path, passwordLimit)).split(/\r?\n/)
  if (password === '') throw fault(`The password file ${path} is empty`)
  if (rest.some((line) => line.trim() !== '')) throw fault(`The password file ${path} has more than one line`)
  return password
}
