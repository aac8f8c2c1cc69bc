/** A folder of EIP-2335 keystores with their passwords beside them, as Web3Signer and py3signer take it. */
import { basename, join } from 'node:path'
import { keystoreFile, keystoreLabel } from '../../core/keystore.ts'
import { fault, filesIn, readPassword, readSmall } from './files.ts'
import type { Passwords } from './rooms.ts'
import type { KeyFile, KeySource } from './source.ts'

/** Real ones have about 900 bytes. */
const keystoreLimit = 64 * 1024

type Place = { readonly folder: string } & Passwords

/** @throws Refused when the folder cannot be read */
export async function keystoresIn(place: Place): Promise<readonly KeyFile[]> {
  const found = await filesIn(place.folder, keystoreFile)
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
  const { hasSecret, ...label } = keystoreLabel(keystore)
  if (!hasSecret) throw fault(`${path} is no EIP-2335 keystore`)
  return { name, ...label, secret: async () => ({ format: 'keystore-v4', keystore, password: await password() }) }
}
