/** Bringing a backup back. What comes back signs nothing until its witness agrees, or the gap is accepted on record. */
import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Secret } from '../base/secret.ts'
import { Refused } from '../core/errors.ts'
import { checkpointFile, inventoryFile, storeFile } from './backup.ts'
import { verifyManifest, type Manifest } from './manifest.ts'

export interface RestoreRequest {
  readonly folder: string
  readonly stateKey: Secret
  /** Where the service's store belongs. Must not exist, nor anything beside it. */
  readonly storePath: string
}

/**
 * @throws Refused `invalid-request` when the backup is not whole or not of this key-encryption key, `already-exists` when
 * there is a store: restoring never overwrites
 */
export async function restoreBackup({ folder, stateKey, storePath }: RestoreRequest): Promise<Manifest> {
  const manifest = await verifyManifest(folder, stateKey)
  const home = dirname(storePath)
  await mkdir(home, { recursive: true, mode: 0o700 })
  const [found] = await readdir(home)
  if (found !== undefined) {
    throw new Refused('already-exists', 'There is something where the store would go', {
      where: home,
      got: found,
      wanted: 'an empty data directory',
    })
  }
  for (const name of Object.keys(manifest.files)) {
    if (name === inventoryFile || name === checkpointFile) continue
    const path = name === storeFile ? storePath : join(home, name)
    await copyFile(join(folder, name), path, constants.COPYFILE_EXCL)
    await makeDurable(path)
  }
  await makeDurable(home)
  return manifest
}

async function makeDurable(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
