/** CloudTrail's log files, one after the other: JSON or compressed JSON, single or in folders as they lie in the bucket. */
import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { JsonObject } from '../../../base/json.ts'
import { Refused } from '../../../core/errors.ts'
import { readRecords } from './records.ts'

/** @throws Refused `invalid-request` for what cannot be read, `invalid-payload` for what is no log, by its path */
export async function* readTrails(paths: readonly string[]): AsyncGenerator<JsonObject> {
  for (const path of paths) {
    for (const file of await filesIn(path)) yield* readTrail(file)
  }
}

/** Of a folder, the files that CloudTrail puts there: its digests lie beside them, in folders of their own. */
async function filesIn(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((error: unknown) => unreadable(path, error))
  if (!found.isDirectory()) return [path]
  const inside = await readdir(path, { recursive: true, withFileTypes: true })
  const files = inside.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const logs = files.filter((file) => /\.(?:json|jsonl)(?:\.gz)?$/.test(file) && !file.includes('CloudTrail-Digest'))
  if (logs.length === 0) throw new Refused('invalid-request', 'There is no log file in the folder', { where: path })
  return logs.toSorted()
}

async function* readTrail(path: string): AsyncGenerator<JsonObject> {
  try {
    yield* readRecords(await textOf(path))
  } catch (error) {
    if (error instanceof Refused) throw new Refused(error.code, error.message, { ...error.particulars, where: path })
    unreadable(path, error)
  }
}

async function textOf(path: string): Promise<AsyncIterable<string>> {
  const bytes = createReadStream(path)
  if (!(await isCompressed(path))) return bytes.setEncoding('utf8')
  const unzipped = createGunzip()
  // `pipe` passes no errors on.
  bytes.on('error', (error) => unzipped.destroy(error))
  return bytes.pipe(unzipped).setEncoding('utf8')
}

/** https://www.rfc-editor.org/rfc/rfc1952#page-5 */
async function isCompressed(path: string): Promise<boolean> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(2) })
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
}

function unreadable(path: string, error: unknown): never {
  const got = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  throw new Refused('invalid-request', 'The file cannot be read', { where: path, got })
}
