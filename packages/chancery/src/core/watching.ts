/**
 * What rooms tell whoever counts, so that a metric is where the thing happens. Never an address, a user or a key's id: what
 * is told has few values, and becomes labels.
 */
import type { ChainId } from './names.ts'
import type { Tier } from './wallet-store.ts'

/** `refused`: what was asked for may not be; `failed`: it may, and did not work. */
export type Ending = 'done' | 'refused' | 'failed'

/** Why an address is none of its network. `derived`: it is one that was made here, and a second decoder does not know it. */
export type AddressFault = 'derived' | 'network' | 'checksum' | 'form'

export interface WalletWatch {
  /** A wallet was asked for, and whether it is there now; one that was there already is no creation. */
  created(tier: Tier, ending: Ending): void
  addressInvalid(family: ChainId, fault: AddressFault): void
  /** Somebody asked for an end: that a deletion be scheduled, or that a secret be purged. */
  deletionAsked(what: 'wallet' | 'key', ending: Ending): void
  /** Wallets that are being created, and when the oldest was begun (milliseconds since 1970): told again at each look. */
  creating(count: number, oldest?: number): void
  /** Payments that are accepted and not yet sent, and when the oldest was accepted: told again at each look. */
  paying(count: number, oldest?: number): void
}
