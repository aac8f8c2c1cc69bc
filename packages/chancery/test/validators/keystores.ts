/** EIP-2335 keystores made by another library, cheap to open, and folders of them. */
import { deriveEth2ValidatorKeys, deriveKeyFromMnemonic } from '@chainsafe/bls-keygen'
import { defaultScryptModule, Keystore } from '@chainsafe/bls-keystore'
import { SecretKey } from '@chainsafe/blst'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { toHex, type Hex } from '../../src/base/bytes.ts'

export interface TestKeystore {
  /** The text of the file. */
  readonly text: string
  readonly password: string
  readonly publicKey: Hex
  readonly privateKey: Hex
  readonly path: string
}

const mnemonic =
  'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art'

/** Of the same mnemonic, so a number names the same key in every test. */
function testPrivateKey(index: number): Uint8Array {
  return deriveEth2ValidatorKeys(deriveKeyFromMnemonic(mnemonic), index).signing
}

/** What differs from the validator key of `index`, its own password and a scrypt that costs nothing. */
export interface KeystoreOptions {
  readonly privateKey?: Uint8Array
  readonly password?: string
  /** A power of two; keystores of real clients have 262,144. */
  readonly scryptN?: number
}

export async function testKeystore(index: number, options: KeystoreOptions = {}): Promise<TestKeystore> {
  const { privateKey = testPrivateKey(index), password = `password of ${index}`, scryptN = 16 } = options
  const path = `m/12381/3600/${index}/0/0`
  const publicKey = SecretKey.fromBytes(privateKey).toPublicKey().toBytes()
  const { params, ...kdf } = defaultScryptModule()
  const cheap = { ...kdf, params: { ...params, n: scryptN } }
  const keystore = await Keystore.create(password, privateKey, publicKey, path, null, cheap)
  return { text: keystore.stringify(), password, publicKey: toHex(publicKey), privateKey: toHex(privateKey), path }
}

export function randomPrivateKey(): Uint8Array {
  return SecretKey.fromKeygen(randomBytes(32)).toBytes()
}

export interface KeystoreFolder {
  readonly folder: string
  readonly keystores: string
  readonly passwords: string
}

/** Folders as `--keystores-path` and `--keystores-passwords-path` name them, gone when the test ends. */
export async function keystoreFolder(all: readonly TestKeystore[] = []): Promise<KeystoreFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-keystores-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const [keystores, passwords] = [join(folder, 'keystores'), join(folder, 'passwords')]
  await mkdir(keystores)
  await mkdir(passwords)
  const made = { folder, keystores, passwords }
  for (const [index, keystore] of all.entries()) await addKeystore(made, `keystore-${index}`, keystore)
  return made
}

export async function addKeystore({ keystores, passwords }: KeystoreFolder, name: string, one: TestKeystore) {
  await writeFile(join(passwords, `${name}.txt`), `${one.password}\n`)
  await writeFile(join(keystores, `${name}.json`), one.text)
}
