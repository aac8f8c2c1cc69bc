/** A folder of EIP-2335 keystores with their passwords beside them, as Web3Signer and py3signer take it. */
import { basename, join } from 'node:path'
import { isHex, type Hex } from '../../base/bytes.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { fault, filesIn, readPassword, readSmall } from './files.ts'
import type { Passwords } from './rooms.ts'
import type { KeyFile, KeySource } from './source.ts'

/** Real ones have about 900 bytes. */
const keystoreLimit = 64 * 1024

type Place = { readonly folder: string } & Passwords

/** @throws Refused when the folder cannot be read */
export async function keystoresIn(place: Place): Promise<readonly KeyFile[]> {
  const found = await filesIn(place.folder, /\.json$/i)
  const shared = 'passwordFile' in place ? once(() => readPassword(place.passwordFile)) : undefined
  const passwordOf = (path: string) =>
    shared?.() ?? readPassword(join('passwords' in place ? place.passwords : '', passwordName(path)))
  return found.map(({ path, stamp }) => ({
    path,
    stamp,
    open: async () => [await keystoreSource(path, path, () => passwordOf(path))],
  }))
}

const passwordName = (path: string): string => `${basename(path).replace(/\.json$/i, '')}.txt`

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => (done ??= work())
}

/** @throws Refused when it is no keystore */
export async function keystoreSource(name: string, path: string, password: () => Promise<string>): Promise<KeySource> {
  const keystore = await readSmall(path, keystoreLimit)
  const { pubkey, path: derivation } = parse(keystore, path)
  return {
    name,
    ...publicKeyOf(pubkey),
    // EIP-2335 requires the member; it is empty where the key was not derived.
    ...(typeof derivation === 'string' && /^m(?:\/[0-9]{1,10}){1,16}$/.test(derivation) && { derivation }),
    secret: async () => ({ format: 'keystore-v4', keystore, password: await password() }),
  }
}

function parse(text: string, path: string): JsonObject {
  const value = parsed(text)
  if (isJsonObject(value) && isJsonObject(value['crypto'])) return value
  throw fault(`${path} is no EIP-2335 keystore`)
}

/** What `JSON.parse` says of a text shows a piece of it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function publicKeyOf(pubkey: unknown): { readonly publicKey?: Hex } {
  if (typeof pubkey !== 'string') return {}
  const publicKey = `0x${pubkey.replace(/^0x/, '').toLowerCase()}`
  return isHex(publicKey, 48) ? { publicKey } : {}
}
