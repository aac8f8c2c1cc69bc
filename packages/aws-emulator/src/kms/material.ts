import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Random } from '../random.ts'
import type { KeyRecord, Material } from '../state.ts'
import { CURVES, publicPoint, scalarBytes } from './curves.ts'
import { type KeySpecName, keySpec, type Kind } from './specs.ts'

const generateRsa = promisify(generateKeyPair)

// PKCS #8 of an Ed25519 key is this and the 32-byte seed (RFC 8410, section 7).
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** New secret bytes of a key spec: raw for symmetric and HMAC keys, PKCS #8 DER for the others. */
export async function generateSecret(spec: KeySpecName, random: Random): Promise<Buffer> {
  const { kind } = keySpec(spec)
  if (kind.type === 'symmetric') return random.bytes(32)
  if (kind.type === 'hmac') return random.bytes(kind.bytes)
  if (kind.type === 'ed25519') return Buffer.concat([ED25519_PREFIX, random.bytes(32)])
  if (kind.type === 'ec') return ecSecret(kind.curve, random)
  const pair = await generateRsa('rsa', { modulusLength: kind.bits })
  return pair.privateKey.export({ format: 'der', type: 'pkcs8' })
}

function ecSecret(curveName: Extract<Kind, { type: 'ec' }>['curve'], random: Random): Buffer {
  const curve = CURVES[curveName]
  const scalar = random.scalar(curve.order)
  const { x, y } = publicPoint(curve, scalar)
  const jwk = {
    kty: 'EC',
    crv: curveName,
    d: scalarBytes(curve, scalar).toString('base64url'),
    x: x.toString('base64url'),
    y: y.toString('base64url'),
  }
  return createPrivateKey({ format: 'jwk', key: jwk }).export({ format: 'der', type: 'pkcs8' })
}

/** The same bytes under the same key always have the same id: an import repeated is recognised. */
export function makeMaterial(keyId: string, secret: Buffer): Material {
  const id = createHash('sha256').update(keyId).update(secret).digest('hex')
  return { id, secret: secret.toString('base64') }
}

/** The material new results are made with; a key without any is pending import and has none. */
export function currentMaterial(key: KeyRecord): Material {
  const material = key.materials.at(-1)
  if (material === undefined) throw new Error(`${key.arn} has no key material`)
  return material
}

export const secretBytes = (material: Material) => Buffer.from(material.secret, 'base64')

const parsed = new WeakMap<Material, KeyObject>()

/** The private key of an asymmetric key's material, parsed once. */
export function privateKey(material: Material): KeyObject {
  const known = parsed.get(material)
  if (known !== undefined) return known
  const key = createPrivateKey({ key: secretBytes(material), format: 'der', type: 'pkcs8' })
  parsed.set(material, key)
  return key
}

/** DER SubjectPublicKeyInfo. */
export function publicKeyDer(material: Material): Buffer {
  return createPublicKey(privateKey(material)).export({ format: 'der', type: 'spki' })
}
