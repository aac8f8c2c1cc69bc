/** Transactions that another signer signed: by the library's own signing, which shares no code with ours. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import type { BitcoinNetwork } from '../../../src/chains/bitcoin/networks.ts'
import { compact } from '../../../src/chains/bitcoin/signatures.ts'
import { readSigned } from '../../../src/chains/bitcoin/signed-transaction.ts'
import {
  encodeSigned,
  encodeUnsigned,
  type Proof,
  readProofs,
  readTransaction,
  txidText,
} from '../../../src/chains/bitcoin/transaction.ts'
import type { PublicKey } from '../../../src/core/key.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { encodeDer } from '../../../src/curves/secp256k1/der.ts'
import { refusalOf } from '../refusal.ts'
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
  type TestOrder,
  textOf,
  unsigned,
} from './wallet.ts'

const alice = ecdsaKey('alice')
const payee = ownOf(ecdsaKey('bob'), 'p2pkh').script

interface Signed {
  readonly raw: Uint8Array
  readonly previous: readonly Uint8Array[]
}

/** Signed and finished by the library. */
function signed(order: TestOrder, name = 'alice'): Signed {
  const made = unsigned(order)
  made.sign(privateKeyOf(name), order.sighashType === undefined ? undefined : [order.sighashType])
  made.finalize()
  return { raw: made.extract(), previous: order.coins.map((coin) => funding(coin).raw) }
}

function order(forms: readonly string[], network: BitcoinNetwork = mainnet, key: PublicKey = alice): TestOrder {
  const coins = forms.map((form, number) => ({ own: ownOf(key, form, network), amount: 60_000n, number }))
  return { coins, outputs: [{ script: payee, amount: 40_000n }] }
}

/** What is asked for by it, as the flow reads that. */
function intentOf({ raw, previous }: Signed, network: BitcoinNetwork = mainnet, key: PublicKey = alice) {
  const { value, signatures } = readSigned(raw, previous)
  return { intent: parse({ psbt: textOf(value['psbt']), key, network }), signatures }
}

/** With other proofs of its inputs. */
function altered({ raw, previous }: Signed, change: (proof: Proof) => Proof): Signed {
  const proofs = readProofs(raw, 'raw').map(change)
  return { raw: encodeSigned(readTransaction(raw, 'raw'), proofs).raw, previous }
}

/** The signature of a P2WPKH input as another one. */
const resigned = (change: (signature: Uint8Array) => Uint8Array) => (proof: Proof) => {
  const [signature = new Uint8Array(), ...rest] = proof.witness
  return { ...proof, witness: [change(signature), ...rest] }
}

describe('each signature is by the key over the digest that is computed here', () => {
  test.each([
    { network: mainnet, forms: ['p2wpkh'] },
    { network: mainnet, forms: ['p2pkh', 'p2pkh'] },
    { network: mainnet, forms: ['p2sh-p2wpkh', 'p2wpkh', 'p2pkh', 'p2wpkh'] },
    { network: named('LTC', 'mainnet'), forms: ['p2sh-p2wpkh', 'p2wpkh', 'p2pkh'] },
    { network: named('DOGE', 'mainnet'), forms: ['p2pkh', 'p2pkh', 'p2pkh'] },
  ])('$network.symbol: $forms', ({ network, forms }) => {
    const asked = order(forms, network)
    const outputs = [{ script: ownOf(ecdsaKey('bob'), 'p2pkh', network).script, amount: 40_000n }]
    const { intent, signatures } = intentOf(signed({ ...asked, outputs }), network)
    const digests = chain.payloads(intent, 'key_test').map(({ bytes }) => bytes)
    expect([digests.length, signatures.length]).toEqual([forms.length, forms.length])
    const algorithm = 'secp256k1-ecdsa'
    digests.forEach((digest, i) => {
      const bytes = signatures[i] ?? new Uint8Array()
      expect(secp256k1.verify({ algorithm, bytes }, digest, alice)).toBe(true)
    })
    expect(intent.fee).toBe(60_000n * BigInt(forms.length) - 40_000n)
  })

  test('whatever version, lock time and sequence it has', () => {
    fc.assert(
      fc.property(
        fc.nat(499_999_999),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: -0x80000000, max: 0x7fffffff }),
        fc.integer({ min: 1, max: 4 }),
        (lockTime, sequence, version, n) => {
          const forms = Array.from({ length: n }, (_, i) => ['p2wpkh', 'p2pkh', 'p2sh-p2wpkh'][i % 3] ?? '')
          const { raw, previous } = signed({ ...order(forms), lockTime, sequence, transactionVersion: version })
          const { intent } = intentOf({ raw, previous })
          const inputs = forms.map(() => ({ sequence }))
          expect(intent.psbt.transaction).toMatchObject({ version, lockTime, inputs })
          const again = toHex(encodeUnsigned(intent.psbt.transaction))
          expect(again).toBe(toHex(encodeUnsigned(readTransaction(raw, 'raw'))))
        },
      ),
      { numRuns: 20 },
    )
  })

  test('and what was signed here is read to the same bytes', () => {
    const asked = order(['p2wpkh', 'p2pkh', 'p2sh-p2wpkh'])
    const { signed: ours, payloads } = run({ psbt: psbtOf(asked), key: alice }, ['alice'])
    const previous = asked.coins.map((coin) => funding(coin).raw)
    const { intent } = intentOf({ raw: ours.raw ?? new Uint8Array(), previous })
    expect(chain.payloads(intent, 'key_test').map(({ bytes }) => toHex(bytes))).toEqual(
      payloads.map(({ bytes }) => toHex(bytes)),
    )
  })

  test('a type of hash that leaves something open is seen by policy', () => {
    const { intent } = intentOf(signed({ ...order(['p2wpkh']), sighashType: 0x83 }))
    expect(chain.facts(intent, alice).effects).toContainEqual({
      kind: 'authority',
      what: 'sighash SINGLE|ANYONECANPAY',
    })
  })
})

describe('what it spends is known, or nothing is said', () => {
  const { raw, previous } = signed(order(['p2wpkh', 'p2pkh']))

  test('each transaction is wanted, whichever else is there', () => {
    const [first, second] = previous
    const wanted = txidText(readTransaction(second ?? new Uint8Array(), 'previous').txid)
    const some = first === undefined ? [] : [first, raw]
    expect(refusalOf(() => readSigned(raw, some))).toMatchObject({ code: 'invalid-request', where: 'previous', wanted })
    expect(readSigned(raw, [...previous, raw]).signatures).toHaveLength(2)
  })

  test('one that is no transaction is a mistake of whoever asks', () => {
    const refused = refusalOf(() => readSigned(raw, [Uint8Array.of(0)]))
    expect(refused).toMatchObject({ code: 'invalid-request', where: 'previous[0]' })
  })

  test('an output that is not there is a mistake of the signer', () => {
    const whole = readTransaction(raw, 'raw')
    const beyond = { ...whole, inputs: whole.inputs.map((input) => ({ ...input, index: 7 })) }
    const { raw: other } = encodeSigned(beyond, readProofs(raw, 'raw'))
    expect(refusalOf(() => readSigned(other, previous))).toMatchObject({
      code: 'invalid-payload',
      where: 'raw.inputs[0]',
    })
  })
})

describe('what is signed in another form than here is a difference', () => {
  const good = signed(order(['p2wpkh']))
  const codeOf = (one: Signed) => refusalOf(() => readSigned(one.raw, one.previous)).code

  test('bytes that are no transaction, or more than one', () => {
    expect(codeOf({ ...good, raw: good.raw.subarray(0, -1) })).toBe('invalid-payload')
    expect(codeOf({ ...good, raw: Uint8Array.of(...good.raw, 0) })).toMatch(/invalid-payload|not-canonical/)
  })

  test('a high s, which nodes do not relay', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const high = (signature: Uint8Array): Uint8Array => {
      const bytes = compact(signature.subarray(0, -1)) ?? new Uint8Array(64)
      const s = order - BigInt(toHex(bytes.subarray(32)))
      const other = fromHex(`0x${s.toString(16).padStart(64, '0')}`)
      return Uint8Array.of(...encodeDer(Uint8Array.of(...bytes.subarray(0, 32), ...other)), signature.at(-1) ?? 0)
    }
    expect(codeOf(altered(good, resigned(high)))).toBe('not-canonical')
  })

  test('a signature that is not strict DER, and one of no type of hash', () => {
    expect(
      codeOf(
        altered(
          good,
          resigned((one) => Uint8Array.of(0x31, ...one.subarray(1))),
        ),
      ),
    ).toBe('invalid-payload')
    expect(
      codeOf(
        altered(
          good,
          resigned(() => new Uint8Array()),
        ),
      ),
    ).toBe('invalid-payload')
    const odd = altered(
      good,
      resigned((one) => Uint8Array.of(...one.subarray(0, -1), 0x41)),
    )
    expect(refusalOf(() => intentOf(odd)).code).toBe('invalid-payload')
  })

  test("another key beside the signature than the output's, or more than the two", () => {
    const bob = altered(good, ({ witness: [signature], ...rest }) => ({
      ...rest,
      witness: [signature ?? new Uint8Array(), ecdsaKey('bob').bytes],
    }))
    expect(codeOf(bob)).toBe('invalid-payload')
    const more = altered(good, (proof) => ({ ...proof, witness: [...proof.witness, new Uint8Array()] }))
    expect(codeOf(more)).toBe('invalid-payload')
    const both = altered(good, (proof) => ({ ...proof, scriptSig: Uint8Array.of(1, 0) }))
    expect(codeOf(both)).toBe('unsupported-payload')
  })

  test('a script that does more than to push', () => {
    const legacy = signed(order(['p2pkh']))
    const odd = altered(legacy, ({ scriptSig, witness }) => ({ scriptSig: Uint8Array.of(...scriptSig, 0x61), witness }))
    expect(codeOf(odd)).toBe('invalid-payload')
  })

  test('coins of no single key, and those of another', () => {
    expect(codeOf(signed(order(['p2tr'], mainnet, schnorrKey('alice'))))).toBe('unsupported-payload')
    const bobs = signed(order(['p2wpkh'], mainnet, ecdsaKey('bob')), 'bob')
    expect(refusalOf(() => intentOf(bobs)).code).toBe('unsupported-payload')
  })
})
