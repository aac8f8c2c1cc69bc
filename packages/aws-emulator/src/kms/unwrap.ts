import { constants, createDecipheriv, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto'
import { AwsError } from '../errors.ts'
import type { ImportToken } from '../state.ts'
import { CURVES, privateScalar, publicPoint, toBigInt } from './curves.ts'
import { invalidCiphertext } from './ciphertext.ts'
import { modulusBytes } from './rsa.ts'
import { hashOf, keySpec, type KeySpecName, type Kind } from './specs.ts'

export const WRAPPING_ALGORITHMS = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
] as const

// AES key wrap with padding: alternative initial value of RFC 5649, section 3.
const AIV = Buffer.from('a65959a6', 'hex')

/** Opens imported key material with the wrapping key its token names. */
export function unwrap(token: ImportToken, wrapped: Buffer): Buffer {
  const key = createPrivateKey({ key: Buffer.from(token.wrappingKey, 'base64'), format: 'der', type: 'pkcs8' })
  try {
    if (token.wrappingAlgorithm.startsWith('RSAES')) return unwrapOaep(key, token.wrappingAlgorithm, wrapped)
    const size = modulusBytes(key)
    const aesKey = unwrapOaep(key, token.wrappingAlgorithm, wrapped.subarray(0, size))
    const decipher = createDecipheriv('id-aes256-wrap-pad', aesKey, AIV)
    return Buffer.concat([decipher.update(wrapped.subarray(size)), decipher.final()])
  } catch {
    throw invalidCiphertext()
  }
}

function unwrapOaep(key: KeyObject, algorithm: string, wrapped: Buffer): Buffer {
  return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashOf(algorithm) }, wrapped)
}

const incorrect = (message: string) => new AwsError('IncorrectKeyMaterialException', message)

/** The secret as the emulator keeps it; throws IncorrectKeyMaterialException when it is not of the key's spec. */
export function checkMaterial(spec: KeySpecName, material: Buffer): Buffer {
  const { kind } = keySpec(spec)
  const length = rawLength(kind)
  if (length === undefined) return checkPrivateKey(spec, kind, material)
  if (material.length !== length) {
    throw incorrect(`Key material is ${material.length} bytes long, but a ${spec} key has ${length}.`)
  }
  return material
}

function rawLength(kind: Kind): number | undefined {
  if (kind.type === 'symmetric') return 32
  return kind.type === 'hmac' ? kind.bytes : undefined
}

function checkPrivateKey(spec: KeySpecName, kind: Kind, material: Buffer): Buffer {
  const key = parsePkcs8(material)
  if (!fits(kind, key)) throw incorrect(`Key material is not a PKCS #8 private key of key spec ${spec}.`)
  // Written again, so that two encodings of one key give one material id.
  return key.export({ format: 'der', type: 'pkcs8' })
}

function parsePkcs8(material: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' })
  } catch {
    throw incorrect('Key material is not a DER-encoded PKCS #8 private key.')
  }
}

function fits(kind: Kind, key: KeyObject): boolean {
  const details = key.asymmetricKeyDetails
  if (kind.type === 'ed25519') return key.asymmetricKeyType === 'ed25519'
  if (kind.type === 'rsa') return key.asymmetricKeyType === 'rsa' && details?.modulusLength === kind.bits
  if (kind.type !== 'ec' || details?.namedCurve !== CURVES[kind.curve].openssl) return false
  return pairAgrees(key, CURVES[kind.curve])
}

/** A PKCS #8 file may carry a public point; one that belongs to another scalar would make every signature fail. */
function pairAgrees(key: KeyObject, curve: (typeof CURVES)[keyof typeof CURVES]): boolean {
  const { x } = key.export({ format: 'jwk' })
  const own = publicPoint(curve, privateScalar(key)).x
  return x === undefined || toBigInt(Buffer.from(x, 'base64url')) === toBigInt(own)
}
