/** The witness file of this process, and of no other: two that write one file would each believe the other's register lost. */
import { closeSync, existsSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failed } from '../core/errors.ts'
import { openWitness, type Witness } from '../register/witness.ts'

/** @throws Failed `already-exists` when another process has it, `store-corrupt` when it cannot be read */
export async function openWitnessFile(path: string): Promise<Witness & AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const lock = holdAlone(path)
  const witness = await openWitness({ path }).catch((error: unknown) => {
    lock.close()
    throw error
  })
  return Object.assign(witness, {
    [Symbol.asyncDispose]: async () => {
      await witness.persist()
      await witness.close()
      lock.close()
    },
  })
}

/**
 * SQLite's lock on an empty file beside it: Node has none of its own, and this one ends with the process, however that ends.
 * The transaction is never committed and writes nothing.
 */
function holdAlone(path: string): DatabaseSync {
  const lock = `${path}.lock`
  createEmpty(lock)
  const connection = new DatabaseSync(lock, { timeout: 0 })
  try {
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return connection
  } catch (error) {
    connection.close()
    const hint = 'Each service has a data directory and a witness file of its own'
    const particulars = { where: path, hint }
    throw new Failed('already-exists', 'Another service has the witness file', { cause: error, particulars })
  }
}

/** One that exists is not opened here: closing it would give up a lock that this process holds (see the SQLite store). */
function createEmpty(path: string): void {
  try {
    if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
