/** A key: one key pair, its public half pinned here, its secret half in exactly one back-end. */
import { fromHex, type Hex } from '../base/bytes.ts'
import type { JsonObject } from '../base/json.ts'
import type { ChainId, KeyId, Network } from './names.ts'

export type Algorithm = 'secp256k1-ecdsa' | 'secp256k1-schnorr' | 'ed25519' | 'bls12-381'

/** secp256k1-ecdsa: 33 bytes compressed; secp256k1-schnorr: 32, x only (BIP-340); ed25519: 32; bls12-381: 48 compressed. */
export interface PublicKey {
  readonly algorithm: Algorithm
  readonly bytes: Uint8Array
}

/**
 * `decoded` keys sign what a chain could read; `opaque` keys sign bare digests and nothing else (safety rule 14).
 * Fixed at enrolment.
 */
export type KeyKind = 'decoded' | 'opaque'

export type KeyState = 'enabled' | 'disabled' | 'pending-deletion' | 'purged'

/** What a back-end needs to find the secret again: its own data, opaque to everyone else. Never a bare secret. */
export interface KeyRef {
  readonly id: KeyId
  readonly algorithm: Algorithm
  readonly publicKey: Uint8Array
  readonly data: JsonObject
}

/** A key as the store keeps it. Times are ISO 8601 in UTC. */
export interface KeyRecord {
  readonly id: KeyId
  readonly alias?: string
  readonly algorithm: Algorithm
  readonly publicKey: Hex
  /** In the chain's one text form; absent where one key has many. */
  readonly address?: string
  readonly backend: string
  /** The back-end's own data (`KeyRef.data`). Replaced by `{}` when the key is purged. */
  readonly ref: JsonObject
  readonly family: ChainId
  /** The one network it signs for, fixed when it came to be here; absent: any of its family. */
  readonly network?: Network
  /** Accounts besides its own address that were handed to this key on their chain (Algorand: rekeyed to it). */
  readonly accounts?: readonly string[]
  /** It is the root of a tree of keys and signs by its children alone, for the wallets whose addresses they are. */
  readonly tree?: 'bip32'
  /** Of a tree: since an accepted gap in the history no new branch is given out, for who has which one may be lost. */
  readonly closed?: string
  /** Where in a seed's tree it was derived (EIP-2334), if it came with that. */
  readonly derivation?: string
  /** Its own address was handed to another key: what that account does is signed there. */
  readonly handedOver?: true
  readonly kind: KeyKind
  readonly state: KeyState
  readonly frozen: boolean
  /** When an accepted gap in the history took it out of use; gone as soon as somebody decides about the key. */
  readonly held?: string
  readonly createdAt: string
  /** When it last came back into use (enabled, thawed, imported again): somebody else may have signed with it before. */
  readonly backSince?: string
  /** When a scheduled deletion may be completed by a purge. */
  readonly deletionDate?: string
}

/** Whether it waits since an accepted gap for somebody to say that it still belongs here. */
export function isHeld({ state, held }: Pick<KeyRecord, 'state' | 'held'>): boolean {
  return state === 'disabled' && held !== undefined
}

/** What the key's back-end is asked with. */
export function refOf({ id, algorithm, publicKey, ref }: KeyRecord): KeyRef {
  return { id, algorithm, publicKey: fromHex(publicKey), data: ref }
}
