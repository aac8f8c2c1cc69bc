/** What the service keeps to itself of wallets' keys: known to a test from the words, from the store, and from the emulator. */
import { createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DecryptCommand } from '@aws-sdk/client-kms'
import { HDKey } from '@scure/bip32'
import { mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { fromHex, utf8, type Hex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { Secret } from '../../src/base/secret.ts'
import type { KeyRecord } from '../../src/core/key.ts'
import { openKeyEncryptionKey } from '../../src/keys/sealed/key-encryption-key-file.ts'
import { deriveSubkeys } from '../../src/keys/sealed/key-encryption-key.ts'
import { passphraseSource } from '../../src/keys/sealed/key-sources.ts'
import { unseal } from '../../src/keys/sealed/seal.ts'
import { query } from '../store/postgres-cluster.ts'
import type { Canaries } from './canary-search.ts'
import type { WalletService } from './wallet-service.ts'

/** All between the words and the keys of a wallet whose branch is at `path`. */
export function secretsOfWords(words: string, path: string): Canaries {
  const seed = mnemonicToSeedSync(words)
  const root = HDKey.fromMasterSeed(seed)
  const branch = root.derive(path)
  return new Map([
    ['words', utf8(words)],
    ['entropy', mnemonicToEntropy(words, wordlist)],
    ['seed', seed],
    ['root', secretOf(root)],
    ['root as xprv', utf8(root.privateExtendedKey)],
    ['branch', secretOf(branch)],
    ['branch as xprv', utf8(branch.privateExtendedKey)],
    ['key of hd', secretOf(root.derive(`${path}/0/0`))],
    ['key of the change of hd', secretOf(root.derive(`${path}/1/0`))],
  ])
}

function secretOf({ privateKey }: HDKey): Uint8Array {
  if (privateKey === null) throw new Error('no private key')
  return privateKey
}

/** The key-encryption key and what is made of it. */
export async function secretsOfPassphrase({ dataDir }: { readonly dataDir: string }, passphrase: string) {
  const source = passphraseSource(new Secret(utf8(passphrase)))
  const { key } = await openKeyEncryptionKey(dataDir, source, deadlineIn(10_000, systemClock))
  const { sealing, state, pepper, note } = deriveSubkeys(key, 'sealing', 'state', 'pepper', 'note')
  const bytes = (secret: Secret) => secret.use((held) => held.slice())
  return new Map([
    ['key-encryption key', bytes(key)],
    ['sealing', bytes(sealing)],
    ['state key', bytes(state)],
    ['pepper', bytes(pepper)],
    ['note', bytes(note)],
  ])
}

/** As a signer process opens it. */
export async function sealedSecret(database: string, sealing: Uint8Array, keyId: string): Promise<Uint8Array> {
  const [row] = await query(database, `SELECT body FROM state_record WHERE kind = 'key' AND id = '${keyId}'`)
  const { value } = JSON.parse(String(row?.['body'])) as { readonly value: KeyRecord }
  const { algorithm, publicKey, ref } = value
  const { salt, nonce, ciphertext } = ref as Readonly<Record<'salt' | 'nonce' | 'ciphertext', Hex>>
  const sealed = { salt: fromHex(salt), nonce: fromHex(nonce), ciphertext: fromHex(ciphertext) }
  return unseal(sealing, { id: keyId, algorithm, publicKey: fromHex(publicKey) }, sealed)
}

/** As AWS decrypts it for who holds the copy and may ask: PKCS #8, of which JWK has the number alone. */
export async function dataKeySecret({ kms, service }: WalletService, keyId: string): Promise<Uint8Array> {
  const copy = JSON.parse(await readFile(join(service.folder, 'copies', `${keyId}.json`), 'utf8')) as {
    readonly ciphertext: string
    readonly context: Record<string, string>
  }
  const { ciphertext, context: EncryptionContext } = copy
  const asked = { CiphertextBlob: Buffer.from(ciphertext, 'base64'), EncryptionContext }
  const { Plaintext = new Uint8Array() } = await kms.send(new DecryptCommand(asked))
  const key = createPrivateKey({ key: Buffer.from(Plaintext), format: 'der', type: 'pkcs8' })
  return Uint8Array.from(Buffer.from(String(key.export({ format: 'jwk' }).d), 'base64url'))
}
