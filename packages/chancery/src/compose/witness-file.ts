/** The witness file of this process, and of no other: two that write one file would each believe the other's register lost. */
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdir, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failed } from '../core/errors.ts'
import { openWitness, type Witness } from '../register/witness.ts'
import { isBusy } from '../store/sqlite/faults.ts'

/**
 * By whichever symbolic link it is reached.
 * @throws Failed `already-exists` when another process has it, `store-corrupt` when it cannot be read; Error when its lock
 * cannot be had for another reason
 */
export async function openWitnessFile(named: string): Promise<Witness & AsyncDisposable> {
  await mkdir(dirname(named), { recursive: true, mode: 0o700 })
  const path = await resolved(named)
  const lock = holdAlone(path)
  const witness = await openWitness({ path }).catch((error: unknown) => {
    lock.close()
    throw error
  })
  return Object.assign(witness, {
    [Symbol.asyncDispose]: () => witness.close().finally(() => lock.close()),
  })
}

/** The one path of the file, which need not be there yet: then where a link to it leads. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  const folder = await realpath(dirname(path))
  const target = await readlink(path).catch(() => undefined)
  return target === undefined ? join(folder, basename(path)) : resolved(resolve(folder, target))
}

/**
 * SQLite's lock on an empty file beside it: Node has none of its own, and this one ends with the process, however that ends.
 * The transaction is never committed and writes nothing.
 */
function holdAlone(path: string): DatabaseSync {
  const lock = `${path}.lock`
  createEmpty(lock)
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(lock, { timeout: 0 })
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return connection
  } catch (error) {
    connection?.close()
    throw isBusy(error) ? taken(path, error) : new Error(`${lock}: ${String(error)}`, { cause: error })
  }
}

function taken(where: string, cause: unknown): Failed {
  const hint = 'Each service has a data directory and a witness file of its own'
  return new Failed('already-exists', 'Another service has the witness file', { cause, particulars: { where, hint } })
}

/** One that exists is not opened here: closing it would give up a lock that this process holds (see the SQLite store). */
function createEmpty(path: string): void {
  try {
    if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
