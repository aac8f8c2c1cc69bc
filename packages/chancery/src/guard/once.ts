import type { Claim, GuardRow } from '../core/claim.ts'

/** Something that counts once for ever, such as a durable nonce, a ticket, a lease or a group id. */
export function onceRow({ kind, scope, id, root }: Extract<Claim, { kind: 'once' }>): GuardRow {
  return { kind, scope, item: id, root }
}
