/** From an intent and its signatures to the PSBT with them in, and to the transaction where it is complete. */
import { PSBTGlobal, PSBTInput } from '@scure/btc-signer/psbt.js'
import { toHex } from '../../base/bytes.ts'
import type { Signed } from '../../core/chain.ts'
import { Failed } from '../../core/errors.ts'
import type { Signature } from '../../core/payload.ts'
import type { BitcoinIntent, PlacedSignature, SpentInput } from './intent.ts'
import { proofOf } from './proofs.ts'
import { type KeyMap, type Pair, withPair, writeMaps } from './psbt-maps.ts'
import { baseOf, sighash } from './sighash.ts'
import { placedEcdsa, placedSchnorr } from './signatures.ts'
import { encodeSigned, txidText } from './transaction.ts'

/** @throws Failed `internal` unless there is one signature a payload: the flow hands over no other. */
export function assemble(intent: BitcoinIntent, signatures: readonly Signature[]): Signed {
  const left = [...signatures]
  const made = intent.inputs.map((input) => (input.unsigned ? placed(input, left.shift()) : undefined))
  if (left.length > 0) throw unexpected()
  const psbt = Buffer.from(writeMaps(signedMaps(intent, made))).toString('base64')
  const proofs = intent.inputs.map(({ own, signatures: there }, i) => {
    const mine = made[i]
    return proofOf(own, mine ? [...there, mine] : there)
  })
  const whole = proofs.flatMap((proof) => (proof ? [proof] : []))
  if (whole.length < proofs.length) return { result: { psbt, complete: false } }
  const { raw, txid, witnessHash, virtualSize } = encodeSigned(intent.psbt.transaction, whole)
  const ids = { txid: txidText(txid), witnessHash: txidText(witnessHash) }
  const result = { psbt, complete: true, rawTransaction: toHex(raw), ...ids, size: raw.length, virtualSize }
  return { result, raw, hash: toHex(txid) }
}

function placed({ own, sighashType }: SpentInput, signature: Signature | undefined): PlacedSignature {
  if (signature?.bytes.length !== 64 || signature.algorithm !== own.publicKey.algorithm) throw unexpected()
  const place = own.form === 'p2tr' ? placedSchnorr : placedEcdsa
  const { bytes: publicKey } = own.signer?.publicKey ?? own.publicKey
  return { publicKey, bytes: place(signature.bytes, sighashType) }
}

function signedMaps(
  { psbt, inputs }: BitcoinIntent,
  made: readonly (PlacedSignature | undefined)[],
): readonly KeyMap[] {
  return psbt.maps.map((map, i) => {
    if (i === 0) return fixed(map, inputs)
    const [input, signature] = [inputs[i - 1], made[i - 1]]
    return input && signature ? withPair(map, pairOf(input, signature)) : map
  })
}

function pairOf({ own }: SpentInput, { publicKey, bytes }: PlacedSignature): Pair {
  if (own.form === 'p2tr') return { type: PSBTInput.tapKeySig[0], keyData: new Uint8Array(), value: bytes }
  return { type: PSBTInput.partialSig[0], keyData: publicKey, value: bytes }
}

/** The flags of PSBT_GLOBAL_TX_MODIFIABLE (BIP-370). */
const modifiable = { inputs: 1, outputs: 2, hasSingle: 4 } as const

/** What the signatures now fix: BIP-370 has the signer say so. */
function fixed(map: KeyMap, inputs: readonly SpentInput[]): KeyMap {
  const type = PSBTGlobal.txModifiable[0]
  const before = map.find((pair) => pair.type === type)
  if (before === undefined) return map
  const signedNow = inputs.filter(({ unsigned }) => unsigned)
  const flags = signedNow.reduce((left, { sighashType }) => leftModifiable(left, sighashType), before.value[0] ?? 0)
  return withPair(map, { ...before, value: Uint8Array.of(flags) })
}

/** The flags after a signature of this type. */
function leftModifiable(flags: number, sighashType: number): number {
  const base = baseOf(sighashType)
  const inputs = (sighashType & sighash.anyoneCanPay) === 0 ? modifiable.inputs : 0
  const outputs = base === sighash.none ? 0 : modifiable.outputs
  const single = base === sighash.single ? modifiable.hasSingle : 0
  return (flags & ~inputs & ~outputs) | single
}

function unexpected(): Failed {
  return new Failed('internal', 'Expected one signature for every input that this key signs')
}
