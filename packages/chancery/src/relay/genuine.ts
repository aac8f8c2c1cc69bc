/**
 * Rows of transactions as they are authenticated. The relay signs what a row says, so a row is believed only as this
 * service wrote it: who can write to the database cannot order a payment, change one, or say how one stands.
 */
import { createHmac } from 'node:crypto'
import { equal, fromHex, isLowerHex, sha256, toHex, utf8, type Hex } from '../base/bytes.ts'
import { canonical } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import type { Claim } from '../core/claim.ts'
import { Failed } from '../core/errors.ts'
import type { TransactionId } from '../core/names.ts'
import type { TransactionRow } from '../core/store.ts'
import type { RelayRooms } from './rooms.ts'

/** The row as it is written: its MAC is a member of its body. */
export function sealRow(row: TransactionRow, stateKey: Secret): TransactionRow {
  return { ...row, body: { ...row.body, mac: macOf(row, stateKey) } }
}

/** The row without its MAC. @throws Failed `store-corrupt` for a row that was not written with this key, or was changed */
function genuine(row: TransactionRow, stateKey: Secret): TransactionRow {
  const { mac, ...body } = row.body
  const bare = { ...row, body }
  if (isLowerHex(mac, 32) && equal(fromHex(mac), fromHex(macOf(bare, stateKey)))) return bare
  throw new Failed('store-corrupt', `The transaction ${row.id} is not as this service wrote it`)
}

function macOf({ nonce, ...row }: TransactionRow, stateKey: Secret): Hex {
  const text = `chancery relayed transaction 1\n${canonical({ ...row, ...(nonce !== undefined && { nonce: nonce.toString() }) })}`
  return toHex(stateKey.use((key) => createHmac('sha256', key).update(text).digest()))
}

/** The store as the relay reads it. */
export function readingGenuine(store: RelayRooms['store'], stateKey: Secret): RelayRooms['store'] {
  return {
    shared: store.shared,
    transaction: async (id, deadline) => {
      const row = await store.transaction(id, deadline)
      return row && genuine(row, stateKey)
    },
    transactions: async (filter, page, deadline) => {
      const rows = await store.transactions(filter, page, deadline)
      return rows.map((row) => genuine(row, stateKey))
    },
    lanes: (states, deadline) => store.lanes(states, deadline),
    highestNonce: (network, sender, deadline) => store.highestNonce(network, sender, deadline),
    signedTransactions: (id, deadline) => store.signedTransactions(id, deadline),
    idempotency: (client, route, key, deadline) => store.idempotency(client, route, key, deadline),
    lease: (name, holder, milliseconds, deadline) => store.lease(name, holder, milliseconds, deadline),
    release: (lease, deadline) => store.release(lease, deadline),
  }
}

/**
 * What a transaction uses up beside its nonce: an older version of its row is genuine too, and put back it would be paid
 * again under the next nonce. Taken by what is signed for it, or by its failure before that; what replaces that takes one
 * more, for the version it makes.
 */
export function onlyOnce(id: TransactionId, version = 0): Omit<Extract<Claim, { kind: 'once' }>, 'root'> {
  return { kind: 'once', scope: 'relay', id: toHex(sha256(utf8(version === 0 ? id : `${id} version ${version}`))) }
}

/** Holds the place of a transaction that failed before anything was signed for it. */
export const neverSigned: Hex = toHex(sha256(utf8('chancery relayed transaction failed 1')))
