import type { Store } from '../../../src/core/store.ts'

export interface Opened {
  readonly store: Store
  /** A second process on the same data, where the store is shared. */
  readonly peer?: Store
  /** Closes the store and opens it again on the same data. */
  readonly reopen: () => Promise<Store>
  readonly close: () => Promise<void>
}

export type Current = () => Opened
