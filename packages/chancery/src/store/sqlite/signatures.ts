/** Signatures and idempotency keys: rows that are written once and never changed. */
import { fromHex, type Hex } from '../../base/bytes.ts'
import type { ClientId } from '../../core/names.ts'
import type { StoredSignature } from '../../core/payload.ts'
import type { Idempotency, ItemFault, RoundItem } from '../../core/store.ts'
import { idempotencyOf, signatureOf } from '../rows.ts'
import type { Database } from './database.ts'

export function storedSignature(db: Database, publicKey: Hex, payload: Hex): StoredSignature | undefined {
  const sql = 'SELECT * FROM signature WHERE public_key = ? AND payload = ?'
  const row = db.get(sql, fromHex(publicKey), fromHex(payload))
  return row && signatureOf(row)
}

/** The first one stays. */
export function keepSignature(db: Database, stored: StoredSignature): void {
  const { algorithm, bytes, yParity } = stored.signature
  db.run(
    `INSERT INTO signature (public_key, payload, algorithm, bytes, y_parity) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (public_key, payload) DO NOTHING`,
    fromHex(stored.publicKey),
    fromHex(stored.payload),
    algorithm,
    bytes,
    yParity ?? null,
  )
}

/** Those that stand for what the item keeps, then those that stand for what it is about to sign. */
export function standing(db: Database, item: RoundItem): readonly StoredSignature[] {
  const wanted = [...(item.signatures ?? []), ...(item.signing ?? [])]
  return wanted.flatMap(({ publicKey, payload }) => storedSignature(db, publicKey, payload) ?? [])
}

export function idempotency(db: Database, client: ClientId, route: string, key: string): Idempotency | undefined {
  const row = db.get('SELECT * FROM idempotency WHERE client = ? AND route = ? AND key = ?', client, route, key)
  return row && idempotencyOf(row)
}

export function keepIdempotency(db: Database, row: Idempotency): readonly ItemFault[] {
  const written = db.run(
    `INSERT INTO idempotency (client, route, key, body_hash, made) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (client, route, key) DO NOTHING`,
    row.client,
    row.route,
    row.key,
    fromHex(row.bodyHash),
    row.made,
  )
  if (written === 1) return []
  const earlier = idempotency(db, row.client, row.route, row.key)
  return earlier === undefined || earlier.made === row.made ? [] : [{ reason: 'idempotency', earlier }]
}
