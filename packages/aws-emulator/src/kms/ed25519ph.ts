import { createHash } from 'node:crypto'

/**
 * Ed25519ph (RFC 8032, section 5.1), which node:crypto does not offer. Group arithmetic on extended coordinates
 * (section 5.1.4) with BigInt: slow and not constant-time.
 */
const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

interface Extended {
  readonly X: bigint
  readonly Y: bigint
  readonly Z: bigint
  readonly T: bigint
}

const BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202n
const BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960n
const BASE: Extended = { X: BASE_X, Y: BASE_Y, Z: 1n, T: mod(BASE_X * BASE_Y) }
const IDENTITY: Extended = { X: 0n, Y: 1n, Z: 1n, T: 0n }

function mod(value: bigint, modulus = P): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square, bits] = [1n, mod(base), exponent]
  for (; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}

function add(a: Extended, b: Extended): Extended {
  const A = mod((a.Y - a.X) * (b.Y - b.X))
  const B = mod((a.Y + a.X) * (b.Y + b.X))
  const C = mod(a.T * 2n * D * b.T)
  const E = B - A
  const F = mod(a.Z * 2n * b.Z) - C
  const G = mod(a.Z * 2n * b.Z) + C
  const H = B + A
  return { X: mod(E * F), Y: mod(G * H), Z: mod(F * G), T: mod(E * H) }
}

function multiply(point: Extended, scalar: bigint): Extended {
  let [result, doubled] = [IDENTITY, point]
  for (let bits = scalar; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = add(result, doubled)
    doubled = add(doubled, doubled)
  }
  return result
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
}

function encodePoint({ X, Y, Z }: Extended): Buffer {
  const inverse = power(Z, P - 2n)
  const bytes = toBytes(mod(Y * inverse))
  bytes[31] = (bytes[31] ?? 0) | Number((mod(X * inverse) & 1n) << 7n)
  return bytes
}

const sha512 = (...parts: readonly Uint8Array[]) => {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

// dom2(1, ''): prehash flag 1, empty context (RFC 8032, section 2).
const DOM2 = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions'), Buffer.from([1, 0])])

interface Expanded {
  readonly scalar: bigint
  readonly prefix: Buffer
  readonly publicKey: Buffer
}

function expand(seed: Uint8Array): Expanded {
  const hash = sha512(seed)
  const clamped = Buffer.from(hash.subarray(0, 32))
  clamped[0] = (clamped[0] ?? 0) & 248
  clamped[31] = ((clamped[31] ?? 0) & 127) | 64
  const scalar = littleEndian(clamped)
  return { scalar, prefix: hash.subarray(32), publicKey: encodePoint(multiply(BASE, scalar)) }
}

/** 64-byte Ed25519ph signature of `message`, which is hashed here: PH(M) = SHA-512(M). */
export function signPrehash(seed: Uint8Array, message: Uint8Array): Buffer {
  const { scalar, prefix, publicKey } = expand(seed)
  const digest = sha512(message)
  const nonce = mod(littleEndian(sha512(DOM2, prefix, digest)), L)
  const R = encodePoint(multiply(BASE, nonce))
  const challenge = mod(littleEndian(sha512(DOM2, R, publicKey, digest)), L)
  return Buffer.concat([R, toBytes(mod(nonce + challenge * scalar, L))])
}

/** Verifies with the private seed: R must be (S − k·a)B, so no point needs decoding. */
export function verifyPrehash(seed: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  const { scalar, publicKey } = expand(seed)
  const R = signature.subarray(0, 32)
  const S = littleEndian(signature.subarray(32))
  if (S >= L) return false
  const challenge = mod(littleEndian(sha512(DOM2, R, publicKey, sha512(message))), L)
  return encodePoint(multiply(BASE, mod(S - challenge * scalar, L))).equals(Buffer.from(R))
}
