/**
 * A signer process's own memory of what it has signed for: a second guard, which a fault of the service or its store does
 * not reach. It forgets with the process, and the oldest rows first; the guard in the store forgets nothing.
 */
import type { GuardRow } from '../core/claim.ts'

/** A row as it travels: kind, scope and item in one string, roots as bytes. */
export interface SeenRow {
  readonly row: string
  readonly root: string
  /** The slot or target epoch it binds the root for; of such a row the last one is remembered. */
  readonly at?: string
  /** The root it names as its predecessor, when the store allowed a replacement. */
  readonly replaces?: string
}

export interface SeenClaims {
  /** Takes all rows, or none. False when one is held by another root and this one does not replace any. */
  take(rows: readonly SeenRow[]): boolean
  readonly size: number
}

/** About 300 bytes a row: 20 MB when full. */
const seenClaimsLimit = 65_536

/**
 * A replacement is let through whatever root is remembered: the store has checked its predecessor, and the steps between
 * may have been signed by another process.
 */
export function createSeenClaims(limit = seenClaimsLimit): SeenClaims {
  const roots = new Map<string, Pick<SeenRow, 'root' | 'at'>>()
  const fits = ({ row, root, at, replaces }: SeenRow): boolean => {
    const held = roots.get(row)
    return held === undefined || held.root === root || held.at !== at || replaces !== undefined
  }
  const remember = ({ row, root, at }: SeenRow): void => {
    roots.delete(row)
    roots.set(row, at === undefined ? { root } : { root, at })
    if (roots.size <= limit) return
    const oldest = roots.keys().next()
    if (oldest.done !== true) roots.delete(oldest.value)
  }
  return {
    take(rows) {
      if (!rows.every(fits)) return false
      rows.forEach(remember)
      return true
    },
    get size() {
      return roots.size
    },
  }
}

/** A window adds up, it does not bind a root; only the store can keep it. */
export function bindsRoot(row: GuardRow): boolean {
  return row.kind !== 'window'
}
