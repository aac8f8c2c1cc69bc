// The public vectors are in test/vectors/bip340-schnorr.test.ts and bip341-taproot.test.ts.
import { schnorr as noble, secp256k1 as nobleCurve } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, toHex } from '../../src/base/bytes.ts'
import { curveOf } from '../../src/curves/curves.ts'
import { generate, publicKeyOf as pointOf } from '../../src/curves/secp256k1/sign.ts'
import { secp256k1Schnorr } from '../../src/curves/secp256k1-schnorr.ts'
import { publicKeyOf, sign, tweaked } from '../../src/curves/secp256k1-schnorr/sign.ts'

const order = nobleCurve.Point.Fn.ORDER
const privateKeys = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((bytes) => nobleCurve.utils.isValidSecretKey(bytes))
const messages = fc.uint8Array({ minLength: 32, maxLength: 32 })
const scalar = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))

describe('public keys', () => {
  const privateKey = generate()
  const point = nobleCurve.Point.fromBytes(pointOf(privateKey))
  const spki = concat(Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex'), point.toBytes(false))

  test('one form from the four that are taken', () => {
    for (const form of [point.toBytes().slice(1), point.toBytes(), point.toBytes(false), spki]) {
      expect(secp256k1Schnorr.publicKey(form)).toEqual({
        algorithm: 'secp256k1-schnorr',
        bytes: Uint8Array.from(publicKeyOf(privateKey)),
      })
    }
  })

  test.each([
    ['an x without a point', new Uint8Array(32).fill(0xff)],
    ['zero', new Uint8Array(32)],
    ['x of 5, which is on no point', scalar(5n)],
    ['31 bytes', point.toBytes().slice(2)],
    ['nothing', new Uint8Array(0)],
  ])('%s is refused', (_name, bytes) => {
    expect(() => secp256k1Schnorr.publicKey(bytes)).toThrow(RangeError)
  })
})

describe('signing', () => {
  test('noble makes the same public key and, without randomness, the same signature, which verifies here and there', () => {
    fc.assert(
      fc.property(privateKeys, messages, (privateKey, message) => {
        expect(toHex(publicKeyOf(privateKey))).toBe(toHex(noble.getPublicKey(privateKey)))
        const bytes = sign(privateKey, message)
        expect(toHex(bytes)).toBe(toHex(noble.sign(message, privateKey, new Uint8Array(32))))
        const publicKey = secp256k1Schnorr.publicKey(publicKeyOf(privateKey))
        const signature = secp256k1Schnorr.normalise({ encoding: 'compact', bytes }, message, publicKey)
        expect(noble.verify(signature.bytes, message, publicKey.bytes)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test('a tweaked key signs for the tweaked point', () => {
    fc.assert(
      fc.property(privateKeys, privateKeys, messages, (privateKey, tweak, message) => {
        const inner = nobleCurve.Point.fromBytes(concat(Uint8Array.of(2), publicKeyOf(privateKey)))
        const outer = inner.add(nobleCurve.Point.BASE.multiply(BigInt(`0x${Buffer.from(tweak).toString('hex')}`)))
        const publicKey = secp256k1Schnorr.publicKey(outer.toBytes())
        const bytes = sign(tweaked(privateKey, tweak), message)
        expect(secp256k1Schnorr.verify({ algorithm: 'secp256k1-schnorr', bytes }, message, publicKey)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  test('a tweak out of range, or one that leaves nothing, is refused', () => {
    const privateKey = scalar(3n)
    expect(pointOf(privateKey)[0]).toBe(2)
    for (const tweak of [scalar(order), new Uint8Array(32).fill(0xff), scalar(order - 3n), new Uint8Array(31)]) {
      expect(() => tweaked(privateKey, tweak)).toThrow(RangeError)
    }
    expect(privateKey).toEqual(scalar(3n))
  })

  test.each([new Uint8Array(32), scalar(order), new Uint8Array(31).fill(1)])(
    'a private key out of range is refused',
    (key) => {
      expect(() => publicKeyOf(key)).toThrow(RangeError)
      expect(() => sign(key, new Uint8Array(32))).toThrow(RangeError)
      expect(() => tweaked(key, new Uint8Array(32))).toThrow(RangeError)
    },
  )

  test('a message of another size is refused', () => {
    expect(() => sign(generate(), new Uint8Array(31))).toThrow(RangeError)
  })
})

describe('normalising', () => {
  const privateKey = generate()
  const publicKey = secp256k1Schnorr.publicKey(publicKeyOf(privateKey))
  const message = new Uint8Array(32).fill(7)
  const good = sign(privateKey, message)
  const normalise = (bytes: Uint8Array, over = message) =>
    secp256k1Schnorr.normalise({ encoding: 'compact', bytes }, over, publicKey)

  test('a signature by another key, over another message or with any bit flipped is refused', () => {
    expect(normalise(good).bytes).toEqual(Uint8Array.from(good))
    expect(() => normalise(sign(generate(), message))).toThrow(RangeError)
    expect(() => normalise(good, new Uint8Array(32))).toThrow(RangeError)
    for (let bit = 0; bit < 512; bit++) {
      const bent = Uint8Array.from(good)
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit % 8))
      expect(() => normalise(bent), `bit ${bit}`).toThrow(RangeError)
    }
  })

  test('another size, another encoding and another size of message are refused', () => {
    expect(() => normalise(good.subarray(1))).toThrow(RangeError)
    expect(() => normalise(concat(good, Uint8Array.of(1)))).toThrow(RangeError)
    expect(() => normalise(good, new Uint8Array(31))).toThrow(RangeError)
    expect(() => secp256k1Schnorr.normalise({ encoding: 'der', bytes: good }, message, publicKey)).toThrow(RangeError)
  })

  test('verify says no, and never throws, to what is malformed', () => {
    const signature = { algorithm: 'secp256k1-schnorr', bytes: good } as const
    expect(secp256k1Schnorr.verify(signature, message, publicKey)).toBe(true)
    expect(secp256k1Schnorr.verify({ ...signature, bytes: new Uint8Array(64).fill(255) }, message, publicKey)).toBe(
      false,
    )
    expect(secp256k1Schnorr.verify(signature, message, { ...publicKey, bytes: new Uint8Array(32) })).toBe(false)
    expect(secp256k1Schnorr.verify(signature, message, { ...publicKey, bytes: new Uint8Array(33) })).toBe(false)
  })
})

test('the curve is found by its algorithm', () => {
  expect(curveOf('secp256k1-schnorr')).toBe(secp256k1Schnorr)
})
