/** Where a key-encryption key comes from: a passphrase, a key file, or a KMS that unwraps it. */
import { argon2, randomBytes, randomFillSync } from 'node:crypto'
import { promisify } from 'node:util'
import { fromHex, isLowerHex, toHex } from '../../base/bytes.ts'
import type { Deadline } from '../../base/deadline.ts'
import type { JsonObject } from '../../base/json.ts'
import { Secret, unmoved } from '../../base/secret.ts'
import type { KeyWrapper } from '../../core/backend.ts'
import { Failed } from '../../core/errors.ts'
import { keyEncryptionKeySize } from './key-encryption-key.ts'
import { assertOutside, readSecretFile, writeNewFile } from './secret-file.ts'

export interface KeySource {
  readonly kind: 'passphrase' | 'file' | 'wrapped'
  /** What is kept in the data directory to find the key again. Made once; holds nothing secret. */
  prepare(deadline: Deadline): Promise<JsonObject>
  /** @throws Failed `not-configured` when what was kept is damaged. */
  open(kept: JsonObject, deadline: Deadline): Promise<Secret>
}

/**
 * RFC 9106, section 4, second recommended option: 64 MiB, 3 passes, 4 lanes; about 0.1 s. Kept beside the salt, so that
 * they can be raised for new installations.
 */
const argon2Parameters = { memory: 65_536, passes: 3, parallelism: 4 } as const
const argon2Limits = { memory: 4_194_304, passes: 100, parallelism: 64 } as const
const shortestPassphrase = 12
const saltSize = 16

/** @throws Failed `not-configured` for a passphrase of under 12 bytes. */
export function passphraseSource(passphrase: Secret): KeySource {
  if (passphrase.use((bytes) => bytes.length) < shortestPassphrase) {
    throw new Failed('not-configured', `The passphrase is shorter than ${shortestPassphrase} bytes`)
  }
  return {
    kind: 'passphrase',
    prepare: async () => ({ kdf: 'argon2id', ...argon2Parameters, salt: toHex(randomBytes(saltSize)) }),
    open: (kept) => derive(passphrase, kept),
  }
}

/** Exactly 32 random bytes in a file of mode 0600 outside the data directory. */
export function fileSource(path: string, dataDirectory: string): KeySource {
  return {
    kind: 'file',
    prepare: async () => ({}),
    open: async () => readKeyFile(path, dataDirectory),
  }
}

export function wrappedSource(wrapper: KeyWrapper): KeySource {
  return {
    kind: 'wrapped',
    prepare: (deadline) => wrapNew(wrapper, deadline),
    open: (kept, deadline) => unwrap(wrapper, kept, deadline),
  }
}

/** Makes the key file. @throws Failed `not-configured` inside the data directory; Error with code EEXIST when it exists. */
export function makeKeyFile(path: string, dataDirectory: string): void {
  assertOutside(path, dataDirectory)
  const key = randomKey()
  try {
    writeNewFile(path, key)
  } finally {
    key.fill(0)
  }
}

/** Not `randomBytes`: an array of this size is moved. */
function randomKey(): Uint8Array {
  return randomFillSync(unmoved(new Uint8Array(keyEncryptionKeySize)))
}

function readKeyFile(path: string, dataDirectory: string): Secret {
  const key = readSecretFile(path, dataDirectory)
  const size = key.use((bytes) => bytes.length)
  if (size === keyEncryptionKeySize) return key
  key.wipe()
  throw new Failed('not-configured', `${path} holds ${size} bytes instead of a key of ${keyEncryptionKeySize}`)
}

const argon2Async = promisify(argon2)

async function derive(passphrase: Secret, kept: JsonObject): Promise<Secret> {
  const nonce = hexIn(kept, 'salt')
  const [memory, passes, parallelism] = [count(kept, 'memory'), count(kept, 'passes'), count(kept, 'parallelism')]
  if (kept['kdf'] !== 'argon2id') throw damaged('kdf')
  const message = passphrase.use(unmoved)
  try {
    const options = { message, nonce, memory, passes, parallelism, tagLength: keyEncryptionKeySize }
    const key = await argon2Async('argon2id', options)
    return new Secret(key)
  } finally {
    message.fill(0)
  }
}

async function wrapNew(wrapper: KeyWrapper, deadline: Deadline): Promise<JsonObject> {
  const key = new Secret(randomKey())
  try {
    return { wrapper: wrapper.name, ciphertext: toHex(await wrapper.wrap(key, deadline)) }
  } finally {
    key.wipe()
  }
}

async function unwrap(wrapper: KeyWrapper, kept: JsonObject, deadline: Deadline): Promise<Secret> {
  if (kept['wrapper'] !== wrapper.name) {
    throw new Failed(
      'not-configured',
      `The key-encryption key was wrapped by ${JSON.stringify(kept['wrapper'])}, not ${wrapper.name}`,
    )
  }
  const key = await wrapper.unwrap(hexIn(kept, 'ciphertext'), deadline)
  if (key.use((bytes) => bytes.length) === keyEncryptionKeySize) return key
  key.wipe()
  throw damaged('ciphertext')
}

function count(kept: JsonObject, name: keyof typeof argon2Limits): number {
  const value = kept[name]
  const ok = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= argon2Limits[name]
  if (!ok) throw damaged(name)
  return value
}

function hexIn(kept: JsonObject, name: string): Uint8Array {
  const value = kept[name]
  if (!isLowerHex(value)) throw damaged(name)
  return fromHex(value)
}

function damaged(name: string): Failed {
  return new Failed('not-configured', `What is kept of the key-encryption key is damaged: ${name}`)
}
