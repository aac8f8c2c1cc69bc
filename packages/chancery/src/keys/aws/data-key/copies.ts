/**
 * The second place of each ciphertext: one file a key, outside the data directory. KMS keeps nothing of a data key pair, so
 * with its only ciphertext lost an account is lost. The files hold no secret: they open with `kms:Decrypt` alone.
 */
import { access, constants, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isJsonObject, type Json } from '../../../base/json.ts'
import { parseJson } from '../../../base/strict-json.ts'
import { Failed } from '../../../core/errors.ts'
import type { Algorithm } from '../../../core/key.ts'
import type { KeyId } from '../../../core/names.ts'

/** All that it takes to use the key, or to bring it back without the service's store. */
export interface Copy {
  readonly id: KeyId
  readonly algorithm: Algorithm
  /** Hex. */
  readonly publicKey: string
  /** ARN of the symmetric KMS key. */
  readonly keyArn: string
  readonly context: Readonly<Record<string, string>>
  /** Base64. */
  readonly ciphertext: string
}

export interface Copies {
  /** @throws Failed `backend-failed` when what is there is no copy of this key. */
  read(id: KeyId): Promise<Copy | undefined>
  /** Durable before it returns: file and folder are synced. @throws Failed `backend-unavailable` */
  write(copy: Copy): Promise<void>
  /** Repeatable. */
  remove(id: KeyId): Promise<void>
}

/** @throws Failed `not-configured` when the folder cannot be written to. */
export async function openCopies(folder: string): Promise<Copies> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Failed(
      'not-configured',
      `The folder for copies of data keys, ${folder}, cannot be used (${codeOf(error)})`,
    )
  }
  const fileOf = (id: KeyId): string => join(folder, `${requirePlain(id)}.json`)
  return {
    async read(id) {
      const text = await readIfAny(fileOf(id))
      return text === undefined ? undefined : parseCopy(text, id, fileOf(id))
    },
    write: (copy) =>
      changing(fileOf(copy.id), async (file) => {
        await writeDurably(`${file}.new`, `${JSON.stringify({ v: 1, ...copy }, null, 2)}\n`)
        await rename(`${file}.new`, file)
        await syncFolder(folder)
      }),
    remove: (id) =>
      changing(fileOf(id), async (file) => {
        await rm(file, { force: true })
        await syncFolder(folder)
      }),
  }
}

function requirePlain(id: KeyId): string {
  if (/^key_[0-9a-z]{26}$/.test(id)) return id
  throw new Failed('internal', 'The id of the key cannot be the name of a file')
}

async function readIfAny(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new Failed('backend-unavailable', `${file} cannot be read (${codeOf(error)})`)
  }
}

const algorithms: readonly Algorithm[] = ['ed25519', 'secp256k1-ecdsa', 'secp256k1-schnorr']

function parseCopy(text: string, id: KeyId, file: string): Copy {
  const members = objectIn(text)
  const [publicKey, keyArn, ciphertext] = [members['publicKey'], members['keyArn'], members['ciphertext']]
  const [algorithm, context] = [members['algorithm'], members['context']]
  const known = algorithms.find((one) => one === algorithm)
  const texts = typeof publicKey === 'string' && typeof keyArn === 'string' && typeof ciphertext === 'string'
  if (members['v'] !== 1 || members['id'] !== id || known === undefined || !texts || !isJsonObject(context ?? null)) {
    throw new Failed('backend-failed', `${file} is no copy of the data key ${id}`)
  }
  const pairs = Object.entries(context ?? {}).map(([name, value]) => [name, String(value)] as const)
  return { id, algorithm: known, publicKey, keyArn, ciphertext, context: Object.fromEntries(pairs) }
}

function objectIn(text: string): Readonly<Record<string, Json | undefined>> {
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}

async function changing(file: string, change: (file: string) => Promise<void>): Promise<void> {
  try {
    await change(file)
  } catch (error) {
    throw new Failed('backend-unavailable', `${file} cannot be written or removed (${codeOf(error)})`)
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
