/** Secrets in files: readable by their owner alone, and never beside the data they protect (safety rule 11). */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  writeSync,
} from 'node:fs'
import { dirname, relative, isAbsolute, sep } from 'node:path'
import { Secret, unmoved } from '../../base/secret.ts'
import { Failed } from '../../core/errors.ts'

const largest = 4_096

/**
 * The file's bytes.
 * @throws Failed `not-configured` when the file is missing, empty, larger than 4 KiB, readable or writable by its group or
 * others, or inside `dataDirectory`: who steals that directory must not get the key to it.
 */
export function readSecretFile(path: string, dataDirectory: string): Secret {
  assertOutside(path, dataDirectory)
  const file = open(path)
  try {
    // Asked of the open file, so that it cannot be exchanged in between.
    assertPrivate(path, fstatSync(file))
    return readAll(file, path)
  } finally {
    closeSync(file)
  }
}

/** A passphrase: the file's text without the line end an editor puts behind it. */
export function readPassphraseFile(path: string, dataDirectory: string): Secret {
  const file = readSecretFile(path, dataDirectory)
  const passphrase = new Secret(file.use(withoutLineEnd))
  file.wipe()
  return passphrase
}

/** Makes a file of mode 0600 that did not exist, durable before it returns. @throws Error with code EEXIST when it does. */
export function writeNewFile(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  syncDirectory(dirname(path))
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

export function assertOutside(path: string, dataDirectory: string): void {
  const way = relative(resolved(dataDirectory), resolved(path))
  const outside = way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)
  if (!outside) throw new Failed('not-configured', `${path} is inside the data directory: keep it elsewhere`)
}

/** The real path, also of a file that does not exist yet in a folder that does. */
function resolved(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : `${resolved(folder)}${sep}${path.slice(folder.length).replace(/^[/\\]+/, '')}`
  }
}

function open(path: string): number {
  try {
    // A FIFO in its place must not stop the service for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Failed('not-configured', `${path} cannot be read (${why})`)
  }
}

function assertPrivate(path: string, stats: Stats): void {
  if (!stats.isFile()) throw new Failed('not-configured', `${path} is not a file`)
  if ((stats.mode & 0o077) === 0) return
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
  throw new Failed('not-configured', `${path} has mode ${mode}, so others may read it: chmod 600 ${path}`)
}

function readAll(file: number, path: string): Secret {
  const buffer = Buffer.alloc(largest + 1)
  try {
    const size = readSync(file, buffer)
    if (size === 0) throw new Failed('not-configured', `${path} is empty`)
    if (size > largest) throw new Failed('not-configured', `${path} is larger than ${largest} bytes`)
    return new Secret(unmoved(buffer.subarray(0, size)))
  } finally {
    buffer.fill(0)
  }
}

function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  if (bytes[end - 1] === 0x0a) end--
  if (bytes[end - 1] === 0x0d) end--
  return unmoved(bytes.subarray(0, end))
}
