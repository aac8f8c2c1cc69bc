/** The vectors of BIP-174's signers, combiner, finalizers and extractor, as far as what is signed here goes. */
import { createBase58check } from '@scure/base'
import { RawTx, RawWitness } from '@scure/btc-signer/script.js'
import { describe, expect, test } from 'vitest'
import { concat, sha256, toHex } from '../../../src/base/bytes.ts'
import { type OwnScript, scriptOfKey } from '../../../src/chains/bitcoin/own-scripts.ts'
import { proofOf } from '../../../src/chains/bitcoin/proofs.ts'
import { type Psbt, readPsbt } from '../../../src/chains/bitcoin/psbt.ts'
import { type KeyMap, readMaps, withPair, writeMaps } from '../../../src/chains/bitcoin/psbt-maps.ts'
import {
  legacyDigest,
  sharedHashes,
  sighash,
  taprootDigest,
  witnessDigest,
} from '../../../src/chains/bitcoin/sighash.ts'
import { placedEcdsa } from '../../../src/chains/bitcoin/signatures.ts'
import { encodeSigned, readTransaction, type TransactionOutput } from '../../../src/chains/bitcoin/transaction.ts'
import type { PublicKey } from '../../../src/core/key.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { secp256k1Schnorr } from '../../../src/curves/secp256k1-schnorr.ts'
import { parseDer } from '../../../src/curves/secp256k1/der.ts'
import { publicKeyOf, sign } from '../../../src/curves/secp256k1/sign.ts'
import { hex, readVectors, vectorsMissing } from '../../vectors/vectors.ts'
import { refusalOf } from '../refusal.ts'
import { bytesOf, chain, mainnet, named, parse, textOf } from './wallet.ts'

interface Vectors {
  readonly bip174: {
    readonly signer: readonly {
      readonly psbt: string
      readonly result: string
      readonly keys: readonly { readonly inputToSign: number; readonly WIF: string }[]
    }[]
    readonly combiner: readonly { readonly psbts: readonly string[]; readonly result: string }[]
    readonly finalizer: readonly { readonly psbt: string; readonly result: string }[]
    readonly extractor: readonly { readonly psbt: string; readonly transaction: string }[]
  }
  readonly finalizeAllInputs: readonly { readonly type: string; readonly psbt: string; readonly result: string }[]
}

const mapsOf = (psbt: string): readonly KeyMap[] => readMaps(bytesOf(psbt), 'psbt')
const read = (psbt: string): Psbt => readPsbt(bytesOf(psbt), 'psbt')
const none = new Uint8Array()

/** 32 bytes between the version and the byte that says that the public key is compressed. */
function privateKeyOf(wif: string): Uint8Array {
  return createBase58check(sha256).decode(wif).slice(1, 33)
}

const ecdsa = (bytes: Uint8Array): PublicKey => ({ algorithm: 'secp256k1-ecdsa', bytes })

function spentBy({ inputs, transaction }: Psbt, i: number): TransactionOutput {
  const { witnessUtxo, nonWitnessUtxo = none } = inputs[i] ?? {}
  const found = witnessUtxo ?? readTransaction(nonWitnessUtxo, 'raw').outputs[transaction.inputs[i]?.index ?? 0]
  if (found === undefined) throw new Error(`nothing says what input ${i} spends`)
  return found
}

/** By the hash functions that the chain signs with, for scripts that it signs and for two that it does not. */
function digestOf(psbt: Psbt, i: number): Uint8Array {
  const { transaction, inputs } = psbt
  const spent = inputs.map((_, at) => spentBy(psbt, at))
  const [{ script, amount }, shared] = [spentBy(psbt, i), sharedHashes(transaction, spent)]
  const { redeemScript, witnessScript } = inputs[i] ?? {}
  const [version, size] = script
  if (version === 0x51 && size === 32) return taprootDigest(transaction, shared, i, { script, amount }, sighash.default)
  const keyHash = version === 0 && size === 20 ? concat(hex('76a914'), script.slice(2), hex('88ac')) : undefined
  const scriptCode = witnessScript ?? keyHash
  if (scriptCode !== undefined) return witnessDigest(transaction, shared, i, { scriptCode, amount }, sighash.all)
  return legacyDigest(transaction, i, redeemScript ?? script, sighash.all)
}

/** Of a final PSBT: what its inputs are proved by. */
function proofsIn(psbt: string, inputs: number) {
  return mapsOf(psbt)
    .slice(1, 1 + inputs)
    .map((map) => {
      const [scriptSig = none, witness] = [7, 8].map((type) => map.find((pair) => pair.type === type)?.value)
      return { scriptSig, witness: witness === undefined ? [] : RawWitness.decode(witness) }
    })
}

/** By the library alone. */
function rawOf({ transaction: { version, lockTime, inputs, outputs } }: Psbt, final: string): Uint8Array {
  const proofs = proofsIn(final, inputs.length)
  const segwitFlag = proofs.some(({ witness }) => witness.length > 0)
  return RawTx.encode({
    version,
    segwitFlag,
    inputs: inputs.map((input, i) => ({ ...input, finalScriptSig: proofs[i]?.scriptSig ?? none })),
    outputs: [...outputs],
    witnesses: proofs.map(({ witness }) => witness),
    lockTime,
  })
}

describe.skipIf(vectorsMissing('bitcoin/psbt.json'))('psbt.json', () => {
  const [vectors] = readVectors<Vectors>('bitcoin/psbt.json')
  const { signer = [], combiner = [], finalizer = [], extractor = [] } = vectors?.bip174 ?? {}
  const finals = vectors?.finalizeAllInputs ?? []

  describe('signer', () => {
    /** The first two are BIP-174's own: P2SH and P2SH-P2WSH multisig. The third is P2PKH, P2TR and P2WPKH. */
    test.each([0, 1, 2])('vector %i: our hashes and our signatures are its', (number) => {
      const { psbt = '', result = '', keys = [] } = signer[number] ?? {}
      const [asked, signed] = [read(psbt), read(result)]
      expect(keys.length).toBeGreaterThan(1)
      for (const { inputToSign: i, WIF } of keys) {
        const digest = digestOf(asked, i)
        const { partialSignatures = [], tapKeySignature } = signed.inputs[i] ?? {}
        if (tapKeySignature !== undefined) {
          const output = { algorithm: 'secp256k1-schnorr', bytes: spentBy(asked, i).script.slice(2) } as const
          const signature = { algorithm: output.algorithm, bytes: tapKeySignature }
          expect(secp256k1Schnorr.verify(signature, digest, output)).toBe(true)
          continue
        }
        const secret = privateKeyOf(WIF)
        const ours = {
          publicKey: publicKeyOf(secret),
          bytes: placedEcdsa(sign(secret, digest).slice(0, 64), sighash.all),
        }
        expect(partialSignatures).toContainEqual(ours)
      }
    })

    /**
     * As wholes none of them is signed: every input must be of one wallet (safety rule 19), and of a form that wallets here
     * have, which neither P2SH multisig nor P2SH-P2WSH is, nor a script path of taproot.
     */
    test.each([
      [0, 'inputs[0]', /not of this key/],
      [1, 'inputs[0]', /not of this key/],
      [2, 'inputs[1]', /not of this key/],
      [3, 'inputs[0].tapLeafScript', /not signed here/],
      [4, 'inputs[0].tapLeafScript', /not signed here/],
      [5, 'inputs[0].tapLeafScript', /not signed here/],
    ])('vector %i is refused at %s', (number, where, why) => {
      const { psbt = '', keys: [first] = [] } = signer[number] ?? {}
      const key = ecdsa(publicKeyOf(privateKeyOf(first?.WIF ?? '')))
      expect(refusalOf(() => parse({ psbt, key, network: named('BTC', 'testnet') }))).toMatchObject({
        code: 'unsupported-payload',
        where: `transaction.psbt.${where}`,
        message: expect.stringMatching(why) as string,
      })
    })
  })

  /** Signers here work one after the other, so there is no combiner: each puts its pairs among those that are there. */
  test('combiner: pairs put among those that are there make the same PSBT', () => {
    expect(combiner).toHaveLength(2)
    for (const { psbts, result } of combiner) {
      const [first = [], second = []] = psbts.map(mapsOf)
      const merged = first.map((map, i) => (second[i] ?? []).reduce(withPair, map))
      expect(merged.map(inOrder)).toEqual(mapsOf(result).map(inOrder))
    }
  })

  describe('finalizer', () => {
    test('P2WSH: the signatures in the order of the keys, and the script', () => {
      const { psbt = '', result = '' } = finalizer[0] ?? {}
      const { partialSignatures, witnessScript = none } = read(psbt).inputs[1] ?? { partialSignatures: [] }
      const publicKeys = [witnessScript.slice(2, 35), witnessScript.slice(36, 69)]
      const [publicKey = ecdsa(none)] = publicKeys.map(ecdsa)
      const own: OwnScript = { ...scriptOfKey(publicKey, 'p2pkh', mainnet), form: 'p2wsh', witnessScript }
      const proof = proofOf({ ...own, multisig: { threshold: 2, publicKeys } }, partialSignatures)
      expect(proof?.witness).toEqual(proofsIn(result, 2)[1]?.witness)
    })

    /** 3 says that it is of a script path, and is the same as 1. */
    test.each([1, 3])('vector %i: P2PKH, P2TR by its key, P2WPKH', (number) => {
      const { psbt = '', result = '' } = finalizer[number] ?? {}
      const asked = read(psbt)
      const proofs = asked.inputs.map(({ partialSignatures, tapKeySignature, tapInternalKey }, i) => {
        const [signature] = partialSignatures
        const key: PublicKey =
          signature === undefined
            ? { algorithm: 'secp256k1-schnorr', bytes: tapInternalKey ?? none }
            : ecdsa(signature.publicKey)
        const own = scriptOfKey(key, ['p2pkh', 'p2tr', 'p2wpkh'][i] ?? '', mainnet)
        return proofOf(own, [signature ?? { publicKey: key.bytes, bytes: tapKeySignature ?? none }])
      })
      expect(proofs).toEqual(proofsIn(result, 3))
    })

    test.each([2, 4, 5, 6])('vector %i, of scripts of taproot, is not read', (number) => {
      expect(refusalOf(() => read(finalizer[number]?.psbt ?? '')).code).toBe('unsupported-payload')
    })
  })

  test('extractor: the transaction of what is final', () => {
    const { psbt: final = '', transaction = '' } = extractor[0] ?? {}
    const asked = read(finalizer[0]?.psbt ?? '')
    expect(toHex(encodeSigned(asked.transaction, proofsIn(final, 2)).raw)).toBe(`0x${transaction}`)
  })

  describe('finalizeAllInputs', () => {
    const withoutSignatures = (psbt: string): string => {
      const maps = mapsOf(psbt).map((map, i) => (i === 1 ? map.filter(({ type }) => type !== 2) : map))
      return Buffer.from(writeMaps(maps)).toString('base64')
    }
    const vectorOf = (type: string) => finals.find((one) => one.type === type) ?? { psbt: '', result: '' }

    test.each([
      ['P2PKH', 'p2pkh'],
      ['P2SH-P2WPKH', 'p2sh-p2wpkh'],
      ['P2WPKH', 'p2wpkh'],
    ])('%s: with its signature an input is proved as it says', (type, form) => {
      const { psbt, result } = vectorOf(type)
      const { partialSignatures } = read(psbt).inputs[0] ?? { partialSignatures: [] }
      const key = ecdsa(partialSignatures[0]?.publicKey ?? none)
      expect(proofOf(scriptOfKey(key, form, mainnet), partialSignatures)).toEqual(proofsIn(result, 1)[0])
    })

    test('P2PKH: signed here with its signature, it is the same transaction', () => {
      const { psbt, result } = vectorOf('P2PKH')
      const signed = read(psbt)
      const [there] = signed.inputs[0]?.partialSignatures ?? []
      if (there === undefined) throw new Error('no signature')
      const key = ecdsa(there.publicKey)
      const intent = parse({ psbt: withoutSignatures(psbt), key })
      const [payload] = chain.payloads(intent, 'key_test')
      const signature = { algorithm: key.algorithm, bytes: parseDer(there.bytes.slice(0, -1)) }
      expect(secp256k1.verify(signature, payload?.bytes ?? none, key)).toBe(true)
      const made = chain.assemble(intent, [signature])
      expect(mapsOf(textOf(made.result['psbt'])).map(inOrder)).toEqual(mapsOf(psbt).map(inOrder))
      expect(made.result).toMatchObject({ complete: true, rawTransaction: toHex(rawOf(signed, result)) })
    })

    test('P2SH-P2WPKH is refused: its signature is of the hash that transactions had before segwit', () => {
      const { psbt } = vectorOf('P2SH-P2WPKH')
      const { transaction, inputs } = read(psbt)
      const { redeemScript = none, partialSignatures: [there] = [] } = inputs[0] ?? {}
      const key = ecdsa(there?.publicKey ?? none)
      const signature = { algorithm: key.algorithm, bytes: parseDer(there?.bytes.slice(0, -1) ?? none) }
      expect(secp256k1.verify(signature, legacyDigest(transaction, 0, redeemScript, sighash.all), key)).toBe(true)
      const refusal = refusalOf(() => parse({ psbt, key }))
      expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'transaction.psbt.inputs[0].partialSig' })
    })

    test('P2WPKH is refused: its amount is told, and not proved by the whole transaction (safety rule 19)', () => {
      const { psbt } = vectorOf('P2WPKH')
      const key = ecdsa(read(psbt).inputs[0]?.partialSignatures[0]?.publicKey ?? none)
      const refusal = refusalOf(() => parse({ psbt: withoutSignatures(psbt), key }))
      expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'transaction.psbt.inputs[0].nonWitnessUtxo' })
    })

    test.each(['P2PK', 'P2MS', 'P2WSH-P2PK'])('%s is a script that no wallet has here', (type) => {
      const { psbt } = vectorOf(type)
      const key = ecdsa(read(psbt).inputs[0]?.partialSignatures[0]?.publicKey ?? none)
      expect(refusalOf(() => parse({ psbt, key })).code).toBe('unsupported-payload')
    })
  })
})

/** A PSBT is the same whatever the order of its pairs. */
function inOrder(map: KeyMap): readonly string[] {
  return map.map(({ type, keyData, value }) => `${type} ${toHex(keyData)} ${toHex(value)}`).toSorted()
}
