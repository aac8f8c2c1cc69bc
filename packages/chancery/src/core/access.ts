/** Who may ask: clients, their grants, and the principal of one request. */
import type { Hex } from '../base/bytes.ts'
import type { ClientId, KeyId, Network, Operation } from './names.ts'

/** Days until an API key ends, unless asked for otherwise, and at most. */
export const apiKeyDays = { usual: 90, most: 365 } as const

export type Some<T> = readonly T[] | '*'

/** Binds operations to keys and networks. Nothing is granted that no grant names. */
export interface Grant {
  readonly operations: readonly Operation[]
  readonly keys: Some<KeyId>
  readonly networks: Some<Network>
  /** CIDR ranges it holds for; absent: wherever the client may come from. */
  readonly sources?: readonly string[]
}

/** How a caller that brings no API key is known. */
export interface ClientIdentity {
  /** SHA-256 of its certificate, 64 lower-case hex digits. */
  readonly certificates?: readonly string[]
  /** Common names of certificates that the configured authority signed. */
  readonly certificateNames?: readonly string[]
  /** CIDR ranges from which every caller without a credential is taken for this client: the address is all that proves it. */
  readonly assumedFrom?: readonly string[]
}

/** What whoever names a client by address alone has to write, to the letter. */
export const assumedAcknowledgement = 'the address is all that proves it'

/** One of at most two overlapping secrets of a client. Only a keyed hash is kept. */
export interface ClientSecret {
  readonly id: string
  readonly mac: Hex
  readonly createdAt: string
  readonly expiresAt?: string
}

export interface ClientRecord {
  readonly id: ClientId
  readonly name: string
  readonly secrets: readonly ClientSecret[]
  /** CIDR ranges a request may come from; absent means anywhere. */
  readonly sources?: readonly string[]
  readonly identity?: ClientIdentity
  readonly grants: readonly Grant[]
  readonly frozen: boolean
  readonly createdAt: string
  /** The first administrator: ends when it has created a client. */
  readonly once?: boolean
}

/** What a client may do. The first administrator of an older store has grants on record, and holds none (safety rule 11). */
export function heldGrants({ once, grants }: Pick<ClientRecord, 'once' | 'grants'>): readonly Grant[] {
  return once === true ? [] : grants
}

/** The authenticated caller of one request. */
export interface Principal {
  readonly client: ClientId
  readonly name: string
  readonly grants: readonly Grant[]
  /** Which of the client's secrets it proved itself with, where it was one. */
  readonly secretId?: string
  /**
   * How it proved itself: `api-key`, `certificate`, `source` (its address alone), `socket` (the operator on this machine),
   * `built-in`.
   */
  readonly scheme: string
  /** Where the request comes from, as the listener trusts it. */
  readonly address?: string
}

/** Whom the register names for a change: a client's id, or `operator`. */
export function actorOf({ scheme, client }: Principal): string {
  return scheme === 'socket' ? 'operator' : client
}
