import { createECDH, type KeyObject } from 'node:crypto'
import type { CurveName } from './specs.ts'

export interface Curve {
  readonly name: CurveName
  /** What node:crypto calls it. */
  readonly openssl: string
  readonly order: bigint
  readonly bytes: number
}

// Group orders: SEC 2, sections 2.4.1 to 2.6.1.
export const CURVES: Readonly<Record<CurveName, Curve>> = {
  secp256k1: {
    name: 'secp256k1',
    openssl: 'secp256k1',
    order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    bytes: 32,
  },
  'P-256': {
    name: 'P-256',
    openssl: 'prime256v1',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    bytes: 32,
  },
  'P-384': {
    name: 'P-384',
    openssl: 'secp384r1',
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    bytes: 48,
  },
  'P-521': {
    name: 'P-521',
    openssl: 'secp521r1',
    order: BigInt(
      '0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
    ),
    bytes: 66,
  },
}

export const toBigInt = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)

export function scalarBytes(curve: Curve, scalar: bigint): Buffer {
  return Buffer.from(scalar.toString(16).padStart(curve.bytes * 2, '0'), 'hex')
}

export interface Point {
  readonly x: Buffer
  readonly y: Buffer
}

/** scalar × G: OpenSSL does the curve arithmetic, as the public key of an ECDH pair. */
export function publicPoint(curve: Curve, scalar: bigint): Point {
  const ecdh = createECDH(curve.openssl)
  ecdh.setPrivateKey(scalarBytes(curve, scalar))
  const point = ecdh.getPublicKey()
  return { x: point.subarray(1, 1 + curve.bytes), y: point.subarray(1 + curve.bytes) }
}

const scalars = new WeakMap<KeyObject, bigint>()

/** The private scalar of an elliptic-curve key, read once. */
export function privateScalar(key: KeyObject): bigint {
  const known = scalars.get(key)
  if (known !== undefined) return known
  const { d } = key.export({ format: 'jwk' })
  if (d === undefined) throw new TypeError('Not an elliptic-curve private key')
  const scalar = toBigInt(Buffer.from(d, 'base64url'))
  scalars.set(key, scalar)
  return scalar
}

/** value⁻¹ modulo a prime, by the extended Euclidean algorithm. */
export function invert(value: bigint, modulus: bigint): bigint {
  let [low, high, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n]
  while (low > 1n) {
    const quotient = high / low
    ;[low, high, x, y] = [high - quotient * low, low, y - quotient * x, x]
  }
  return ((x % modulus) + modulus) % modulus
}
