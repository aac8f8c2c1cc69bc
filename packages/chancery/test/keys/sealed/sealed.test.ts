import { randomBytes } from 'node:crypto'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { mnemonicFromSeed } from 'algosdk'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { systemClock, type Clock } from '../../../src/base/clock.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import { Secret } from '../../../src/base/secret.ts'
import { bls12381 } from '../../../src/curves/bls12-381.ts'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import { publicKeyOf } from '../../../src/curves/ed25519/sign.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { secp256k1Schnorr } from '../../../src/curves/secp256k1-schnorr.ts'
import { createSealed, type SealedBackend } from '../../../src/keys/sealed/sealed.ts'
import { openBackup } from '../../../src/signers/backup.ts'
import { generateEnvelopeKeys } from '../../../src/signers/envelope.ts'
import { clearedFor, codeOf, keyBackendContract, newKeyId, refOf, soon } from '../../contract/key-backend.ts'

let backend: SealedBackend

beforeAll(async () => {
  backend = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock: systemClock })
})
afterAll(() => backend.close())

keyBackendContract('sealed', () => ({ backend, curve: secp256k1 }))
keyBackendContract('sealed with Schnorr', () => ({ backend, curve: secp256k1Schnorr }))
keyBackendContract('sealed with Ed25519', () => ({ backend, curve: ed25519 }))
keyBackendContract('sealed with BLS12-381', () => ({ backend, curve: bls12381 }))

const words = { list: wordlist, checksum: 'sha512-256' } as const

test('a key is imported from its words, which are wiped', async () => {
  const seed = Uint8Array.from(randomBytes(32))
  const text = new Secret(utf8(mnemonicFromSeed(seed)))
  const request = { id: newKeyId(), algorithm: 'ed25519', words } as const
  const { publicKey } = await backend.import(request, { format: 'words', words: text }, soon())
  expect(toHex(publicKey.bytes)).toBe(toHex(publicKeyOf(seed)))
  expect(() => text.use(toHex)).toThrow('wiped')
})

test('words of a family that has none are refused, and wiped', async () => {
  const text = new Secret(utf8(mnemonicFromSeed(randomBytes(32))))
  const request = { id: newKeyId(), algorithm: 'ed25519' } as const
  expect(await codeOf(backend.import(request, { format: 'words', words: text }, soon()))).toBe('not-supported')
  expect(() => text.use(toHex)).toThrow('wiped')
})

test('a backup holds the words of the key that was made, for its recipient alone', async () => {
  const keys = generateEnvelopeKeys()
  const id = newKeyId()
  const backup = { words, recipient: keys.publicKey }
  const made = await backend.create({ id, algorithm: 'ed25519', backup }, soon())
  const text = Buffer.from(openBackup(keys, id, 'ed25519', made.backup ?? new Uint8Array())).toString()
  const again = { id: newKeyId(), algorithm: 'ed25519', words } as const
  const imported = await backend.import(again, { format: 'words', words: new Secret(utf8(text)) }, soon())
  expect(toHex(imported.publicKey.bytes)).toBe(toHex(made.publicKey.bytes))
  // The same request again is the same answer; another recipient, or none, asks for something else.
  expect(await backend.create({ id, algorithm: 'ed25519', backup }, soon())).toEqual(made)
  const other = { words, recipient: generateEnvelopeKeys().publicKey }
  expect(await codeOf(backend.create({ id, algorithm: 'ed25519', backup: other }, soon()))).toBe('already-exists')
  expect(await codeOf(backend.create({ id, algorithm: 'ed25519' }, soon()))).toBe('already-exists')
})

test('a key that was enabled through another process signs again in the one that disabled it', async () => {
  let passed = 0
  const clock: Clock = { now: systemClock.now, monotonic: () => systemClock.monotonic() + passed }
  const mine = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock })
  onTestFinished(() => mine.close())
  const id = newKeyId()
  const ref = refOf(id, await mine.create({ id, algorithm: 'secp256k1-ecdsa' }, deadlineIn(5_000, clock)))
  const sign = () => codeOf(mine.sign(ref, clearedFor(ref, randomBytes(32), [], clock), deadlineIn(5_000, clock)))
  await mine.disable(ref, deadlineIn(5_000, clock))
  passed = 6_000
  expect(await sign()).toBe('key-state')
  passed = 12_000
  await expect(
    mine.sign(ref, clearedFor(ref, randomBytes(32), [], clock), deadlineIn(5_000, clock)),
  ).resolves.toHaveProperty('bytes')
})
