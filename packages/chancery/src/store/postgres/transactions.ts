/** Relayed transactions. */
import { fromHex, uint64 } from '../../base/bytes.ts'
import { canonical } from '../../base/json.ts'
import type { Network, TransactionId } from '../../core/names.ts'
import type { Page } from '../../core/page.ts'
import type {
  ItemFault,
  Round,
  SignedTransaction,
  TransactionFilter,
  TransactionRow,
  TransactionState,
} from '../../core/store.ts'
import { owned, type Owned } from '../round.ts'
import { laneOf, nonceOf, signedTransactionOf, transactionOf } from '../rows.ts'
import type { Session } from './pool.ts'

const insert = `
  INSERT INTO relay_transaction
    (id, version, client, key, network, sender, state, nonce, body, created_at, updated_at, wallet)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING id`

const replace = `
  UPDATE relay_transaction SET version = $2, state = $3, nonce = $4, body = $5, updated_at = $6
  WHERE id = $1 AND version = $2::bigint - 1 RETURNING id`

/** The nonce row decides who holds a nonce; the column beside the transaction only repeats it. */
const takeNonce = `
  INSERT INTO relay_nonce AS held (network, sender, nonce, id) VALUES ($1, $2, $3, $4)
  ON CONFLICT (network, sender, nonce) DO UPDATE SET id = excluded.id WHERE held.id = excluded.id RETURNING id`

/** In order of id, so that two processes lock in one order. */
export async function putTransactions(session: Session, round: Round): Promise<readonly Owned<ItemFault>[]> {
  const rows = owned(round, (item) => item.transactions).toSorted((a, b) => (a.value.id < b.value.id ? -1 : 1))
  const faults = rows.map(async ({ item, value }) => {
    const found = await Promise.all([versionFaults(session, value), nonceFaults(session, value)])
    return found.flat().map((fault) => ({ item, value: fault }))
  })
  return (await Promise.all(faults)).flat()
}

async function versionFaults(session: Session, row: TransactionRow): Promise<readonly ItemFault[]> {
  const nonce = row.nonce === undefined ? null : uint64(row.nonce)
  const [body, { id, version, client, key, network, sender, state, createdAt, updatedAt, wallet }] = [
    canonical(row.body),
    row,
  ]
  const written =
    version === 1
      ? session.query(insert, [
          id,
          version,
          client,
          key,
          network,
          sender,
          state,
          nonce,
          body,
          createdAt,
          updatedAt,
          wallet,
        ])
      : session.query(replace, [id, version, state, nonce, body, updatedAt])
  return (await written).length === 1 ? [] : [{ reason: 'version', what: `transaction ${id}` }]
}

async function nonceFaults(session: Session, row: TransactionRow): Promise<readonly ItemFault[]> {
  if (row.nonce === undefined) return []
  const taken = await session.query(takeNonce, [row.network, row.sender, uint64(row.nonce), row.id])
  if (taken.length === 1) return []
  return [{ reason: 'version', what: `nonce ${row.nonce} of ${row.sender} on ${row.network}` }]
}

export async function keepSigned(session: Session, round: Round): Promise<readonly Owned<ItemFault>[]> {
  const all = owned(round, (item) => item.signed).toSorted((a, b) => (a.value.hash < b.value.hash ? -1 : 1))
  const faults = all.map(async ({ item, value }) =>
    (await keepOne(session, value)) ? [] : [{ item, value: signedFault(value) }],
  )
  return (await Promise.all(faults)).flat()
}

/** Written once: what is there already must be the same bytes of the same transaction. */
async function keepOne(
  session: Session,
  { hash, transaction: id, raw, createdAt }: SignedTransaction,
): Promise<boolean> {
  const [, same] = await Promise.all([
    session.query(
      `INSERT INTO signed_transaction (hash, transaction_id, raw, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING`,
      [fromHex(hash), id, raw, createdAt],
    ),
    session.query('SELECT hash FROM signed_transaction WHERE hash = $1 AND transaction_id = $2 AND raw = $3', [
      fromHex(hash),
      id,
      raw,
    ]),
  ])
  return same.length === 1
}

function signedFault(signed: SignedTransaction): ItemFault {
  return { reason: 'version', what: `signed transaction ${signed.hash}` }
}

export async function transaction(session: Session, id: TransactionId): Promise<TransactionRow | undefined> {
  const [row] = await session.query('SELECT * FROM relay_transaction WHERE id = $1', [id])
  return row && transactionOf(row)
}

/** An absent part of the filter is NULL and lets everything through: one statement for all filters. */
export async function transactions(
  session: Session,
  { network, sender, client, key, states, wallet }: TransactionFilter,
  { after, limit }: Page,
): Promise<readonly TransactionRow[]> {
  const rows = await session.query(
    `SELECT * FROM relay_transaction
     WHERE ($1::text IS NULL OR network = $1) AND ($2::text IS NULL OR sender = $2)
       AND ($3::text IS NULL OR client = $3) AND ($4::text IS NULL OR key = $4)
       AND ($5::text[] IS NULL OR state = ANY ($5)) AND ($8::text IS NULL OR wallet = $8)
       AND ($6::text IS NULL OR (created_at, id) > (SELECT created_at, id FROM relay_transaction WHERE id = $6))
     ORDER BY created_at, id LIMIT $7`,
    [network, sender, client, key, states, after, limit, wallet],
  )
  return rows.map(transactionOf)
}

export async function lanes(
  session: Session,
  states: readonly TransactionState[],
): Promise<readonly { network: Network; sender: string }[]> {
  const rows = await session.query(
    'SELECT DISTINCT network, sender FROM relay_transaction WHERE state = ANY ($1::text[]) ORDER BY network, sender',
    [states],
  )
  return rows.map(laneOf)
}

export async function highestNonce(session: Session, network: Network, sender: string): Promise<bigint | undefined> {
  const sql = 'SELECT nonce FROM relay_nonce WHERE network = $1 AND sender = $2 ORDER BY nonce DESC LIMIT 1'
  const [row] = await session.query(sql, [network, sender])
  return row && nonceOf(row)
}

export async function signedTransactions(session: Session, id: TransactionId): Promise<readonly SignedTransaction[]> {
  const sql = 'SELECT * FROM signed_transaction WHERE transaction_id = $1 ORDER BY created_at, hash'
  return (await session.query(sql, [id])).map(signedTransactionOf)
}
