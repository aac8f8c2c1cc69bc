/** Accounts that several keys share: the parameters that make the address, and the signatures collected so far. */
import { type Address, multisigAddress, type Transaction } from 'algosdk'
import { concat, equal } from '../../base/bytes.ts'
import type { PublicKey } from '../../core/key.ts'
import { invalid } from '../../core/refusals.ts'
import { ed25519 } from '../../curves/ed25519.ts'
import { isOf, readAddress } from './address.ts'
import { readBase64 } from './base64.ts'
import { kindOf, readList, readMembers } from './shape.ts'
import { readSigned } from './signed-transaction.ts'

export interface Multisig {
  readonly version: number
  readonly threshold: number
  readonly members: readonly Address[]
  readonly address: Address
  /** By member, of whoever has signed. */
  readonly signatures: readonly (Uint8Array | undefined)[]
}

/** `{ version, threshold, addrs }` as in ARC-1. @throws Refused */
export function readMultisig(value: unknown, where: string): Multisig {
  const { version, threshold, addrs } = readMembers(value, where, ['version', 'threshold', 'addrs'])
  const members = readList(addrs, `${where}.addrs`).map((addr, i) => readAddress(addr, `${where}.addrs[${i}]`))
  if (version !== 1) throw invalid(`${where}.version`, numberOr(version), '1')
  if (members.length === 0 || members.length > 255)
    throw invalid(`${where}.addrs`, members.length, '1 to 255 addresses')
  if (typeof threshold !== 'number' || !Number.isInteger(threshold) || threshold < 1 || threshold > members.length) {
    throw invalid(`${where}.threshold`, numberOr(threshold), `1 to ${members.length}, the number of addrs`)
  }
  const address = multisigAddress({ version, threshold, addrs: members })
  return { version, threshold, members, address, signatures: members.map(() => undefined) }
}

function numberOr(value: unknown): number | string {
  return typeof value === 'number' ? value : kindOf(value)
}

export function hasMember({ members }: Multisig, key: PublicKey): boolean {
  return members.some((member) => isOf(member, key))
}

/**
 * Takes over the signatures of others that `signed`, base64 of a partly signed transaction, already carries. Each is
 * verified: what this service puts its name to must be worth something.
 * @throws Refused
 */
export function withSigned(multisig: Multisig, signed: unknown, transaction: Transaction, where: string): Multisig {
  const bytes = readBase64(signed, where)
  const found = readSigned(bytes, where)
  if (found === undefined) throw invalid(where, `${bytes.length} other bytes`, 'a signed transaction in MessagePack')
  const { txn, msig, sgnr } = found
  if (!equal(txn.toByte(), transaction.toByte()))
    throw invalid(where, txn.txID(), `the same transaction, ${transaction.txID()}`)
  const { version, threshold, members } = multisig
  const same = msig?.v === version && msig.thr === threshold && msig.subsig.length === members.length
  if (!same || !members.every((member, i) => equal(member.publicKey, msig.subsig[i]?.pk ?? new Uint8Array(0)))) {
    throw invalid(where, 'other parameters', 'the multisig that msig names')
  }
  checkAuthority(sgnr, transaction.sender, multisig.address, `${where}.sgnr`)
  const signatures = msig.subsig.map(
    ({ s }, i) => s && verified(s, members[i], transaction, `${where}.msig.subsig[${i}]`),
  )
  return { ...multisig, signatures }
}

/** Named where the account was rekeyed to the multisig, and nowhere else. */
function checkAuthority(got: Address | undefined, sender: Address, multisig: Address, where: string): void {
  const wanted = sender.equals(multisig) ? undefined : multisig
  if (got?.toString() === wanted?.toString()) return
  throw invalid(where, got?.toString(), wanted?.toString() ?? 'nothing: the account is the multisig itself')
}

function verified(
  signature: Uint8Array,
  member: Address | undefined,
  transaction: Transaction,
  where: string,
): Uint8Array {
  const publicKey: PublicKey = { algorithm: 'ed25519', bytes: member?.publicKey ?? new Uint8Array(0) }
  const ok = ed25519.verify({ algorithm: 'ed25519', bytes: signature }, transaction.bytesToSign(), publicKey)
  if (!ok) throw invalid(where, 'a signature that does not verify', "the member's signature over this transaction")
  return concat(signature)
}
