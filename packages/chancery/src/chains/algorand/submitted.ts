/** A transaction as somebody else brings it: unsigned, or signed by its own account. */
import { encodeUnsignedSimulateTransaction, type SignedTransaction, type Transaction, verifyMultisig } from 'algosdk'
import type { Network } from '../../core/names.ts'
import { invalid } from '../../core/refusals.ts'
import { ed25519 } from '../../curves/ed25519.ts'
import { base64, readBase64 } from './base64.ts'
import { readSigned } from './signed-transaction.ts'
import { readTransaction } from './transaction.ts'

export interface Submitted {
  readonly transaction: Transaction
  /** `by`: the address whose key signed, where the signature was verified here. */
  readonly signed?: { readonly raw: Uint8Array; readonly by?: string }
}

/** base64 of either form. @throws Refused; for a signature that does not verify, too */
export function readEither(value: unknown, where: string, network: Network): Submitted {
  const raw = readBase64(value, where)
  const signed = readSigned(raw, where)
  if (signed === undefined) return { transaction: readTransaction(value, where, network) }
  const transaction = readTransaction(base64(signed.txn.toByte()), `${where}.txn`, network)
  return { transaction, signed: { raw, ...signerOf(signed, transaction, where) } }
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
