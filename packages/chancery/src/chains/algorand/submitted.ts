/** A transaction as somebody else brings it: unsigned, or signed by its own account. */
import {
  decodeMsgpack,
  encodeMsgpack,
  encodeUnsignedSimulateTransaction,
  SignedTransaction,
  type Transaction,
  verifyMultisig,
} from 'algosdk'
import { equal } from '../../base/bytes.ts'
import type { Network } from '../../core/names.ts'
import { invalid, notCanonical } from '../../core/refusals.ts'
import { ed25519 } from '../../curves/ed25519.ts'
import { base64, readBase64 } from './base64.ts'
import { isWhole } from './msgpack.ts'
import { readTransaction } from './transaction.ts'

export interface Submitted {
  readonly transaction: Transaction
  /** `by`: the address whose key signed, where the signature was verified here. */
  readonly signed?: { readonly raw: Uint8Array; readonly by?: string }
}

/** base64 of either form. @throws Refused; for a signature that does not verify, too */
export function readEither(value: unknown, where: string, network: Network): Submitted {
  const raw = readBase64(value, where)
  const signed = signedForm(raw)
  if (signed === undefined) return { transaction: readTransaction(value, where, network) }
  if (!equal(encodeMsgpack(signed), raw)) {
    throw notCanonical(where, `${raw.length} bytes`, 'canonical MessagePack, nothing left out')
  }
  const transaction = readTransaction(base64(signed.txn.toByte()), `${where}.txn`, network)
  return { transaction, signed: { raw, ...signerOf(signed, transaction, where) } }
}

/** Told apart by its member `txn`, which no unsigned transaction has. */
function signedForm(raw: Uint8Array): SignedTransaction | undefined {
  if (!isWhole(raw)) return undefined
  try {
    return decodeMsgpack(raw, SignedTransaction)
  } catch {
    return undefined
  }
}

/** Logic signatures are programs: whether they agree, only the ledger can say. */
function signerOf({ sig, msig, sgnr }: SignedTransaction, transaction: Transaction, where: string): { by?: string } {
  const by = sgnr ?? transaction.sender
  const message = transaction.bytesToSign()
  const isProper = sig
    ? ed25519.verify({ algorithm: 'ed25519', bytes: sig }, message, { algorithm: 'ed25519', bytes: by.publicKey })
    : msig && verifyMultisig(message, msig, by.publicKey)
  if (isProper === undefined) return {}
  if (isProper) return { by: by.toString() }
  // A multisig on its way may lack signatures; a single one that does not verify is wrong for good.
  if (msig) return {}
  throw invalid(where, 'a signature that does not verify', `a signature by ${by.toString()}, or none`)
}

/** As a simulation takes it: with an empty place for the signature. */
export function unsignedForm(transaction: Transaction): Uint8Array {
  return encodeUnsignedSimulateTransaction(transaction)
}
