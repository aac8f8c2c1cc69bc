/** What a transaction pool looks at before the ledger does: form, signatures, group, network, time, repetition. */
import {
  computeGroupID,
  decodeSignedTransaction,
  encodeMsgpack,
  type SignedTransaction,
  type Transaction,
} from 'algosdk'
import { LedgerRefusal, type Entry } from './ledger.ts'
import { authoriserOf } from './signatures.ts'
import { split } from './split.ts'

export interface Genesis {
  readonly id: string
  /** Base64 of 32 bytes. */
  readonly hash: string
}

const mostInGroup = 16
const longestValid = 1_000n

/** @throws LedgerRefusal */
export function readGroup(bytes: Uint8Array): readonly Entry[] {
  const parts = split(bytes)
  if (parts.length === 0) throw new LedgerRefusal('empty txgroup')
  return parts.map((part) => entryOf(decoded(part), part))
}

export function entryOf(signed: SignedTransaction, bytes: Uint8Array): Entry {
  const authoriser = authoriserOf(signed)
  const transaction = signed.txn
  return { id: transaction.txID(), bytes, signed, transaction, ...(authoriser === undefined ? {} : { authoriser }) }
}

/** Stricter than algod, which reads any MessagePack and hashes its own: what is sent here is canonical, byte for byte. */
function decoded(bytes: Uint8Array): SignedTransaction {
  try {
    const signed = decodeSignedTransaction(bytes)
    if (Buffer.from(encodeMsgpack(signed)).equals(bytes)) return signed
  } catch (error) {
    throw new LedgerRefusal(`msgpack decode error: ${error instanceof Error ? error.message : 'unreadable'}`)
  }
  throw new LedgerRefusal('this test server takes canonical MessagePack only')
}

/** @throws LedgerRefusal unless every transaction is signed */
export function requireSigned(group: readonly Entry[]): void {
  if (group.some(({ authoriser }) => authoriser === undefined)) throw new LedgerRefusal('signedtxn has no sig')
}

/** @throws LedgerRefusal */
export function requireForm(group: readonly Entry[], genesis: Genesis, round: bigint): void {
  if (group.length > mostInGroup) throw new LedgerRefusal(`group size ${group.length} exceeds maximum ${mostInGroup}`)
  for (const { transaction } of group) {
    requireNetwork(transaction, genesis)
    requireTime(transaction, round)
  }
  requireGroup(group.map(({ transaction }) => transaction))
}

function requireNetwork({ genesisHash, genesisID }: Transaction, { id, hash }: Genesis): void {
  const got = genesisHash === undefined ? '' : Buffer.from(genesisHash).toString('base64')
  if (got !== hash) throw new LedgerRefusal(`tx.GenesisHash ${got} does not match expected ${hash}`)
  if (genesisID !== undefined && genesisID !== id) {
    throw new LedgerRefusal(`tx.GenesisID ${genesisID} does not match expected ${id}`)
  }
}

function requireTime({ firstValid, lastValid }: Transaction, round: bigint): void {
  if (lastValid - firstValid > longestValid || lastValid < firstValid) {
    throw new LedgerRefusal(`transaction window size excessive (${firstValid}--${lastValid})`)
  }
  if (round < firstValid || round > lastValid) {
    throw new LedgerRefusal(`TransactionPool.Remember: txn dead: round ${round} outside of ${firstValid}--${lastValid}`)
  }
}

function requireGroup(transactions: readonly Transaction[]): void {
  const claimed = transactions.map(({ group }) => Buffer.from(group ?? []).toString('base64'))
  if (claimed.length === 1 && claimed[0] === '') return
  if (claimed.includes('')) throw new LedgerRefusal('TransactionPool.Remember: transactionGroup: empty group value')
  const computed = Buffer.from(computeGroupID(transactions.map(ungrouped))).toString('base64')
  const wrong = claimed.find((one) => one !== claimed[0])
  if (wrong !== undefined) {
    throw new LedgerRefusal(
      `TransactionPool.Remember: transactionGroup: inconsistent group values: ${wrong} != ${claimed[0]}`,
    )
  }
  if (claimed[0] === computed) return
  throw new LedgerRefusal(
    `TransactionPool.Remember: transactionGroup: incomplete group: ${claimed[0]} != ${computed} (${transactions.length})`,
  )
}

function ungrouped(transaction: Transaction): Transaction {
  const { txn } = decodeSignedTransaction(unsigned(transaction))
  delete txn.group
  return txn
}

function unsigned(transaction: Transaction): Uint8Array {
  return Buffer.concat([Buffer.from([0x81, 0xa3]), Buffer.from('txn'), transaction.toByte()])
}
