/** What works without a running service: rehearsing a restore, and verifying a copy of the register. */
import { existsSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { restoreBackup } from '../backup/restore.ts'
import type { Clock } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import type { Config } from '../config/config.ts'
import { canProbe, type KeyBackend } from '../core/backend.ts'
import { Failed, Refused } from '../core/errors.ts'
import { refOf, type KeyRecord } from '../core/key.ts'
import type { Store } from '../core/store.ts'
import { noteKey } from '../register/checkpoint.ts'
import { readExport } from '../register/export.ts'
import { loadState } from '../register/loading.ts'
import { makeSnapshot } from '../register/snapshot.ts'
import { sourceOf } from '../register/source.ts'
import { verifyRegister, type Verification } from '../register/verify.ts'
import { openSqlite } from '../store/sqlite/open.ts'
import { loadBackends, storeName } from './parts.ts'
import { openKeptKeys, type AskHidden, type Keys } from './secrets.ts'

const patience = 60_000

export interface Drilled extends Verification {
  readonly createdAt: string
  /** Keys whose sealed secret opened, or that live in their own back-end. */
  readonly keys: number
  readonly milliseconds: number
}

/** Restores into a folder of its own, verifies everything, opens every sealed key, and leaves nothing behind. */
export async function drill(config: Config, folder: string, clock: Clock, ask: AskHidden): Promise<Drilled> {
  const began = clock.monotonic()
  const home = await mkdtemp(join(tmpdir(), 'chancery-drill-'))
  try {
    const keys = await openKeptKeys(config, folder, clock, ask)
    const storePath = join(home, 'data', storeName)
    const { createdAt } = await restoreBackup({ folder, stateKey: keys.state, storePath })
    const store = await openSqlite({ path: storePath, clock })
    try {
      const found = await rehearse(store, config, keys, clock)
      return { ...found, createdAt, milliseconds: Math.round(clock.monotonic() - began) }
    } finally {
      await store.close()
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function rehearse(store: Store, config: Config, keys: Keys, clock: Clock) {
  const loaded = await loadState(store, keys.state, deadlineIn(patience, clock))
  const snapshot = loaded && makeSnapshot(loaded.fence, loaded.records.values())
  const installation = snapshot?.installation.id ?? ''
  const verified = await verifyRegister(sourceOf(store, clock), {
    stateKey: keys.state,
    noteKey: noteKey(installation, keys.note),
  })
  const sealedOnly = { ...config, backends: config.backends.filter((name) => name === 'sealed') }
  const backends = await loadBackends({
    config: sealedOnly,
    keyEncryptionKey: keys.keyEncryptionKey,
    installation,
    clock,
  })
  try {
    const records = [...(snapshot?.keys.values() ?? [])]
      .map(({ value }) => value)
      .filter(({ state }) => state !== 'purged')
    const failures = (await Promise.all(records.map((key) => openable(key, backends, clock)))).flat()
    const findings = [...verified.findings, ...failures]
    return { ...verified, findings, keys: records.length - failures.length }
  } finally {
    await Promise.all(backends.map((backend) => backend.close()))
  }
}

async function openable(key: KeyRecord, backends: readonly KeyBackend[], clock: Clock): Promise<readonly string[]> {
  const backend = backends.find(({ name }) => name === key.backend)
  if (backend === undefined || !canProbe(backend)) return []
  const probed = await backend.probe(refOf(key), deadlineIn(patience, clock))
  return probed.ok ? [] : [`key ${key.id}: ${probed.finding}`]
}

/**
 * A copy of the store's file, with the keys of the service it is a copy of.
 * @throws Refused `invalid-request` when there is none
 */
export async function verifyCopy(path: string, keys: Keys, clock: Clock): Promise<Verification> {
  if (!existsSync(path)) throw new Refused('invalid-request', 'There is no such file', { where: path })
  const store = await openSqlite({ path, clock })
  try {
    const installation = await installationOf(store, keys, clock)
    const options = { stateKey: keys.state, ...(installation && { noteKey: noteKey(installation, keys.note) }) }
    const found = await verifyRegister(sourceOf(store, clock), options)
    // Every service that ever started left a segment: nothing to verify is no register that is well.
    const lost = 'the copy is empty: a store that runs is copied with its -wal file, or by chancery backup'
    return found.segments > 0 ? found : { ...found, findings: [...found.findings, lost] }
  } finally {
    await store.close()
  }
}

/** Undefined where the state does not authenticate: the verifier says so in its findings. */
async function installationOf(store: Store, keys: Keys, clock: Clock): Promise<string | undefined> {
  try {
    const loaded = await loadState(store, keys.state, deadlineIn(patience, clock))
    return loaded && makeSnapshot(loaded.fence, loaded.records.values()).installation.id
  } catch (error) {
    if (error instanceof Failed) return undefined
    throw error
  }
}

/** An export needs no key: streams, tree and checkpoints are verified among themselves. */
export async function verifyExport(path: string): Promise<Verification> {
  await using file = await open(path)
  return verifyRegister(await readExport(file.readLines()))
}
