// What is not signed, and why: safety rule 19, and sums that cannot be. Each goes red without its check.
import { Transaction } from '@scure/btc-signer/transaction.js'
import { describe, expect, test } from 'vitest'
import { privateNegate } from 'tiny-secp256k1'
import { concat, toHex } from '../../../src/base/bytes.ts'
import { type KeyMap, type Pair, readMaps, withPair, writeMaps } from '../../../src/chains/bitcoin/psbt-maps.ts'
import { int64, sized, uint32 } from '../../../src/chains/bitcoin/encoding.ts'
import { encodeDer } from '../../../src/curves/secp256k1/der.ts'
import { sign } from '../../../src/curves/secp256k1/sign.ts'
import { type Refusal, refusalOf } from '../refusal.ts'
import {
  chain,
  ecdsaKey,
  funding,
  mainnet,
  named,
  ownOf,
  parse,
  privateKeyOf,
  psbtOf,
  run,
  schnorrKey,
  textOf,
  unsigned,
  bytesOf,
} from './wallet.ts'

const alice = ecdsaKey('alice')
const own = ownOf(alice, 'p2wpkh')
const other = ownOf(ecdsaKey('bob'), 'p2wpkh')
const coins = [{ own, amount: 20_000n }]
const outputs = [{ script: other.script, amount: 19_000n }]

function encoded(made: Transaction): string {
  return Buffer.from(made.toPSBT(0)).toString('base64')
}

/** The PSBT with another pair in its first input. */
function withInput(maps: readonly KeyMap[], pair: Pair): string {
  return Buffer.from(writeMaps(maps.map((map, i) => (i === 1 ? withPair(map, pair) : map)))).toString('base64')
}

function refused(psbt: string, key = alice): Refusal {
  return refusalOf(() => parse({ psbt, key }))
}

/** Without the checks of the library, so that it writes what is wrong. */
function spending(input: object): string {
  const made = new Transaction({ allowUnknownInputs: true, disableScriptCheck: true })
  const { txid } = funding({ own, amount: 20_000n })
  made.addInput({ txid, index: 1, ...input })
  made.addOutput({ script: other.script, amount: 19_000n })
  return encoded(made)
}

describe('what is spent', () => {
  const { raw } = funding({ own, amount: 20_000n })
  const witnessUtxo = { script: own.script, amount: 20_000n }

  test.each(['p2pkh', 'p2sh-p2wpkh', 'p2wpkh'])('a coin of %s needs the transaction that made it', (form) => {
    const utxo = { script: ownOf(alice, form).script, amount: 20_000n }
    const where = 'transaction.psbt.inputs[0].nonWitnessUtxo'
    expect(refused(spending({ witnessUtxo: utxo }))).toMatchObject({ code: 'invalid-payload', where })
    expect(refused(spending({}))).toMatchObject({ code: 'invalid-payload', where })
  })

  test('a taproot coin does not: its signature proves every amount', () => {
    const key = schnorrKey('alice')
    const tap = ownOf(key, 'p2tr')
    const psbt = spending({ witnessUtxo: { script: tap.script, amount: 20_000n } })
    expect(parse({ psbt, key }).fee).toBe(1_000n)
  })

  test('another transaction in its place is refused, whatever it says of amounts', () => {
    const { raw: more } = funding({ own, amount: 90_000n })
    const good = readMaps(Buffer.from(spending({ nonWitnessUtxo: raw }), 'base64'), 'psbt')
    const wrong = good.map((map, i) =>
      i === 1 ? withPair(map, { type: 0, keyData: new Uint8Array(), value: more }) : map,
    )
    const psbt = Buffer.from(writeMaps(wrong)).toString('base64')
    expect(refused(psbt)).toMatchObject({
      code: 'invalid-payload',
      message: 'This is not the transaction that is spent',
    })
  })

  test('both must say the same', () => {
    expect(parse({ psbt: spending({ nonWitnessUtxo: raw, witnessUtxo }), key: alice }).fee).toBe(1_000n)
    const hex = Buffer.from(spending({ nonWitnessUtxo: raw, witnessUtxo }), 'base64').toString('hex')
    // 20,000 in eight bytes stands in the transaction and, after it, alone.
    const at = hex.lastIndexOf('204e000000000000')
    const where = 'transaction.psbt.inputs[0].witnessUtxo'
    const psbt = `0x${hex.slice(0, at)}384a000000000000${hex.slice(at + 16)}`
    expect(refused(psbt)).toMatchObject({ code: 'invalid-payload', where })
  })

  test('of P2PKH only the whole transaction', () => {
    const legacy = ownOf(alice, 'p2pkh')
    const bare = funding({ own: legacy, amount: 20_000n })
    const maps = readMaps(bytesOf(psbtOf({ coins: [{ own: legacy, amount: 20_000n }], outputs })), 'psbt')
    const utxo = concat(int64(20_000n), sized(legacy.script))
    const psbt = withInput(maps, { type: 1, keyData: Uint8Array.of(), value: utxo })
    expect(bare.raw).not.toHaveLength(0)
    expect(refused(psbt)).toMatchObject({ where: 'transaction.psbt.inputs[0].witnessUtxo' })
  })

  test.each([
    ['redeemScript', 'p2sh-p2wpkh', 0x04, ownOf(ecdsaKey('bob'), 'p2wpkh').script],
    ['redeemScript', 'p2wpkh', 0x04, own.script],
    ['witnessScript', 'p2wpkh', 0x05, own.script],
    ['tapInternalKey', 'p2tr', 0x17, schnorrKey('bob').bytes],
    ['tapInternalKey', 'p2wpkh', 0x17, schnorrKey('alice').bytes],
    ['tapKeySig', 'p2wpkh', 0x13, new Uint8Array(64)],
    ['tapKeySig', 'p2tr', 0x13, new Uint8Array(64).fill(1)],
    ['sighashType', 'p2wpkh', 0x03, uint32(0)],
    ['sighashType', 'p2wpkh', 0x03, uint32(4)],
    ['sighashType', 'p2tr', 0x03, uint32(0x80)],
    ['sighashType', 'p2pkh', 0x03, uint32(0x101)],
  ])('a %s that is not its own, for %s', (name, form, type, value) => {
    const key = form === 'p2tr' ? schnorrKey('alice') : alice
    const maps = readMaps(bytesOf(psbtOf({ coins: [{ own: ownOf(key, form), amount: 20_000n }], outputs })), 'psbt')
    const psbt = withInput(maps, { type, keyData: Uint8Array.of(), value })
    expect(refused(psbt, key)).toMatchObject({ code: 'invalid-payload', where: `transaction.psbt.inputs[0].${name}` })
  })

  test('a signature of taproot of another type than it is said to be', () => {
    const key = schnorrKey('alice')
    const tap = ownOf(key, 'p2tr')
    const two = { coins: [0, 1].map((number) => ({ own: tap, amount: 20_000n, number })), outputs }
    const { signed } = run({ psbt: psbtOf(two), key }, ['alice'])
    const maps = readMaps(bytesOf(textOf(signed.result.psbt)), 'psbt')
    const made = maps[1]?.find(({ type }) => type === 0x13)
    if (made === undefined) throw new Error('no signature')
    const half = maps.map((map, i) => (i === 2 ? map.filter(({ type }) => type !== 0x13) : map))
    const left = parse({ psbt: Buffer.from(writeMaps(half)).toString('base64'), key })
    expect(left.inputs.map(({ unsigned: still }) => still)).toEqual([false, true])
    for (const type of [0, 1]) {
      const psbt = withInput(half, { ...made, value: Uint8Array.of(...made.value, type) })
      expect(refused(psbt, key)).toMatchObject({ where: 'transaction.psbt.inputs[0].tapKeySig' })
    }
  })

  test("a coin that is not the wallet's is not signed, and none beside it", () => {
    const mixed = psbtOf({ coins: [...coins, { own: other, amount: 30_000n, number: 1 }], outputs })
    expect(refused(mixed)).toMatchObject({ code: 'unsupported-payload', where: 'transaction.psbt.inputs[1]' })
    expect(refused(psbtOf({ coins, outputs }), ecdsaKey('carol'))).toMatchObject({ code: 'unsupported-payload' })
  })

  test('the same coin twice', () => {
    const { code, got } = refused(psbtOf({ coins: [...coins, ...coins], outputs }))
    expect({ code, got }).toEqual({ code: 'invalid-payload', got: 'a coin twice' })
  })

  test('a type of hash that is none, or signs an output that is not there', () => {
    const psbt = (sighashType: number) =>
      psbtOf({ coins: [...coins, { own, amount: 1n, number: 1 }], outputs, sighashType })
    const where = 'transaction.psbt.inputs[1].sighashType'
    expect(refused(psbt(3))).toMatchObject({ code: 'invalid-payload', where })
    expect(refused(psbt(0x83))).toMatchObject({ code: 'invalid-payload', where })
  })
})

describe('what is paid', () => {
  test('more than is spent', () => {
    const more = [{ script: other.script, amount: 20_001n }]
    expect(refused(psbtOf({ coins, outputs: more }))).toMatchObject({ code: 'invalid-payload' })
  })

  test('more than there are coins', () => {
    const rich = [{ own, amount: 21_000_001n * 100_000_000n }]
    expect(refused(psbtOf({ coins: rich, outputs }))).toMatchObject({ code: 'invalid-payload' })
  })

  test('a script without an address, and an OP_RETURN that destroys money', () => {
    const bare = [{ script: Uint8Array.of(0x51), amount: 1_000n }]
    const burning = [{ script: Uint8Array.of(0x6a, 1, 1), amount: 1_000n }]
    for (const bad of [bare, burning]) {
      expect(refused(psbtOf({ coins, outputs: bad }))).toMatchObject({ code: 'unsupported-payload' })
    }
  })

  test('an output key that is no point of the curve: nobody could spend it', () => {
    const script = Uint8Array.of(0x51, 0x20, ...bytesOf('8TbpVlQBl8If88B10ypuPILx7h5kbMDwj1GwtO2vp2I='))
    const broken = Array.from({ length: 8 }, (_, i) => script.with(-1, i)).map((one) => {
      return psbtOf({ coins, outputs: [{ script: one, amount: 1_000n }] })
    })
    const codes = broken.flatMap((psbt) => {
      try {
        return [parse({ psbt, key: alice }).fee > 0n ? 'read' : '']
      } catch {
        return [refused(psbt).code]
      }
    })
    expect(codes).toContain('unsupported-payload')
  })

  test('a segwit script on Dogecoin, which has none', () => {
    const network = named('DOGE', 'mainnet')
    const psbt = psbtOf({ coins: [{ own: ownOf(alice, 'p2pkh', network), amount: 20_000n }], outputs })
    expect(refusalOf(() => parse({ psbt, key: alice, network }))).toMatchObject({ code: 'unsupported-payload' })
  })
})

describe('signatures that came with it', () => {
  const keys = ['one', 'two'].map(ecdsaKey).toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
  const multisig = { threshold: 2, publicKeys: keys.map(({ bytes }) => bytes) }
  const shared = ownOf(ecdsaKey('one'), 'p2wsh', mainnet, { multisig })
  const order = { coins: [{ own: shared, amount: 20_000n }], outputs }
  const asked = { key: ecdsaKey('two'), own: { multisig } }

  function withSignature(publicKey: Uint8Array, change: (signature: Uint8Array) => Uint8Array): string {
    const { signed } = run({ psbt: psbtOf(order), key: ecdsaKey('one'), own: { multisig } }, ['one'])
    const maps = readMaps(Buffer.from(textOf(signed.result.psbt), 'base64'), 'psbt')
    const made = maps[1]?.find(({ type }) => type === 2)
    if (made === undefined) throw new Error('no signature')
    const other = { type: 2, keyData: publicKey, value: change(made.value) }
    const changed = maps.map((map, i) => (i === 1 ? [...map.filter((one) => one !== made), other] : map))
    return Buffer.from(writeMaps(changed)).toString('base64')
  }

  test.each([
    ['of other bytes', (signature: Uint8Array) => signature.with(40, (signature[40] ?? 0) ^ 1)],
    ['of another type', (signature: Uint8Array) => signature.with(-1, 0x83)],
    ['with bytes behind it', (signature: Uint8Array) => Uint8Array.of(...signature, 1)],
    ['that is empty', () => Uint8Array.of()],
  ])('one %s is refused', (_, change) => {
    const psbt = withSignature(ecdsaKey('one').bytes, change)
    const where = 'transaction.psbt.inputs[0].partialSig'
    expect(refusalOf(() => parse({ psbt, ...asked }))).toMatchObject({ code: 'invalid-payload', where })
  })

  test('one under the name of another key, or of a stranger', () => {
    for (const name of ['two', 'stranger']) {
      const psbt = withSignature(ecdsaKey(name).bytes, (signature) => signature)
      expect(refusalOf(() => parse({ psbt, ...asked }))).toMatchObject({ code: 'invalid-payload' })
    }
  })

  test('one by a stranger, though it is valid, and one with a high s', () => {
    const { digest } = parse({ psbt: psbtOf(order), ...asked }).inputs[0] ?? {}
    if (digest === undefined) throw new Error('no digest')
    const low = sign(privateKeyOf('stranger'), digest)
    const valid = Uint8Array.of(...encodeDer(low), 1)
    expect(
      refusalOf(() => parse({ psbt: withSignature(ecdsaKey('stranger').bytes, () => valid), ...asked })).wanted,
    ).toMatch(/key of the script/)
    const mine = sign(privateKeyOf('one'), digest)
    const high = Uint8Array.of(...mine.subarray(0, 32), ...(privateNegate(mine.subarray(32, 64)) ?? []))
    const psbt = withSignature(ecdsaKey('one').bytes, () => Uint8Array.of(...encodeDer(high), 1))
    expect(refusalOf(() => parse({ psbt, ...asked })).wanted).toMatch(/canonical/)
  })

  test('one that is right is taken', () => {
    const psbt = withSignature(ecdsaKey('one').bytes, (signature) => signature)
    expect(parse({ psbt, ...asked }).inputs[0]?.signatures).toHaveLength(1)
  })
})

describe('a record that says what cannot be', () => {
  const keys = ['one', 'two'].map((name) => ecdsaKey(name).bytes).toSorted(Buffer.compare)
  test.each([
    ['keys out of order', { threshold: 2, publicKeys: keys.toReversed() }],
    ['a key twice', { threshold: 2, publicKeys: [keys[0], keys[0]] }],
    ['too many signatures', { threshold: 3, publicKeys: keys }],
    [
      'none of its keys',
      { threshold: 2, publicKeys: keys.map((_, i) => ecdsaKey(`other ${i}`).bytes).toSorted(Buffer.compare) },
    ],
  ])('%s', (_, { threshold, publicKeys }) => {
    const multisig = { threshold, publicKeys: publicKeys.flatMap((key) => (key ? [key] : [])) }
    const asked = { psbt: psbtOf({ coins, outputs }), key: ecdsaKey('one'), own: { multisig } }
    expect(refusalOf(() => parse(asked)).where).toBe('multisig')
  })
})

describe('the request', () => {
  const psbt = psbtOf({ coins, outputs })
  const request = { operation: 'sign:transaction', network: mainnet.network, publicKey: alice } as const
  const parsed = (value: unknown) => refusalOf(() => chain.parse({ ...request, value }))

  test('in hex is the same as in base64', () => {
    const hex = `0x${Buffer.from(psbt, 'base64').toString('hex')}`
    expect(parse({ psbt: hex, key: alice }).root).toBe(parse({ psbt, key: alice }).root)
  })

  test.each([
    ['no object', 'cHNidP8='],
    ['another field', { psbt, from: 'me' }],
    ['no PSBT', {}],
    ['a number', { psbt: 5 }],
    ['base64 in another alphabet', { psbt: psbt.replaceAll('/', '_') }],
    ['base64 without padding', { psbt: `${psbt.replace(/=+$/, '')}A` }],
    ['a transaction', { psbt: toHex(unsigned({ coins, outputs }).unsignedTx) }],
    ['a predecessor that is none', { psbt, replaces: '0x00' }],
    ['a predecessor in base64', { psbt, replaces: psbt }],
  ])('%s is refused', (_, value) => {
    expect(parsed(value).code).toMatch(/^invalid-payload$|^not-canonical$/)
  })

  test('of another operation or network is refused', () => {
    const value = { psbt }
    expect(refusalOf(() => chain.parse({ ...request, operation: 'sign:digest', value })).code).toBe(
      'unsupported-payload',
    )
    expect(refusalOf(() => chain.parse({ ...request, network: 'bip122:00', value })).code).toBe('unknown-network')
    const { network: _, ...without } = request
    expect(refusalOf(() => chain.parse({ ...without, value })).code).toBe('invalid-request')
  })
})
