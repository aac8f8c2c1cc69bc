/** Who administers: asked once more at the moment of a change, because a principal is as old as its request. */
import { heldGrants, type Principal } from '../core/access.ts'
import { Refused } from '../core/errors.ts'
import type { Snapshot } from '../core/state.ts'
import { permits, requirePermit } from './permit.ts'

/**
 * Who may create a client: an administrator, and the first one, which holds no grant and may do nothing else (safety rule 11).
 * @throws Refused `denied`, `unauthenticated`
 */
export function requireCreator(principal: Principal, snapshot: Snapshot): void {
  const record = snapshot.clients.get(principal.client)?.value
  if (record?.once !== true) return requireAdministrator(principal, snapshot)
  if (record.frozen)
    throw new Refused('unauthenticated', 'The first administrator has created its client, and has ended')
}

/**
 * @throws Refused `denied` when the caller is no administrator
 * @throws Refused `unauthenticated` when it was one, and was removed, frozen or stripped of it since
 */
export function requireAdministrator(principal: Principal, { clients }: Snapshot): void {
  requirePermit(principal, 'admin')
  // The operator and what is built in have no record.
  if (principal.scheme === 'socket' || principal.scheme === 'built-in') return
  const record = clients.get(principal.client)?.value
  const still = record !== undefined && !record.frozen && permits({ ...principal, grants: heldGrants(record) }, 'admin')
  if (!still)
    throw new Refused('unauthenticated', 'The client was an administrator when the request came, and is none now')
}
