/** Whose key signed a transaction: the ledger's runtime takes any signature, so this is looked at before it. */
import { ed25519 } from '@noble/curves/ed25519.js'
import { Address, multisigAddress, type EncodedMultisig, type SignedTransaction } from 'algosdk'
import { LedgerRefusal } from './ledger.ts'

/** @returns undefined where there is no signature at all. @throws LedgerRefusal when one does not verify */
export function authoriserOf(signed: SignedTransaction): string | undefined {
  const { txn, sig, msig, lsig, pqsig, sgnr } = signed
  if (lsig !== undefined || pqsig !== undefined) {
    throw new LedgerRefusal('this test server verifies neither logic signatures nor post-quantum signatures')
  }
  const address = sgnr ?? txn.sender
  if (sgnr?.toString() === txn.sender.toString()) throw new LedgerRefusal('AuthAddr must be different from Sender')
  if (sig !== undefined && msig !== undefined)
    throw new LedgerRefusal('signedtxn should only have one of Sig or Msig or LogicSig')
  if (sig !== undefined) requireValid(sig, txn.bytesToSign(), address.publicKey)
  else if (msig !== undefined) requireMultisig(msig, txn.bytesToSign(), address)
  else return undefined
  return address.toString()
}

function requireMultisig({ v, thr, subsig }: EncodedMultisig, message: Uint8Array, address: Address): void {
  const addrs = subsig.map(({ pk }) => new Address(pk))
  if (multisigAddress({ version: v, threshold: thr, addrs }).toString() !== address.toString()) {
    throw new LedgerRefusal('multisig validation failed: Invalid address')
  }
  const signatures = subsig.flatMap(({ pk, s }) => (s === undefined ? [] : [{ pk, s }]))
  if (signatures.length < thr) throw new LedgerRefusal('multisig validation failed: Threshold not met')
  for (const { pk, s } of signatures) requireValid(s, message, pk)
}

function requireValid(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): void {
  if (signature.length === 64 && ed25519.verify(signature, message, publicKey, { zip215: false })) return
  throw new LedgerRefusal("At least one signature didn't pass verification")
}
