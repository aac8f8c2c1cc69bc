import type { Claim, GuardRow } from '../core/claim.ts'

/** An unspent output (txid and index): one root each, unless a named predecessor is replaced (BIP 125). */
export function outpointRow({ kind, scope, outpoint, root, replaces }: Extract<Claim, { kind: 'outpoint' }>): GuardRow {
  return { kind, scope, item: outpoint, root, ...(replaces && { replaces }) }
}
