/** What every kind of duty states about itself, and what reading one gives. */
import { toHex, type Hex } from '../../../base/bytes.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import type { Effect } from '../../../core/facts.ts'
import { readString } from '../../../core/fields.ts'
import type { PublicKey } from '../../../core/key.ts'
import type { SignOperation } from '../../../core/names.ts'
import { invalid } from '../../../core/refusals.ts'
import type { ConsensusNetwork } from '../networks.ts'
import { isRecord, stranger } from '../ssz/container.ts'
import { rootOf, type Form } from '../ssz/form.ts'

/** What a duty says, decoded. */
export interface Message {
  /** Its hash tree root. */
  readonly root: Uint8Array
  /** Every field in the spec's words; of what is long, the root. */
  readonly summary: JsonObject
  /** When it is for: one of the two, except for what belongs to no time. */
  readonly slot?: bigint
  readonly epoch?: bigint
  /** What an attestation would use up. */
  readonly vote?: { readonly source: bigint; readonly target: bigint }
  readonly effects: readonly Effect[]
}

export interface Reading {
  readonly network: ConsensusNetwork
  readonly publicKey: PublicKey
  /** The fork version the client says is in force; absent where the request has no fork_info. */
  readonly currentVersion?: Hex
  /** The whole body, for what stands beside the payload. */
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * Where the fork version of the domain comes from. `request`: fork_info. `exit`: fork_info before Deneb, Capella's from then
 * on (EIP-7044). `genesis`: the network's first, with the zero root in place of the genesis validators root. `change`: the
 * network's first, with its genesis validators root.
 */
export type DomainRule = 'request' | 'exit' | 'genesis' | 'change'

export interface Duty {
  readonly operation: SignOperation
  /** Members of the body of which one carries the payload. */
  readonly fields: readonly string[]
  /** The same whichever key signs it: it names none, and `read` looks at none. */
  readonly ofAnyKey?: true
  /** Of the payload, for documentation: what is read is said by `read` alone. */
  readonly schema: JsonObject
  /** DomainType, four bytes. */
  readonly domain: Hex
  readonly domainRule: DomainRule
  /** 0 can wait, 2 goes first. */
  readonly urgency: 0 | 1 | 2
  /** Epochs before its own in which it is signed already (safety rule 9). */
  readonly epochsAhead: number
  /** @throws Refused */
  read(payload: unknown, where: string, reading: Reading): Message
}

/** Selection proofs are made as much ahead as a client likes: Lighthouse looks two epochs ahead. They bind nothing. */
export const selectionProofEpochs = 3

export function dutyEffect(what: string): Effect {
  return { kind: 'duty', what }
}

/** Reads a payload and hashes it. */
export function readAs<T>(form: Form<T>, payload: unknown, where: string) {
  const value = form.read(payload, where)
  return { value, root: rootOf(form, value) }
}

interface Unwrapped {
  /** In upper case. */
  readonly version?: string
  readonly data: unknown
  readonly where: string
}

/** `{ version, data }`, or the data alone, as clients older or newer than the specification send it. */
export function unwrap(payload: unknown, where: string): Unwrapped {
  if (!isRecord(payload) || !Object.hasOwn(payload, 'version')) return { data: payload, where }
  const odd = Object.keys(payload).find((name) => name !== 'version' && name !== 'data')
  if (odd !== undefined) throw stranger(where, odd, ['version', 'data'])
  return { version: readVersion(payload['version'], `${where}.version`), data: payload['data'], where: `${where}.data` }
}

/** Reads and hashes what may have its version around it, and shows that as a summary does. */
export function readVersioned<T>(form: Form<T>, payload: unknown, where: string) {
  const { version, data, where: inner } = unwrap(payload, where)
  return { ...readAs(form, data, inner), shownVersion: version === undefined ? {} : { version } }
}

/** The name of a fork, which may be newer than this build. */
export function readVersion(value: unknown, where: string): string {
  const name = readString(value, where).toUpperCase()
  if (/^[A-Z][A-Z0-9_]{0,31}$/.test(name)) return name
  throw invalid(where, value, 'the name of a fork, such as FULU')
}

/** A container as JSON: numbers in decimal, bytes in hex. */
export function shownFields(value: Readonly<Record<string, unknown>>): Readonly<Record<string, Json>> {
  const out: Record<string, Json> = {}
  for (const name of Object.keys(value)) out[name] = shownValue(value[name])
  return out
}

function shownValue(value: unknown): Json {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value === 'boolean') return value
  return isJsonObject(value) ? shownFields(value) : null
}
