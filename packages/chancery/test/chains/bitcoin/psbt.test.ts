// What BIP-174, 370 and 371 call invalid is refused, whatever PSBT it is in, and what they call valid and is not ours too.
import { PSBTGlobal, PSBTInput } from '@scure/btc-signer/psbt.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPsbt } from '../../../src/chains/bitcoin/psbt.ts'
import { type KeyMap, type Pair, readMaps, withPair, writeMaps } from '../../../src/chains/bitcoin/psbt-maps.ts'
import { uint32 } from '../../../src/chains/bitcoin/encoding.ts'
import { readVectors, vectorsMissing } from '../../vectors/vectors.ts'
import { refusalOf } from '../refusal.ts'
import { bytesOf, ecdsaKey, mainnet, ownOf, parse, psbtOf, unsigned } from './wallet.ts'

interface Bip174 {
  readonly bip174: {
    readonly invalid: readonly { readonly description: string; readonly psbt: string }[]
    readonly valid: readonly { readonly description: string; readonly psbt: string }[]
    readonly failSignChecks: readonly { readonly description: string; readonly psbt: string }[]
    readonly signer: readonly { readonly psbt: string; readonly result: string }[]
  }
}

const alice = ecdsaKey('alice')
const own = ownOf(alice, 'p2wpkh')
const other = ownOf(ecdsaKey('bob'), 'p2wpkh')
const order = { coins: [{ own, amount: 20_000n }], outputs: [{ script: other.script, amount: 19_000n }] }

describe.skipIf(vectorsMissing('bitcoin/psbt.json'))('psbt.json', () => {
  const [vectors] = readVectors<Bip174>('bitcoin/psbt.json')
  const { invalid = [], valid = [], failSignChecks = [], signer = [] } = vectors?.bip174 ?? {}

  test.each(invalid)('refused: $description', ({ psbt }) => {
    expect(refusalOf(() => readPsbt(bytesOf(psbt), 'psbt')).code).toMatch(
      /^(invalid|unsupported)-payload$|^not-canonical$/,
    )
  })

  /** These have what is never signed here: final scripts, and keys nobody knows. */
  const refused = /signed and finalized|unknown types/
  test.each(valid)('read, or refused for what is not signed here: $description', ({ description, psbt }) => {
    const read = () => readPsbt(bytesOf(psbt), 'psbt')
    if (refused.test(description)) return expect(refusalOf(read).code).toMatch(/payload$/)
    expect(writeMaps(read().maps)).toEqual(bytesOf(psbt))
  })

  test.each(failSignChecks)('not signed: $description', ({ psbt }) => {
    expect(refusalOf(() => parse({ psbt, key: alice, network: mainnet })).code).toMatch(/payload$/)
  })

  test('the frame is written as it was read, in every vector of the signer', () => {
    expect(signer.length).toBeGreaterThan(5)
    for (const { psbt, result } of signer) {
      for (const text of [psbt, result]) expect(writeMaps(readMaps(bytesOf(text), 'psbt'))).toEqual(bytesOf(text))
    }
  })
})

const base = readMaps(bytesOf(psbtOf(order)), 'psbt')
const base2 = readMaps(bytesOf(psbtOf({ ...order, version: 2 })), 'psbt')
const pair = (type: number, value: Uint8Array, keyData: Uint8Array = Uint8Array.of()): Pair => ({
  type,
  keyData,
  value,
})

/** The maps with another pair in one of them: 0 is the global one, 1 an input, 2 an output. */
function withExtra(maps: readonly KeyMap[], at: number, extra: Pair): Uint8Array {
  return writeMaps(maps.map((map, i) => (i === at ? withPair(map, extra) : map)))
}

function without(maps: readonly KeyMap[], at: number, type: number): Uint8Array {
  return writeMaps(maps.map((map, i) => (i === at ? map.filter((one) => one.type !== type) : map)))
}

const four = uint32(1)

/** https://github.com/bitcoin/bips/blob/master/bip-0370.mediawiki, "Test Vectors": invalid PSBTs, by name, in one of ours. */
describe('BIP-370', () => {
  test.each([
    ['PSBT_GLOBAL_TX_VERSION', 0, pair(0x02, four)],
    ['PSBT_GLOBAL_FALLBACK_LOCKTIME', 0, pair(0x03, four)],
    ['PSBT_GLOBAL_INPUT_COUNT', 0, pair(0x04, Uint8Array.of(1))],
    ['PSBT_GLOBAL_OUTPUT_COUNT', 0, pair(0x05, Uint8Array.of(1))],
    ['PSBT_GLOBAL_TX_MODIFIABLE', 0, pair(0x06, Uint8Array.of(0))],
    ['PSBT_IN_PREVIOUS_TXID', 1, pair(0x0e, new Uint8Array(32))],
    ['PSBT_IN_OUTPUT_INDEX', 1, pair(0x0f, four)],
    ['PSBT_IN_SEQUENCE', 1, pair(0x10, four)],
    ['PSBT_IN_REQUIRED_TIME_LOCKTIME', 1, pair(0x11, uint32(500_000_000))],
    ['PSBT_IN_REQUIRED_HEIGHT_LOCKTIME', 1, pair(0x12, four)],
    ['PSBT_OUT_AMOUNT', 2, pair(0x03, new Uint8Array(8))],
    ['PSBT_OUT_SCRIPT', 2, pair(0x04, Uint8Array.of(0x51))],
  ] as const)('version 0 with %s is refused', (_, at, extra) => {
    expect(refusalOf(() => readPsbt(withExtra(base, at, extra), 'psbt')).code).toBe('invalid-payload')
  })

  test.each([
    ['PSBT_GLOBAL_TX_VERSION', 0, 0x02],
    ['PSBT_GLOBAL_INPUT_COUNT', 0, 0x04],
    ['PSBT_GLOBAL_OUTPUT_COUNT', 0, 0x05],
    ['PSBT_IN_PREVIOUS_TXID', 1, 0x0e],
    ['PSBT_IN_OUTPUT_INDEX', 1, 0x0f],
    ['PSBT_OUT_AMOUNT', 2, 0x03],
    ['PSBT_OUT_SCRIPT', 2, 0x04],
  ] as const)('version 2 without %s is refused', (_, at, type) => {
    expect(refusalOf(() => readPsbt(without(base2, at, type), 'psbt')).code).toBe('invalid-payload')
  })

  test('version 2 with an unsigned transaction, and a version nobody knows', () => {
    const [unsignedTx] = base[0]?.filter(({ type }) => type === 0) ?? []
    if (unsignedTx === undefined) throw new Error('no unsigned transaction')
    expect(refusalOf(() => readPsbt(withExtra(base2, 0, unsignedTx), 'psbt')).code).toBe('invalid-payload')
    for (const version of [1, 3, 258]) {
      const bytes = withExtra(base, 0, pair(PSBTGlobal.version[0], uint32(version)))
      expect(refusalOf(() => readPsbt(bytes, 'psbt')).where).toBe('psbt.global.version')
    }
  })

  const time = (value: number) => pair(0x11, uint32(value))
  const height = (value: number) => pair(0x12, uint32(value))
  const two = unsigned({ ...order, coins: [...order.coins, { own, amount: 1_000n, number: 1 }] })
  const twoMaps = readMaps(two.toPSBT(2), 'psbt')

  test.each([
    ['none', [], [], 0],
    ['a height', [height(10_000)], [], 10_000],
    ['two heights', [height(10_000)], [height(9_000)], 10_000],
    ['two times', [time(1_657_048_459)], [time(1_657_048_460)], 1_657_048_460],
    ['both, and a height', [height(10_000), time(1_657_048_459)], [height(9_000)], 10_000],
    ['both, and a time', [height(10_000), time(1_657_048_459)], [time(1_657_048_460)], 1_657_048_460],
    ['both and both', [height(9_000), time(1_657_048_459)], [height(10_000), time(1_657_048_460)], 10_000],
  ])('lock times: %s', (_, first, second, lockTime) => {
    const extra = [[], first, second]
    const maps = twoMaps.map((map, i) => (extra[i] ?? []).reduce(withPair, map))
    expect(readPsbt(writeMaps(maps), 'psbt').transaction.lockTime).toBe(lockTime)
  })

  test('lock times that no transaction satisfies are refused, and those out of range', () => {
    for (const [first, second] of [
      [height(10_000), time(1_657_048_460)],
      [height(500_000_000), height(1)],
      [time(499_999_999), time(1_657_048_460)],
      [height(0), height(1)],
    ] as const) {
      const extra = [undefined, first, second]
      const maps = twoMaps.map((map, i) => (extra[i] ? withPair(map, extra[i]) : map))
      expect(refusalOf(() => readPsbt(writeMaps(maps), 'psbt')).code).toBe('invalid-payload')
    }
  })
})

/** https://github.com/bitcoin/bips/blob/master/bip-0371.mediawiki, "Test Vectors": invalid PSBTs, by name, in one of ours. */
test.each([
  ['PSBT_IN_TAP_INTERNAL_KEY that is too long', 1, pair(0x17, alice.bytes)],
  ['PSBT_IN_TAP_KEY_SIG that is too short', 1, pair(0x13, new Uint8Array(63))],
  ['PSBT_IN_TAP_KEY_SIG that is too long', 1, pair(0x13, new Uint8Array(66))],
  ['PSBT_IN_TAP_BIP32_DERIVATION with a key that is too long', 1, pair(0x16, new Uint8Array(5), alice.bytes)],
  ['PSBT_OUT_TAP_INTERNAL_KEY that is too long', 2, pair(0x05, alice.bytes)],
  ['PSBT_OUT_TAP_BIP32_DERIVATION with a key that is too long', 2, pair(0x07, new Uint8Array(5), alice.bytes)],
] as const)('BIP-371: %s is refused', (_, at, extra) => {
  expect(refusalOf(() => readPsbt(withExtra(base, at, extra), 'psbt')).code).toBe('invalid-payload')
})

test.each([
  ['a final scriptSig', 1, pair(0x07, four)],
  ['a final witness', 1, pair(0x08, Uint8Array.of(0))],
  ['a proof of reserves', 1, pair(0x09, four)],
  ['a preimage', 1, pair(0x0b, four, new Uint8Array(32))],
  ['a script of taproot', 1, pair(0x15, Uint8Array.of(0x51, 0xc0), new Uint8Array(33))],
  ['a root of scripts', 1, pair(0x18, new Uint8Array(32))],
  ['MuSig2', 1, pair(0x1a, alice.bytes, alice.bytes)],
  ['an unknown global key', 0, pair(0x42, four)],
  ['an unknown key of an input', 1, pair(0x0f0f, four)],
  ['an unknown key of an output', 2, pair(0x42, four)],
] as const)('%s is not signed here', (_, at, extra) => {
  expect(refusalOf(() => readPsbt(withExtra(base, at, extra), 'psbt')).code).toBe('unsupported-payload')
})

test('proprietary keys are passed on and never read', () => {
  const extra = pair(0xfc, four, Uint8Array.of(1, 65, 0))
  for (const at of [0, 1, 2]) {
    const psbt = Buffer.from(withExtra(base, at, extra)).toString('base64')
    expect(parse({ psbt, key: alice }).fee).toBe(1_000n)
  }
})

test('a key twice, lengths in a longer form, and bytes after the end are refused', () => {
  const [global = [], ...rest] = base
  const twice = writeMaps([[...global, ...global], ...rest])
  const bytes = writeMaps(base)
  const long = Uint8Array.of(...bytes.subarray(0, 5), 0xfd, 1, 0, ...bytes.subarray(6))
  for (const wrong of [twice, long, Uint8Array.of(...bytes, 0), bytes.subarray(0, -1), bytes.subarray(0, 4)]) {
    expect(refusalOf(() => readPsbt(wrong, 'psbt')).code).toMatch(/^invalid-payload$|^not-canonical$/)
  }
})

test('any frame is written as it was read', () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
  const anyPair = fc.record({ type: fc.nat(70_000), keyData: bytes(40), value: bytes(300) })
  const anyMap = fc.uniqueArray(anyPair, { selector: ({ type, keyData }) => `${type} ${keyData.join()}`, maxLength: 5 })
  fc.assert(
    fc.property(fc.array(anyMap, { maxLength: 5 }), (maps) => {
      expect(readMaps(writeMaps(maps), 'psbt')).toEqual(maps)
    }),
    { numRuns: 300 },
  )
})

test('no change of a byte is taken without notice: it is refused, or written again as it came', () => {
  const bytes = bytesOf(psbtOf(order))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = bytes.with(at, ((bytes[at] ?? 0) + by) % 256)
      try {
        expect(writeMaps(readPsbt(changed, 'psbt').maps)).toEqual(changed)
      } catch (error) {
        expect(error).toMatchObject({ name: 'Refused' })
      }
    }),
    { numRuns: 2_000 },
  )
})

test('the rows of the library that are used here exist', () => {
  expect(PSBTInput.nonWitnessUtxo[0]).toBe(0)
  expect(PSBTInput.tapKeySig[0]).toBe(0x13)
})
