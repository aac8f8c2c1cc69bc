/**
 * A backup: the store (sealed keys are rows of it), an inventory of keys that people can read, the newest checkpoint, and
 * a manifest. The key-encryption key is not in it, and must be kept apart from it.
 */
import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isoTime, type Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import { canonical, type JsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import { Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { State } from '../core/state.ts'
import type { Store } from '../core/store.ts'
import { hashFile, manifestFile, sealManifest } from './manifest.ts'

export const storeFile = 'store.sqlite'
export const inventoryFile = 'inventory.json'
export const checkpointFile = 'checkpoint.txt'

export interface BackupRooms {
  readonly store: Store
  readonly state: State
  readonly stateKey: Secret
  readonly version: string
  readonly clock: Clock
  /** Files beside the store without which it cannot be opened; copied under their own names. */
  readonly files: readonly string[]
}

export interface Backup {
  readonly folder: string
  readonly files: readonly string[]
}

/** @throws Refused `already-exists` when the folder holds anything; Failed store faults */
export async function writeBackup(rooms: BackupRooms, folder: string, deadline: Deadline): Promise<Backup> {
  await emptyFolder(folder)
  // Before the copy, so that what it names is in the copy.
  const checkpoint = await rooms.store.latestCheckpoint(deadline)
  await rooms.store.backup(join(folder, storeFile), deadline)
  const snapshot = rooms.state.current()
  await write(
    folder,
    inventoryFile,
    `${canonical({ keys: [...snapshot.keys.values()].map(({ value }) => inventoryRow(value)) })}\n`,
  )
  await write(folder, checkpointFile, checkpoint?.note ?? '')
  for (const path of rooms.files) await copyFile(path, join(folder, basename(path)), constants.COPYFILE_EXCL)
  const names = [storeFile, inventoryFile, checkpointFile, ...rooms.files.map((path) => basename(path))]
  const hashes = await Promise.all(names.map(async (name) => [name, await hashFile(join(folder, name))] as const))
  const manifest = {
    format: 1,
    installation: snapshot.installation.id,
    createdAt: isoTime(rooms.clock.now()),
    version: rooms.version,
    files: Object.fromEntries(hashes),
  } as const
  await write(folder, manifestFile, sealManifest(manifest, rooms.stateKey))
  return { folder, files: [...names, manifestFile] }
}

async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [found] = await readdir(folder)
  if (found === undefined) return
  throw new Refused('already-exists', 'The folder for the backup is not empty', {
    where: folder,
    got: found,
    wanted: 'an empty or absent folder',
  })
}

async function write(folder: string, name: string, text: string): Promise<void> {
  const file = await open(join(folder, name), 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Enough to find every key again, in its back-end too, should the store be lost. Nothing secret, sealed or not. */
function inventoryRow({
  id,
  alias,
  algorithm,
  publicKey,
  address,
  backend,
  ref,
  family,
  kind,
  state,
  createdAt,
}: KeyRecord): JsonObject {
  const arn = ref['arn']
  return {
    id,
    algorithm,
    publicKey,
    backend,
    family,
    kind,
    state,
    createdAt,
    ...(alias && { alias }),
    ...(address && { address }),
    ...(typeof arn === 'string' && { arn }),
  }
}
