/** From an intent and its signatures to what is broadcast, to the byte as the SDK makes it. */
import { type Address, encodeMsgpack, LogicSig, SignedTransaction } from 'algosdk'
import type { Signed } from '../../core/chain.ts'
import { Failed } from '../../core/errors.ts'
import type { PublicKey } from '../../core/key.ts'
import type { Signature } from '../../core/payload.ts'
import { addressOf, isOf } from './address.ts'
import { base64 } from './base64.ts'
import type { AlgorandIntent, Grouped, PrefixedIntent, Signing, TransactionsIntent } from './intent.ts'
import type { Multisig } from './multisig.ts'

/** @throws Failed `internal` unless there is one Ed25519 signature a payload: the flow hands over no other. */
export function assemble(intent: AlgorandIntent, signatures: readonly Signature[]): Signed {
  return intent.kind === 'prefixed' ? signedBytes(intent, signatures) : signedGroup(intent, signatures)
}

function signedGroup({ transactions, publicKey }: TransactionsIntent, signatures: readonly Signature[]): Signed {
  const left = [...signatures]
  const signed = transactions.map((one) => one.signing && encode(one, one.signing, publicKey, left.shift()))
  if (left.length > 0) throw unexpected()
  const ids = transactions.map(({ transaction }) => transaction.txID())
  const result = { transactions: signed.map((bytes) => (bytes ? base64(bytes) : null)), ids }
  const [hash] = ids
  return { result, parts: signed, ...(hash !== undefined && { hash }) }
}

function encode(
  { transaction: txn }: Grouped,
  signing: Signing,
  key: PublicKey,
  signature: Signature | undefined,
): Uint8Array {
  const { bytes: sig } = proper(signature)
  const { multisig, authority } = signing
  const by = multisig ? { msig: withSignature(multisig, key, sig) } : { sig }
  return encodeMsgpack(new SignedTransaction({ txn, ...by, ...(authority && { sgnr: authority }) }))
}

/** A key that is a member more than once signs for each of its places, as the SDK does. */
function withSignature({ version, threshold, members, signatures }: Multisig, key: PublicKey, signature: Uint8Array) {
  const subsig = members.map((member: Address, i) => {
    const s = isOf(member, key) ? signature : signatures[i]
    return { pk: member.publicKey, ...(s && { s }) }
  })
  return { v: version, thr: threshold, subsig }
}

function signedBytes({ publicKey, program }: PrefixedIntent, signatures: readonly Signature[]): Signed {
  const [signature, ...others] = signatures
  if (others.length > 0) throw unexpected()
  const { bytes } = proper(signature)
  const result = { signature: base64(bytes), signer: addressOf(publicKey) }
  return { result: { ...result, ...(program?.bytes && { logicSignature: base64(delegated(program.bytes, bytes)) }) } }
}

function delegated(program: Uint8Array, signature: Uint8Array): Uint8Array {
  const logic = new LogicSig(program)
  logic.sig = signature
  return logic.toByte()
}

function proper(signature: Signature | undefined): Signature {
  if (signature?.bytes.length !== 64) throw unexpected()
  return signature
}

function unexpected(): Failed {
  return new Failed('internal', 'Expected one Ed25519 signature for every transaction that is signed')
}
