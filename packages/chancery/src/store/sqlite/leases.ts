import type { Lease } from '../../core/store.ts'
import { leaseOf } from '../rows.ts'
import { never } from '../../core/restoration.ts'
import type { Database } from './database.ts'
import { inTransaction } from './in-transaction.ts'

/** A holder that let its lease expire gets a new token too: what it began before is fenced off. */
export function lease(
  db: Database,
  name: string,
  holder: string,
  milliseconds: number,
  now: number,
): Lease | undefined {
  return inTransaction(
    db,
    () => true,
    () => {
      const row = db.get(
        `INSERT INTO lease (name, holder, token, expires_at) VALUES (?1, ?2, 1, ?3 + ?4)
       ON CONFLICT (name) DO UPDATE SET
         token = CASE WHEN lease.holder = ?2 AND lease.expires_at > ?3 THEN lease.token ELSE lease.token + 1 END,
         holder = ?2, expires_at = ?3 + ?4
       WHERE lease.holder = ?2 OR lease.expires_at <= ?3
       RETURNING name, holder, token`,
        name,
        holder,
        now,
        milliseconds,
      )
      return row && leaseOf(row)
    },
  )
}

/** The row stays, with its token: the next holder's is higher. */
export function release(db: Database, held: Lease): void {
  const sql = 'UPDATE lease SET expires_at = 0 WHERE name = ? AND holder = ? AND token = ?'
  inTransaction(
    db,
    () => true,
    () => db.run(sql, held.name, held.holder, held.token),
  )
}

/**
 * The file opens exclusively, so whoever held a lease is gone: a service that was killed goes on at once when it starts
 * again, instead of waiting for itself. What never expires was not held by a process.
 */
export function endAll(db: Database): void {
  inTransaction(
    db,
    () => true,
    () => db.run('UPDATE lease SET expires_at = 0 WHERE expires_at > 0 AND expires_at < ?', never),
  )
}

/** By token alone: an expired lease that nobody took is still its last holder's. */
export function holds(db: Database, held: Lease): boolean {
  const sql = 'SELECT token FROM lease WHERE name = ? AND holder = ? AND token = ?'
  return db.get(sql, held.name, held.holder, held.token) !== undefined
}
