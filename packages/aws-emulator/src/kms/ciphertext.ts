import { constants, createCipheriv, createDecipheriv, privateDecrypt, publicEncrypt } from 'node:crypto'
import { keyArn } from '../arn.ts'
import type { Emulator } from '../emulator.ts'
import { AwsError, validation } from '../errors.ts'
import type { Random } from '../random.ts'
import type { KeyRecord, Material } from '../state.ts'
import { settle } from './lifetime.ts'
import { currentMaterial, privateKey, secretBytes } from './material.ts'
import { modulusBytes } from './rsa.ts'
import { type EncryptionAlgorithm, HASH_BYTES, hashOf } from './specs.ts'

export type EncryptionContext = Readonly<Record<string, string>>

/**
 * A symmetric ciphertext is the emulator's own: version, key id, material id, nonce, AES-256-GCM body and tag. As in
 * AWS's, the key is named inside, so that Decrypt finds it, and a multi-Region key's replica opens it.
 */
const VERSION = 0x45
const NONCE = 12
const TAG = 16
const MATERIAL_ID = 32

interface Header {
  readonly keyId: string
  readonly materialId: string
  readonly length: number
}

export const invalidCiphertext = () => new AwsError('InvalidCiphertextException')

function associatedData(header: Buffer, context: EncryptionContext): Buffer {
  const sorted = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.concat([header, Buffer.from(JSON.stringify(sorted))])
}

export function encryptSymmetric(
  key: KeyRecord,
  plaintext: Uint8Array,
  context: EncryptionContext,
  random: Random,
): Buffer {
  const material = currentMaterial(key)
  const id = Buffer.from(key.id)
  const header = Buffer.concat([Buffer.from([VERSION, id.length]), id, Buffer.from(material.id, 'hex')])
  const nonce = random.bytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', secretBytes(material), nonce)
  cipher.setAAD(associatedData(header, context))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([header, nonce, body, cipher.getAuthTag()])
}

function readHeader(blob: Buffer): Header {
  const idLength = blob[1] ?? 0
  const length = 2 + idLength + MATERIAL_ID
  if (blob[0] !== VERSION || blob.length < length + NONCE + TAG) throw invalidCiphertext()
  const keyId = blob.subarray(2, 2 + idLength).toString('latin1')
  return { keyId, materialId: blob.subarray(2 + idLength, length).toString('hex'), length }
}

/** The key a symmetric ciphertext was made under. Throws InvalidCiphertextException when there is none such. */
export function keyOfCiphertext(emulator: Emulator, region: string, blob: Buffer): KeyRecord {
  const stored = emulator.state.keys.get(keyArn(region, readHeader(blob).keyId))
  const key = stored === undefined ? undefined : settle(emulator, stored)
  if (key === undefined) throw invalidCiphertext()
  return key
}

/** Opens what encryptSymmetric made, with whichever material it names. */
export function decryptSymmetric(
  key: KeyRecord,
  blob: Buffer,
  context: EncryptionContext,
): { plaintext: Buffer; material: Material } {
  const header = readHeader(blob)
  const material = key.materials.find((one) => one.id === header.materialId)
  if (material === undefined || header.keyId !== key.id) throw invalidCiphertext()
  const nonce = blob.subarray(header.length, header.length + NONCE)
  const decipher = createDecipheriv('aes-256-gcm', secretBytes(material), nonce)
  decipher.setAAD(associatedData(blob.subarray(0, header.length), context))
  decipher.setAuthTag(blob.subarray(-TAG))
  try {
    const plaintext = Buffer.concat([decipher.update(blob.subarray(header.length + NONCE, -TAG)), decipher.final()])
    return { plaintext, material }
  } catch {
    throw invalidCiphertext()
  }
}

const oaep = (key: KeyRecord, algorithm: EncryptionAlgorithm) => ({
  key: privateKey(currentMaterial(key)),
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: hashOf(algorithm),
})

export function encryptRsa(key: KeyRecord, algorithm: EncryptionAlgorithm, plaintext: Buffer): Buffer {
  const options = oaep(key, algorithm)
  const limit = modulusBytes(options.key) - 2 * HASH_BYTES[hashOf(algorithm)] - 2
  if (plaintext.length > limit) {
    throw validation(`Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${limit} bytes.`)
  }
  return publicEncrypt(options, plaintext)
}

export function decryptRsa(key: KeyRecord, algorithm: EncryptionAlgorithm, blob: Buffer): Buffer {
  try {
    return privateDecrypt(oaep(key, algorithm), blob)
  } catch {
    throw invalidCiphertext()
  }
}
