import { generateKeyPairSync } from 'node:crypto'
import { secp256k1 as noble } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { curveOf } from '../../src/curves/curves.ts'
import { secp256k1 } from '../../src/curves/secp256k1.ts'
import { parseDer } from '../../src/curves/secp256k1/der.ts'
import { generate, publicKeyOf, sign } from '../../src/curves/secp256k1/sign.ts'
import { isLowS, recover } from '../../src/curves/secp256k1/signature.ts'

const privateKeys = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((bytes) => noble.utils.isValidSecretKey(bytes))
const digests = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** The same signature with the other s, and so the other parity. */
function mirrored(signature: Uint8Array): Uint8Array {
  const { r, s } = noble.Signature.fromBytes(signature, 'compact')
  return new noble.Signature(r, noble.Point.Fn.ORDER - s).toBytes('compact')
}

describe('public keys', () => {
  const privateKey = generate()
  const compressed = publicKeyOf(privateKey)
  const point = noble.Point.fromBytes(compressed)
  const prefix = Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex')
  const spki = concat(prefix, point.toBytes(false))

  test('one form from the three that are taken', () => {
    for (const form of [compressed, point.toBytes(false), spki]) {
      expect(secp256k1.publicKey(form)).toEqual({ algorithm: 'secp256k1-ecdsa', bytes: Uint8Array.from(compressed) })
    }
  })

  test('takes what OpenSSL exports', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    const exported = publicKey.export({ format: 'der', type: 'spki' })
    expect(exported.length).toBe(88)
    expect(secp256k1.publicKey(exported).bytes).toEqual(
      noble.Point.fromBytes(Uint8Array.from(exported.subarray(-65))).toBytes(),
    )
  })

  test.each([
    [
      'P-256 in SPKI',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' }),
    ],
    ['Ed25519 in SPKI', generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' })],
    [
      'a hybrid point',
      concat(Uint8Array.of(6 + ((point.toBytes(false)[64] ?? 0) % 2)), point.toBytes(false).subarray(1)),
    ],
    ['a point off the curve', concat(Uint8Array.of(4), new Uint8Array(64).fill(1))],
    ['a point at infinity', Uint8Array.of(0)],
    ['an x without a point', concat(Uint8Array.of(2), new Uint8Array(32).fill(0xff))],
    ['one byte more', concat(spki, Uint8Array.of(0))],
    ['one byte less', spki.subarray(0, 87)],
    ['the coordinates alone', point.toBytes(false).subarray(1)],
    ['nothing', new Uint8Array(0)],
  ])('%s is refused', (_name, bytes) => {
    expect(() => secp256k1.publicKey(bytes)).toThrow(RangeError)
  })

  test('one flipped bit of the SPKI prefix is refused', () => {
    for (let bit = 0; bit < 8 * prefix.length; bit++) {
      const bent = Uint8Array.from(spki)
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit % 8))
      expect(() => secp256k1.publicKey(bent), `bit ${bit}`).toThrow(RangeError)
    }
  })
})

describe('signing', () => {
  test('noble makes the same public key and, by RFC 6979, the same signature', () => {
    fc.assert(
      fc.property(privateKeys, digests, (privateKey, digest) => {
        expect(toHex(publicKeyOf(privateKey))).toBe(toHex(noble.getPublicKey(privateKey)))
        const bytes = noble.sign(digest, privateKey, { prehash: false, format: 'recovered' })
        expect(toHex(sign(privateKey, digest))).toBe(toHex(concat(bytes.subarray(1), bytes.subarray(0, 1))))
      }),
      { numRuns: 50 },
    )
  })

  test('generates keys that differ and are in range', () => {
    const keys = Array.from({ length: 50 }, generate)
    expect(new Set(keys.map(toHex)).size).toBe(50)
    expect(keys.every((key) => noble.utils.isValidSecretKey(key))).toBe(true)
  })

  test.each([
    new Uint8Array(32),
    new Uint8Array(32).fill(0xff),
    new Uint8Array(31).fill(1),
    new Uint8Array(33).fill(1),
  ])('a private key out of range is refused', (key) => {
    expect(() => publicKeyOf(key)).toThrow(RangeError)
    expect(() => sign(key, new Uint8Array(32))).toThrow(RangeError)
  })

  test('a digest of another size is refused', () => {
    expect(() => sign(generate(), new Uint8Array(31))).toThrow(RangeError)
  })
})

describe('normalising', () => {
  test('every encoding of a signature and of its mirror gives the one canonical form', () => {
    fc.assert(
      fc.property(privateKeys, digests, (privateKey, digest) => {
        const key = secp256k1.publicKey(publicKeyOf(privateKey))
        const bytes = sign(privateKey, digest)
        const low = bytes.subarray(0, 64)
        const high = mirrored(low)
        const wanted = { algorithm: 'secp256k1-ecdsa', bytes: Uint8Array.from(low), yParity: bytes[64] }
        const der = (compact: Uint8Array): Uint8Array => noble.Signature.fromBytes(compact, 'compact').toBytes('der')
        const hint = bytes[64] ?? 9
        for (const form of [
          low,
          high,
          bytes,
          concat(high, Uint8Array.of(1 - hint)),
          concat(high, Uint8Array.of(hint)),
        ]) {
          expect(secp256k1.normalise({ encoding: 'compact', bytes: form }, digest, key)).toEqual(wanted)
        }
        for (const form of [low, high]) {
          expect(secp256k1.normalise({ encoding: 'der', bytes: der(form) }, digest, key)).toEqual(wanted)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('what is released verifies with noble and recovers to the key', () => {
    fc.assert(
      fc.property(privateKeys, digests, (privateKey, digest) => {
        const key = secp256k1.publicKey(publicKeyOf(privateKey))
        const signature = secp256k1.normalise({ encoding: 'compact', bytes: sign(privateKey, digest) }, digest, key)
        expect(isLowS(signature.bytes)).toBe(true)
        expect(noble.verify(signature.bytes, digest, key.bytes, { prehash: false })).toBe(true)
        expect(recover(signature.bytes, signature.yParity ?? 0, digest)).toEqual(key.bytes)
        expect(secp256k1.verify(signature, digest, key)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  const privateKey = generate()
  const key = secp256k1.publicKey(publicKeyOf(privateKey))
  const digest = new Uint8Array(32).fill(7)
  const good = sign(privateKey, digest)
  const compact = (bytes: Uint8Array) => (): unknown => secp256k1.normalise({ encoding: 'compact', bytes }, digest, key)

  test('a signature by another key, over another digest or with a flipped bit is refused', () => {
    expect(compact(sign(generate(), digest))).toThrow(RangeError)
    expect(compact(sign(privateKey, new Uint8Array(32)))).toThrow(RangeError)
    for (const at of [0, 31, 32, 63]) {
      const bent = Uint8Array.from(good)
      bent[at] = (bent[at] ?? 0) ^ 1
      expect(compact(bent)).toThrow(RangeError)
    }
  })

  test.each([
    ['r of zero', concat(new Uint8Array(32), good.subarray(32, 64))],
    ['s of zero', concat(good.subarray(0, 32), new Uint8Array(32))],
    [
      'r of n',
      concat(
        noble.Point.Fn.toBytes(noble.Point.Fn.ORDER - 1n).map((b, i) => (i === 31 ? b + 1 : b)),
        good.subarray(32, 64),
      ),
    ],
    ['s beyond 2^256-1', concat(good.subarray(0, 32), new Uint8Array(32).fill(0xff))],
    ['63 bytes', good.subarray(0, 63)],
    ['66 bytes', concat(good, Uint8Array.of(0))],
    ['recovery id 2', concat(good.subarray(0, 64), Uint8Array.of(2))],
    ['nothing', new Uint8Array(0)],
  ])('%s is refused', (_name, bytes) => {
    expect(compact(bytes)).toThrow(RangeError)
  })

  test('verify says no, and never throws, to a high s and to malformed input', () => {
    const low = { algorithm: 'secp256k1-ecdsa', bytes: good.subarray(0, 64) } as const
    expect(secp256k1.verify(low, digest, key)).toBe(true)
    expect(secp256k1.verify({ ...low, bytes: mirrored(low.bytes) }, digest, key)).toBe(false)
    expect(secp256k1.verify({ ...low, bytes: new Uint8Array(64) }, digest, key)).toBe(false)
    expect(secp256k1.verify({ ...low, bytes: good }, digest, key)).toBe(false)
    expect(secp256k1.verify(low, digest.subarray(1), key)).toBe(false)
    expect(secp256k1.verify(low, digest, { ...key, bytes: new Uint8Array(33) })).toBe(false)
  })
})

describe('DER', () => {
  test('reads what noble writes, of every length', () => {
    const scalar = fc.bigInt({ min: 1n, max: noble.Point.Fn.ORDER - 1n })
    const short = fc.integer({ min: 1, max: 255 }).chain((bits) => scalar.map((value) => (value >> BigInt(bits)) + 1n))
    fc.assert(
      fc.property(fc.oneof(scalar, short), fc.oneof(scalar, short), (r, s) => {
        const signature = new noble.Signature(r, s)
        expect(parseDer(signature.toBytes('der'))).toEqual(Uint8Array.from(signature.toBytes('compact')))
      }),
    )
  })

  test.each([
    ['r = 1, s = 1', '3006020101020101', true],
    ['r padded', '300702020001020101', false],
    ['s padded', '300702010102020001', false],
    ['r negative', '3006020181020101', false],
    ['r empty', '30050200020101', false],
    ['s missing', '3003020101', false],
    ['a null after s, counted', '30080201010201010500', false],
    ['a null after s, not counted', '30060201010201010500', false],
    ['a length in the long form', '308106020101020101', false],
    ['a length without end', '30800201010201010000', false],
    ['a set', '3106020101020101', false],
    ['r a bit string', '3006030101020101', false],
    ['r beyond the end', '3006020501020101', false],
    ['nothing', '', false],
  ])('%s', (_name, text, good) => {
    const der = Uint8Array.from(Buffer.from(text, 'hex'))
    expect(reads(() => parseDer(der))).toBe(good)
    expect(reads(() => noble.Signature.fromBytes(der, 'der'))).toBe(good)
  })

  test('refuses exactly what noble refuses among mutations of a signature', () => {
    const der = noble.Signature.fromBytes(sign(generate(), new Uint8Array(32)).subarray(0, 64), 'compact').toBytes(
      'der',
    )
    const edit = fc.record({ at: fc.nat(der.length - 1), byte: fc.nat(255), cut: fc.nat(2), more: fc.nat(1) })
    fc.assert(
      fc.property(edit, ({ at, byte, cut, more }) => {
        const bent = concat(der.subarray(0, der.length - cut), new Uint8Array(more))
        if (at < bent.length) bent[at] = byte
        expect(reads(() => parseDer(bent))).toBe(reads(() => noble.Signature.fromBytes(bent, 'der')))
      }),
      { numRuns: 2_000 },
    )
  })
})

test('the curve is found by its algorithm', () => {
  expect(curveOf('secp256k1-ecdsa')).toBe(secp256k1)
})

function reads(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
