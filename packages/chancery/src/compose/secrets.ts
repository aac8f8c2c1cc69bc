/** The key-encryption key, found where the configuration says, and what is derived from it. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import type { Secret } from '../base/secret.ts'
import type { Config } from '../config/config.ts'
import type { BackendCall, KeyWrapper } from '../core/backend.ts'
import { Failed, Refused } from '../core/errors.ts'
import { keyEncryptionKeyFile, openKeyEncryptionKey } from '../keys/sealed/key-encryption-key-file.ts'
import { deriveSubkeys } from '../keys/sealed/key-encryption-key.ts'
import { fileSource, makeKeyFile, passphraseSource, wrappedSource, type KeySource } from '../keys/sealed/key-sources.ts'
import { readPassphraseFile } from '../keys/sealed/secret-file.ts'
import { textOf } from './parts.ts'

type ObserveKms = (call: BackendCall) => void

/** Asks at a terminal for something that is not shown. */
export type AskHidden = (question: string) => Promise<Secret>

export interface Keys {
  /** For the key back-ends, which wipe it: the rest is derived from it already. */
  readonly keyEncryptionKey: Secret
  /** Authenticates state records. */
  readonly state: Secret
  /** Hashes API keys. */
  readonly pepper: Secret
  /** Seeds the key that signs the register's notes. */
  readonly note: Secret
}

/**
 * For a folder that somebody else wrote, a backup or a copy: makes nothing where nothing is kept.
 * @throws Refused `invalid-request` when the folder does not say how its key is found again; Failed `not-configured`
 */
export async function openKeptKeys(config: Config, folder: string, clock: Clock, ask: AskHidden): Promise<Keys> {
  if (existsSync(join(folder, keyEncryptionKeyFile))) return openKeys(config, folder, clock, ask)
  throw new Refused('invalid-request', 'There is no backup in this folder, and no data directory', {
    where: folder,
    got: `no ${keyEncryptionKeyFile}`,
  })
}

/** `folder` holds what finds the key again, or shall. @throws Failed `not-configured` */
export async function openKeys(
  config: Config,
  folder: string,
  clock: Clock,
  ask: AskHidden,
  observeKms?: ObserveKms,
): Promise<Keys> {
  const deadline = deadlineIn(30_000, clock)
  const { source, done } = await sourceOf({ config, folder, clock, ask, ...(observeKms && { observeKms }) })
  try {
    const { key } = await openKeyEncryptionKey(folder, source, deadline)
    return { keyEncryptionKey: key, ...deriveSubkeys(key, 'state', 'pepper', 'note') }
  } finally {
    done()
  }
}

interface Opening {
  readonly source: KeySource
  /** Wipes or closes what the source stood on. */
  done(): void
}

interface SourceParts {
  readonly config: Config
  readonly folder: string
  readonly clock: Clock
  readonly ask: AskHidden
  readonly observeKms?: ObserveKms
}

async function sourceOf(parts: SourceParts): Promise<Opening> {
  const { config, ask } = parts
  const from = config.keyEncryption
  switch (from.kind) {
    case 'key-file':
      return { source: from.ours ? ownFile(from.path, parts) : fileSource(from.path, config.dataDir), done: () => {} }
    case 'passphrase-file':
      return fromPassphrase(readPassphraseFile(from.path, config.dataDir))
    case 'passphrase-prompt':
      return fromPassphrase(await ask('Passphrase of the key-encryption key: '))
    case 'aws-kms':
      return fromWrapper(await wrapperFor(parts, from.arn))
  }
}

const fromPassphrase = (passphrase: Secret): Opening => ({
  source: passphraseSource(passphrase),
  done: () => passphrase.wipe(),
})

const fromWrapper = (wrapper: KeyWrapper & { close(): void }): Opening => ({
  source: wrappedSource(wrapper),
  done: () => wrapper.close(),
})

/** Made only for a new installation, which keeps it for itself: a file that an operator named is never made up. */
function ownFile(path: string, { folder, config: { dataDir } }: SourceParts): KeySource {
  const source = fileSource(path, dataDir)
  if (existsSync(path)) return source
  if (existsSync(join(folder, keyEncryptionKeyFile)))
    return { ...source, open: () => Promise.reject(noneNamed(path, folder)) }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  makeKeyFile(path, dataDir)
  return source
}

/** A backup, or a data directory that was moved or restored: its key stayed where it was. */
function noneNamed(path: string, folder: string): Failed {
  const particulars = {
    where: path,
    got: 'no such file',
    hint: 'Name the key file of the service that made it with keyFile (--key-file); one that was given none made its own, below ~/.config/chancery',
  }
  return new Failed('not-configured', `${folder} was made with a key file, and none is named`, { particulars })
}

async function wrapperFor({ config: { aws }, clock, observeKms }: SourceParts, arn: string) {
  const { createKeyWrapper } = await import('../keys/aws/wrap.ts')
  const endpoint = aws.endpoint && { endpoint: textOf(aws.endpoint.url) }
  // The installation's id is in the state, which this key opens: the context names the purpose instead.
  return createKeyWrapper({
    key: arn,
    region: arn.split(':')[3] ?? '',
    installation: 'key-encryption-key',
    clock,
    ...endpoint,
    ...(observeKms && { observe: observeKms }),
  })
}
