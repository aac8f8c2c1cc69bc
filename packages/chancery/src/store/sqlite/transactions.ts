/** Relayed transactions. */
import { fromHex, uint64 } from '../../base/bytes.ts'
import { canonical } from '../../base/json.ts'
import type { Network, TransactionId } from '../../core/names.ts'
import type { Page } from '../../core/page.ts'
import type {
  ItemFault,
  SignedTransaction,
  TransactionFilter,
  TransactionRow,
  TransactionState,
} from '../../core/store.ts'
import { laneOf, nonceOf, signedTransactionOf, transactionOf } from '../rows.ts'
import type { Database } from './database.ts'

/** The nonce row decides who holds a nonce; the column beside the transaction only repeats it. */
export function putTransaction(db: Database, row: TransactionRow): readonly ItemFault[] {
  const faults: ItemFault[] = []
  if (!writeTransaction(db, row)) faults.push({ reason: 'version', what: `transaction ${row.id}` })
  if (row.nonce !== undefined && !takeNonce(db, row, row.nonce)) {
    faults.push({ reason: 'version', what: `nonce ${row.nonce} of ${row.sender} on ${row.network}` })
  }
  return faults
}

function writeTransaction(db: Database, row: TransactionRow): boolean {
  const nonce = row.nonce === undefined ? null : uint64(row.nonce)
  const body = canonical(row.body)
  const changed =
    row.version === 1
      ? db.run(
          `INSERT INTO relay_transaction
             (id, version, client, key, network, sender, state, nonce, body, created_at, updated_at, wallet)
           VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
          row.id,
          row.client,
          row.key,
          row.network,
          row.sender,
          row.state,
          nonce,
          body,
          row.createdAt,
          row.updatedAt,
          row.wallet ?? null,
        )
      : db.run(
          `UPDATE relay_transaction SET version = ?, state = ?, nonce = ?, body = ?, updated_at = ?
           WHERE id = ? AND version = ?`,
          row.version,
          row.state,
          nonce,
          body,
          row.updatedAt,
          row.id,
          row.version - 1,
        )
  return changed === 1
}

function takeNonce(db: Database, row: TransactionRow, nonce: bigint): boolean {
  const taken = db.get(
    `INSERT INTO relay_nonce (network, sender, nonce, id) VALUES (?, ?, ?, ?)
     ON CONFLICT (network, sender, nonce) DO UPDATE SET id = excluded.id WHERE relay_nonce.id = excluded.id
     RETURNING id`,
    row.network,
    row.sender,
    uint64(nonce),
    row.id,
  )
  return taken !== undefined
}

export function keepSigned(db: Database, signed: SignedTransaction): readonly ItemFault[] {
  const kept = db.get(
    `INSERT INTO signed_transaction (hash, transaction_id, raw, created_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash
     WHERE signed_transaction.transaction_id = excluded.transaction_id AND signed_transaction.raw = excluded.raw
     RETURNING hash`,
    fromHex(signed.hash),
    signed.transaction,
    signed.raw,
    signed.createdAt,
  )
  return kept === undefined ? [{ reason: 'version', what: `signed transaction ${signed.hash}` }] : []
}

export function transaction(db: Database, id: TransactionId): TransactionRow | undefined {
  const row = db.get('SELECT * FROM relay_transaction WHERE id = ?', id)
  return row && transactionOf(row)
}

/** An absent part of the filter is NULL and lets everything through: one statement, and one for those of a wallet. */
export function transactions(db: Database, filter: TransactionFilter, page: Page): readonly TransactionRow[] {
  const rows = db.all(
    `SELECT * FROM relay_transaction
     WHERE ${filter.wallet === undefined ? '?8 IS NULL' : 'wallet = ?8'}
       AND (?1 IS NULL OR network = ?1) AND (?2 IS NULL OR sender = ?2) AND (?3 IS NULL OR client = ?3)
       AND (?4 IS NULL OR key = ?4) AND (?5 IS NULL OR state IN (SELECT value FROM json_each(?5)))
       AND (?6 IS NULL OR (created_at, id) > (SELECT created_at, id FROM relay_transaction WHERE id = ?6))
     ORDER BY created_at, id LIMIT ?7`,
    filter.network ?? null,
    filter.sender ?? null,
    filter.client ?? null,
    filter.key ?? null,
    filter.states === undefined ? null : JSON.stringify(filter.states),
    page.after ?? null,
    page.limit,
    filter.wallet ?? null,
  )
  return rows.map(transactionOf)
}

export function lanes(
  db: Database,
  states: readonly TransactionState[],
): readonly { network: Network; sender: string }[] {
  const rows = db.all(
    `SELECT DISTINCT network, sender FROM relay_transaction
     WHERE state IN (SELECT value FROM json_each(?)) ORDER BY network, sender`,
    JSON.stringify(states),
  )
  return rows.map(laneOf)
}

export function highestNonce(db: Database, network: Network, sender: string): bigint | undefined {
  const sql = 'SELECT nonce FROM relay_nonce WHERE network = ? AND sender = ? ORDER BY nonce DESC LIMIT 1'
  const row = db.get(sql, network, sender)
  return row && nonceOf(row)
}

export function signedTransactions(db: Database, id: TransactionId): readonly SignedTransaction[] {
  const rows = db.all('SELECT * FROM signed_transaction WHERE transaction_id = ? ORDER BY created_at, hash', id)
  return rows.map(signedTransactionOf)
}
