/**
 * What says of a store that it was brought back and that nobody has accepted yet what may be missing: leases that no process
 * holds, that do not expire, and that acceptance releases. Leases, because both databases have them, the service's role may
 * move them, and a copy carries them.
 */
import type { Lease } from './store.ts'

/**
 * In every backup of a store that several processes wrote. No one process's witness saw all of it, so none can say that
 * nothing is missing.
 */
export const restoredFromSeveral: Lease = { name: 'restored from several processes', holder: 'restore', token: 1 }

/** In every store that several processes will write: one that starts without a witness has nothing to hold it against. */
export const restoredForSeveral: Lease = { name: 'restored for several processes', holder: 'restore', token: 1 }

/** When they expire: the last moment JavaScript counts exactly. */
export const never = Number.MAX_SAFE_INTEGER
