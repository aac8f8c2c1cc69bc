/** The transactions of one request: which of them the key signs and how, and whether they are the group they say. */
import type { Address, Transaction } from 'algosdk'
import type { PublicKey } from '../../core/key.ts'
import type { Network } from '../../core/names.ts'
import { invalid } from '../../core/refusals.ts'
import { addressOf, isOf, readAddress } from './address.ts'
import { strayOf } from './group-id.ts'
import type { Grouped, Signing } from './intent.ts'
import { hasMember, readMultisig, withSigned } from './multisig.ts'
import { kindOf, readList, readMembers } from './shape.ts'
import { readTransaction } from './transaction.ts'

/** MaxTxGroupSize. */
export const largestGroup = 16

export interface Signer {
  readonly publicKey: PublicKey
  /** Accounts rekeyed to the key, for which `authAddr` need not be said. */
  readonly accounts: readonly string[]
  readonly network: Network
}

/** Wallet transactions as in ARC-1: `{ txn, signers?, authAddr?, msig?, stxn? }`, each. @throws Refused */
export function readGroup(value: unknown, where: string, signer: Signer): readonly Grouped[] {
  const items = readList(value, where)
  if (items.length === 0 || items.length > largestGroup) {
    throw invalid(where, `${items.length} transactions`, `1 to ${largestGroup} transactions`)
  }
  const group = items.map((item, i) => readItem(item, `${where}[${i}]`, signer))
  if (group.every(({ signing }) => signing === undefined)) {
    throw invalid(where, 'signers: [] everywhere', 'at least one transaction that the key signs')
  }
  checkGroupId(
    group.map(({ transaction }) => transaction),
    where,
  )
  return group
}

const members = ['txn', 'signers', 'authAddr', 'msig', 'stxn'] as const

function readItem(value: unknown, where: string, signer: Signer): Grouped {
  const item = readMembers(value, where, members)
  const transaction = readTransaction(item['txn'], `${where}.txn`, signer.network)
  if (isSignedElsewhere(item['signers'], signer, `${where}.signers`)) {
    checkLeftAlone(item, transaction, where)
    return { transaction }
  }
  const signing =
    item['msig'] === undefined ? single(item, where, transaction, signer) : shared(item, where, transaction, signer)
  return { transaction, signing }
}

/** `signers: []` means: do not sign this one. Any other list must name the key, and nobody else. */
function isSignedElsewhere(value: unknown, { publicKey }: Signer, where: string): boolean {
  if (value === undefined) return false
  const signers = readList(value, where)
  if (signers.length === 0) return true
  const own = addressOf(publicKey)
  if (signers.length === 1 && signers[0] === own) return false
  throw invalid(
    where,
    signers.length === 1 ? kindOf(signers[0]) : kindOf(signers),
    `[] to leave it unsigned, or ["${own}"], the address of the key`,
  )
}

/** What is said of how to sign what is not signed would be dropped. Outside a group it would look bound to the others. */
function checkLeftAlone(item: Item, { group }: Transaction, where: string): void {
  const idle = (['authAddr', 'msig', 'stxn'] as const).find((name) => item[name] !== undefined)
  if (idle !== undefined) throw invalid(`${where}.${idle}`, kindOf(item[idle]), 'nothing, beside signers: []')
  if (group === undefined)
    throw invalid(`${where}.signers`, '[] without a group', 'a transaction of the group, or none')
}

type Item = Readonly<Record<string, unknown>>

function single(item: Item, where: string, { sender }: Transaction, { publicKey, accounts }: Signer): Signing {
  if (item['stxn'] !== undefined)
    throw invalid(`${where}.stxn`, 'a signed transaction', 'nothing, unless msig is given')
  if (item['authAddr'] === undefined) {
    if (isOf(sender, publicKey)) return {}
    if (accounts.includes(sender.toString())) return { authority: readAddress(addressOf(publicKey), where) }
    const own = addressOf(publicKey)
    throw invalid(
      `${where}.txn.sender`,
      sender.toString(),
      `${own}, the address of the key; or authAddr, or signers: []`,
    )
  }
  const authority = readAddress(item['authAddr'], `${where}.authAddr`)
  if (!isOf(authority, publicKey))
    throw invalid(`${where}.authAddr`, authority.toString(), `${addressOf(publicKey)}, the address of the key`)
  return authorityBeside(sender, authority)
}

function shared(item: Item, where: string, transaction: Transaction, { publicKey }: Signer): Signing {
  const multisig = readMultisig(item['msig'], `${where}.msig`)
  if (!hasMember(multisig, publicKey)) {
    throw invalid(
      `${where}.msig.addrs`,
      'other addresses',
      `${addressOf(publicKey)}, the address of the key, among them`,
    )
  }
  const authority =
    item['authAddr'] === undefined ? transaction.sender : readAddress(item['authAddr'], `${where}.authAddr`)
  if (!authority.equals(multisig.address)) {
    throw invalid(`${where}.msig`, multisig.address.toString(), `the multisig of ${authority.toString()}`)
  }
  const { stxn } = item
  const collected = stxn === undefined ? multisig : withSigned(multisig, stxn, transaction, `${where}.stxn`)
  return { ...authorityBeside(transaction.sender, authority), multisig: collected }
}

/** The protocol wants no authority where the account has its own. */
function authorityBeside(sender: Address, authority: Address): Pick<Signing, 'authority'> {
  return sender.equals(authority) ? {} : { authority }
}

/** All of one group, whole and in its order, or each on its own. */
function checkGroupId(transactions: readonly Transaction[], where: string): void {
  if (transactions.every(({ group }) => group === undefined)) return
  const stray = strayOf(transactions)
  if (stray === undefined) return
  const { index, got, wanted } = stray
  throw invalid(
    `${where}[${index}].txn.group`,
    got,
    `${wanted}, the group of the transactions that were sent: send all of them, with signers: [] where the key does not sign`,
  )
}
