import type { Random } from '../random.ts'
import { type Curve, invert, publicPoint, toBigInt } from './curves.ts'

/**
 * ECDSA over a digest, written out because node:crypto neither takes a digest nor repeats a nonce: a seed gives the same
 * signatures again, and s falls above and below half the order equally often, as AWS's does. Nothing here is
 * constant-time; the keys protect nothing.
 */
export interface Ecdsa {
  readonly r: bigint
  readonly s: bigint
}

export function signDigest(curve: Curve, scalar: bigint, digest: Uint8Array, random: Random): Ecdsa {
  for (;;) {
    const signature = withNonce(curve, scalar, digest, random.scalar(curve.order))
    if (signature !== undefined) return random.coin() ? signature : { ...signature, s: curve.order - signature.s }
  }
}

function withNonce(curve: Curve, scalar: bigint, digest: Uint8Array, nonce: bigint): Ecdsa | undefined {
  const { order } = curve
  const r = toBigInt(publicPoint(curve, nonce).x) % order
  const s = (invert(nonce, order) * (toBigInt(digest) + r * scalar)) % order
  return r === 0n || s === 0n ? undefined : { r, s }
}

// Nonces whose r is short on secp256k1: no amount of trying finds these lengths while a caller waits.
// They are public, so a signature made with one gives its private key away; only the fault `der-length` uses them.
// Found by a search over small multiples of the generator; each gives two lengths, by low and by high s.
const SHORT_R: readonly bigint[] = [
  // r has 29 bytes.
  0x8459edn,
  // r has 28 bytes.
  0xd6c781af39675c60d15bdf8ffb7ee3439e4b82c807e89ccc72fbf49f76eae33en,
  // r has 21 bytes: 1/2 modulo the order, an accident of how the generator was chosen.
  0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1n,
]

const GRIND_LIMIT = 20_000

/**
 * A signature whose DER has exactly `length` bytes, found by trying nonces; undefined when none was found.
 * For secp256k1: 69 to 72 by trying; 66 to 68, 59 and 60 by a known short r.
 */
export function signToLength(
  curve: Curve,
  scalar: bigint,
  digest: Uint8Array,
  random: Random,
  length: number,
): Ecdsa | undefined {
  const known = shortCandidates(curve, scalar, digest)
  const short = known.find((one) => encodeDer(one).length === length)
  if (short !== undefined) return short
  for (let tries = 0; tries < GRIND_LIMIT; tries++) {
    const signature = signDigest(curve, scalar, digest, random)
    const flipped = { ...signature, s: curve.order - signature.s }
    const fitting = [signature, flipped].find((one) => encodeDer(one).length === length)
    if (fitting !== undefined) return fitting
  }
  return undefined
}

function shortCandidates(curve: Curve, scalar: bigint, digest: Uint8Array): readonly Ecdsa[] {
  if (curve.name !== 'secp256k1') return []
  return SHORT_R.flatMap((nonce) => {
    const signature = withNonce(curve, scalar, digest, nonce)
    return signature === undefined ? [] : [signature, { ...signature, s: curve.order - signature.s }]
  })
}

/** SEQUENCE { INTEGER r, INTEGER s } (SEC 1, appendix C.8). */
export function encodeDer({ r, s }: Ecdsa): Buffer {
  const body = Buffer.concat([derInteger(r), derInteger(s)])
  const length = body.length < 128 ? [body.length] : [0x81, body.length]
  return Buffer.concat([Buffer.from([0x30, ...length]), body])
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const padded = (bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes
  return Buffer.concat([Buffer.from([0x02, padded.length]), padded])
}

/** Strict DER: what does not encode to the same bytes again is refused. */
export function decodeDer(der: Buffer): Ecdsa | undefined {
  const start = der[1] === 0x81 ? 3 : 2
  const rLength = der[start + 1] ?? 0
  const sAt = start + 2 + rLength
  const r = toBigInt(der.subarray(start + 2, sAt))
  const s = toBigInt(der.subarray(sAt + 2))
  return encodeDer({ r, s }).equals(der) ? { r, s } : undefined
}

/**
 * Verifies with the private scalar d: u₁G + u₂Q is (u₁ + u₂d)G, one multiplication of the generator, which node:crypto
 * can do; an addition of two points it cannot.
 */
export function verifyDigest(curve: Curve, scalar: bigint, digest: Uint8Array, { r, s }: Ecdsa): boolean {
  const { order } = curve
  if (r <= 0n || s <= 0n || r >= order || s >= order) return false
  const sum = (invert(s, order) * (toBigInt(digest) + r * scalar)) % order
  return sum !== 0n && toBigInt(publicPoint(curve, sum).x) % order === r
}
