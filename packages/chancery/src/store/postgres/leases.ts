import type { Lease } from '../../core/store.ts'
import { leaseOf } from '../rows.ts'
import type { Session } from './pool.ts'

/** The server's clock, in milliseconds since 1970. */
export const serverTime = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/** A holder that let its lease expire gets a new token too: what it began before is fenced off. */
const takeLease = `
  INSERT INTO lease AS held (name, holder, token, expires_at) VALUES ($1, $2, 1, ${serverTime} + $3)
  ON CONFLICT (name) DO UPDATE SET
    token = CASE WHEN held.holder = $2 AND held.expires_at > ${serverTime} THEN held.token ELSE held.token + 1 END,
    holder = $2, expires_at = ${serverTime} + $3
  WHERE held.holder = $2 OR held.expires_at <= ${serverTime}
  RETURNING name, holder, token`

export async function lease(session: Session, name: string, holder: string, milliseconds: number) {
  const [row] = await session.query(takeLease, [name, holder, milliseconds])
  return row && leaseOf(row)
}

/** The row stays, with its token: the next holder's is higher. */
export async function release(session: Session, { name, holder, token }: Lease): Promise<void> {
  await session.query('UPDATE lease SET expires_at = 0 WHERE name = $1 AND holder = $2 AND token = $3', [
    name,
    holder,
    token,
  ])
}

/** Locks the row: nobody takes the lease before this transaction ends. An expired lease nobody took still holds. */
export async function holds(session: Session, { name, holder, token }: Lease): Promise<boolean> {
  const sql = 'SELECT token FROM lease WHERE name = $1 AND holder = $2 AND token = $3 FOR UPDATE'
  return (await session.query(sql, [name, holder, token])).length === 1
}
