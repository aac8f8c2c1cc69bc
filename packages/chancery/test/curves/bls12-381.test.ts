import { randomBytes } from 'node:crypto'
import { PublicKey } from '@chainsafe/blst'
import { bls12_381 as noble } from '@noble/curves/bls12-381.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import type { RawSignature } from '../../src/core/payload.ts'
import { aggregatePublicKeys, aggregateSignatures, bls12381, fastAggregateVerify } from '../../src/curves/bls12-381.ts'
import { derive } from '../../src/curves/bls12-381/derive.ts'
import { generate, isPrivateKey } from '../../src/curves/bls12-381/private-key.ts'
import { withBlst } from '../../src/curves/bls12-381/with-blst.ts'
import { builtAddon } from './built-addon.ts'
import { differing } from './signing-libraries.ts'

const library = withBlst()
const libraries = [library, builtAddon()].filter((one) => one !== undefined)
const message = randomBytes(32)

function signed(secret: Uint8Array, bytes: Uint8Array = message) {
  const key = library.loadPrivateKey(secret)
  const [uncompressed = new Uint8Array()] = library.signMany([key], [bytes])
  const raw: RawSignature = { encoding: 'compact', bytes: uncompressed }
  return { raw, publicKey: bls12381.publicKey(library.publicKeyOf(secret)) }
}

test.each(libraries)('noble makes the same key and the same signature as the $by', ({ publicKeyOf, ...one }) => {
  const secret = generate()
  expect(toHex(publicKeyOf(secret))).toBe(toHex(noble.longSignatures.getPublicKey(secret).toBytes()))
  const point = noble.longSignatures.sign(
    noble.longSignatures.hash(message, 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'),
    secret,
  )
  const [raw = new Uint8Array()] = one.signMany([one.loadPrivateKey(secret)], [message])
  expect(toHex(raw)).toBe(`0x${point.toHex(false)}`)
  expect(toHex(bls12381.shape?.({ encoding: 'compact', bytes: raw }).bytes ?? raw)).toBe(`0x${point.toHex(true)}`)
})

test.runIf(libraries.length === 2)(
  'the addon signs as the library does, byte for byte, in 10,000 cases',
  () => {
    expect(differing(10_000)).toBe(0)
  },
  60_000,
)

test('the compressed form is cut out of the uncompressed one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const { raw, publicKey } = signed(generate(), bytes)
      const { bytes: compressed } = bls12381.normalise(raw, bytes, publicKey)
      expect(compressed.length).toBe(96)
      expect(bls12381.verify({ algorithm: 'bls12-381', bytes: compressed }, bytes, publicKey)).toBe(true)
      expect(bls12381.normalise({ encoding: 'compact', bytes: compressed }, bytes, publicKey).bytes).toEqual(compressed)
    }),
    { numRuns: 20 },
  )
})

describe('refuses a public key', () => {
  const good = library.publicKeyOf(generate())
  test.each([
    ['at infinity', Uint8Array.from([0xc0, ...new Uint8Array(47)])],
    // x = 4: on the curve, and not in the subgroup.
    ['outside the subgroup', Uint8Array.from([0x80, ...new Uint8Array(46), 4])],
    ['off the curve', Uint8Array.from([0x80, ...new Uint8Array(46), 1])],
    ['without its flag', Uint8Array.from(good, (byte, i) => (i === 0 ? byte & 0x1f : byte))],
    ['of another length', good.subarray(1)],
    ['of no length', new Uint8Array()],
  ])('%s', (_, bytes) => {
    expect(() => bls12381.publicKey(bytes)).toThrow(RangeError)
    expect(() => aggregatePublicKeys([good, bytes])).toThrow(RangeError)
  })
})

test('x = 4 is on the curve', () => {
  expect(() => PublicKey.fromBytes(Uint8Array.from([0x80, ...new Uint8Array(46), 4]))).not.toThrow()
})

test('a signature is refused for another message, another key, and with any byte changed', () => {
  const { raw, publicKey } = signed(generate())
  const other = bls12381.publicKey(library.publicKeyOf(generate()))
  expect(() => bls12381.normalise(raw, randomBytes(32), publicKey)).toThrow(RangeError)
  expect(() => bls12381.normalise(raw, message, other)).toThrow(RangeError)
  for (const at of [0, 47, 48, 95, 96, 143, 144, 191]) {
    const bytes = Uint8Array.from(raw.bytes, (byte, i) => (i === at ? byte ^ 1 : byte))
    expect(() => bls12381.normalise({ encoding: 'compact', bytes }, message, publicKey)).toThrow(RangeError)
  }
})

test.each([
  ['DER', { encoding: 'der', bytes: new Uint8Array(96) }],
  ['64 bytes', { encoding: 'compact', bytes: new Uint8Array(64) }],
  ['a coordinate above the modulus', { encoding: 'compact', bytes: new Uint8Array(192).fill(0x1f) }],
  ['infinity', { encoding: 'compact', bytes: Uint8Array.from([0x40, ...new Uint8Array(191)]) }],
  ['infinity, compressed', { encoding: 'compact', bytes: Uint8Array.from([0xc0, ...new Uint8Array(95)]) }],
  ['a compressed point without its flag', { encoding: 'compact', bytes: new Uint8Array(96) }],
] satisfies readonly (readonly [string, RawSignature])[])('is not the shape of a signature: %s', (_, raw) => {
  expect(() => bls12381.shape?.(raw)).toThrow(RangeError)
})

describe('signatures over one message, checked together', () => {
  const all = Array.from({ length: 20 }, () => signed(generate()))
  const together = (rows: typeof all, over: Uint8Array = message) =>
    bls12381.verifyTogether?.(
      rows.map(({ raw }) => raw),
      over,
      rows.map(({ publicKey }) => publicKey),
    )

  test('pass', () => {
    expect(together(all)).toBe(true)
    expect(together(all.slice(0, 1))).toBe(true)
  })

  test('do not pass with one that is wrong, of another key, of another message, or malformed', () => {
    const spoilt = (raw: RawSignature) => all.map((row, i) => (i === 7 ? { ...row, raw } : row))
    expect(together(all, randomBytes(32))).toBe(false)
    expect(together(spoilt(signed(generate()).raw))).toBe(false)
    expect(together(spoilt({ encoding: 'compact', bytes: new Uint8Array(192) }))).toBe(false)
    expect(together([])).toBe(false)
  })
})

test('sums of signatures verify against sums of keys', () => {
  const rows = Array.from({ length: 3 }, () => signed(generate()))
  const compressed = rows.map(({ raw, publicKey }) => bls12381.normalise(raw, message, publicKey).bytes)
  const keys = rows.map(({ publicKey }) => publicKey.bytes)
  const sum = aggregateSignatures(compressed)
  expect(fastAggregateVerify(sum, message, keys)).toBe(true)
  expect(fastAggregateVerify(sum, message, keys.slice(1))).toBe(false)
  const key = { algorithm: 'bls12-381', bytes: aggregatePublicKeys(keys) } as const
  expect(bls12381.verify({ algorithm: 'bls12-381', bytes: sum }, message, key)).toBe(true)
})

describe.each(libraries)('private keys in the $by', ({ by, ...one }) => {
  const order = Buffer.from('73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001', 'hex')
  test('zero, the order of the group, and what is longer or shorter, are none', () => {
    for (const bytes of [new Uint8Array(32), order, new Uint8Array(32).fill(255), generate().subarray(1), utf8('')]) {
      expect(isPrivateKey(bytes)).toBe(false)
      expect(() => one.publicKeyOf(bytes)).toThrow(RangeError)
      expect(() => one.loadPrivateKey(bytes)).toThrow(RangeError)
    }
  })

  test('are of no use once wiped', () => {
    const key = one.loadPrivateKey(generate())
    key.wipe()
    expect(() => one.signMany([key], [message])).toThrow('wiped')
    expect(by).toBeDefined()
  })
})

test('EIP-2333: the cases of the standard', () => {
  const seed = Buffer.from('0099FF991111002299DD7744EE3355BBDD8844115566CC55663355668888CC00', 'hex')
  const number = (bytes: Uint8Array) => BigInt(toHex(bytes))
  expect(number(derive(seed, []))).toBe(27580842291869792442942448775674722299803720648445448686099262467207037398656n)
  expect(number(derive(seed, [4294967295]))).toBe(
    29358610794459428860402234341874281240803786294062035874021252734817515685787n,
  )
  expect(() => derive(seed.subarray(1), [])).toThrow(RangeError)
  expect(() => derive(seed, [2 ** 32])).toThrow(RangeError)
})
