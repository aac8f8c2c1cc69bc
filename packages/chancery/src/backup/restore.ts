/** Bringing a backup back. What comes back signs nothing until its witness agrees, or the gap is accepted on record. */
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rm, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Secret } from '../base/secret.ts'
import { Refused } from '../core/errors.ts'
import { checkpointFile, inventoryFile, storeFile } from './backup.ts'
import { hashFile, verifyManifest, type Manifest } from './manifest.ts'

export interface RestoreRequest {
  readonly folder: string
  readonly stateKey: Secret
  /** Where the service's store belongs. Must not exist, nor anything beside it but what a restore cut short has left. */
  readonly storePath: string
}

/**
 * Into a data directory. One that was cut short is taken up by the next of the same backup; until it is done the directory
 * holds a store without what opens it, or none.
 * @throws Refused `invalid-request` when the backup is not whole or not of this key-encryption key, `already-exists` when
 * there is a store: restoring never overwrites
 */
export async function restoreBackup({ folder, stateKey, storePath }: RestoreRequest): Promise<Manifest> {
  const manifest = await verifyManifest(folder, stateKey)
  const home = dirname(storePath)
  await mkdir(home, { recursive: true, mode: 0o700 })
  await requireNothingElse(home, manifest)
  const places = [storePath, ...filesBeside(manifest).map((name) => join(home, name))]
  for (const path of places) await copyDurably(join(folder, basename(path)), unfinished(path))
  for (const path of places) await putInPlace(path, manifest)
  await makeDurable(home)
  return manifest
}

export interface Unpacked extends Manifest {
  /** A copy of the backup's store, to be read from and thrown away. */
  readonly store: string
  /** Puts what opens the store into the data directory, durably. */
  place(): Promise<void>
  /** Throws the copy away. */
  discard(): Promise<void>
}

/**
 * For a store that is no file of the data directory `home`. There may be one of another store beside.
 * @throws Refused as `restoreBackup` does, `already-exists` when the directory holds what opens another store
 */
export async function unpackBackup(folder: string, stateKey: Secret, home: string): Promise<Unpacked> {
  const manifest = await verifyManifest(folder, stateKey)
  await mkdir(home, { recursive: true, mode: 0o700 })
  const beside = filesBeside(manifest)
  for (const name of await readdir(home)) {
    if (beside.includes(name) && !(await isOf(manifest, home, name))) throw occupied(home, name)
  }
  const staging = join(home, unfinished('store'))
  const discard = () => rm(staging, { recursive: true, force: true })
  await discard()
  await mkdir(staging, { mode: 0o700 })
  const store = join(staging, storeFile)
  await copyFile(join(folder, storeFile), store)
  const place = async () => {
    for (const name of beside) {
      await copyDurably(join(folder, name), unfinished(join(home, name)))
      await putInPlace(join(home, name), manifest)
    }
    await makeDurable(home)
  }
  return { ...manifest, store, place, discard }
}

/** What of a backup goes into the data directory with the store. */
function filesBeside({ files }: Manifest): readonly string[] {
  return Object.keys(files).filter((name) => ![storeFile, inventoryFile, checkpointFile].includes(name))
}

function unfinished(path: string): string {
  return `${path}.restoring`
}

async function requireNothingElse(home: string, manifest: Manifest): Promise<void> {
  const names = [storeFile, ...filesBeside(manifest)]
  for (const found of await readdir(home)) {
    if (names.some((name) => unfinished(name) === found)) continue
    if (!names.includes(found) || !(await isOf(manifest, home, found))) throw occupied(home, found)
  }
}

/** Whether the file is the backup's own, byte for byte. */
async function isOf({ files }: Manifest, home: string, name: string): Promise<boolean> {
  return (await hashFile(join(home, name))) === files[name]
}

function occupied(home: string, found: string): Refused {
  return new Refused('already-exists', 'There is something where the store would go', {
    where: home,
    got: found,
    wanted: 'an empty data directory',
  })
}

/** Unlike `rename`, never over a file that a service made meanwhile: it may have begun a store of its own. */
async function putInPlace(path: string, manifest: Manifest): Promise<void> {
  const [home, name] = [dirname(path), basename(path)]
  await link(unfinished(path), path).catch(async (error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (!taken) throw error
    if (!(await isOf(manifest, home, name))) throw occupied(home, name)
  })
  await unlink(unfinished(path))
}

async function copyDurably(from: string, to: string): Promise<void> {
  // One cut short at its end leaves another name of the file in place, which is not written to again.
  await rm(to, { force: true })
  await copyFile(from, to, constants.COPYFILE_EXCL)
  await makeDurable(to)
}

async function makeDurable(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}
