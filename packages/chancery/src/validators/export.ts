/** What validators signed, for whoever takes them over: complete, as far as it was not pruned. */
import type { Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import { isJsonObject, type Json } from '../base/json.ts'
import { createPause } from '../base/pause.ts'
import { compareUint64 } from '../base/uint64.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { Network } from '../core/names.ts'
import {
  publicKeyIn,
  type LastAttestation,
  type LastBlock,
  type ProtectionRow,
  type ProtectionStore,
  type SignedDuty,
} from '../core/protection.ts'
import type { BeaconTiming, Interchange, InterchangeValidator } from '../core/validators.ts'
import { publicKeysNamed, scopeOf } from './find.ts'
import type { ValidatorRooms } from './rooms.ts'
import { timingOf } from './timing.ts'

export interface Exported {
  readonly network?: Network
  readonly publicKeys?: readonly string[]
}

/** Of one part: some 600 KB of JSON. */
const mostDuties = 4_000
const mostRows = 1_000

/**
 * One part after the other: first the row of each validator, then the history in the order it was written, so that a validator
 * is in many parts. Whoever joins them leaves out what is said twice.
 */
export async function exportPart(
  rooms: ValidatorRooms,
  { after, ...which }: Exported & { readonly after?: string },
  call: Call,
): Promise<{ readonly part: Interchange; readonly next?: string }> {
  const { timing, scopes } = askedFor(rooms, which, call)
  const { data, next } = await partOf(rooms.store, timing, scopes, placeIn(after), call.deadline)
  return { part: interchange(timing, data), ...(next && { next: JSON.stringify(next) }) }
}

export async function exportInterchange(rooms: ValidatorRooms, which: Exported, call: Call): Promise<Interchange> {
  const { timing, scopes } = askedFor(rooms, which, call)
  return wholeExport(rooms.store, timing, scopes, call.deadline)
}

/** In turns of a few milliseconds each, however much there is: duties are signed in between. */
export async function wholeExport(
  store: ProtectionStore,
  timing: BeaconTiming,
  scopes: readonly string[] | undefined,
  deadline: Deadline,
): Promise<Interchange> {
  const pause = createPause(deadline.clock)
  const signed = new Map<Hex, Signed>()
  let at: Place | undefined = { rows: '' }
  while (at !== undefined) {
    const { data, next }: Part = await partOf(store, timing, scopes, at, deadline)
    await pause()
    for (const one of data) add(signed, one)
    at = next
  }
  const validators: InterchangeValidator[] = []
  for (const [pubkey, one] of signed) {
    await pause()
    validators.push(inOrder(pubkey, one))
    // What was said twice is held no longer.
    signed.delete(pubkey)
  }
  return interchange(timing, validators)
}

type Block = InterchangeValidator['signed_blocks'][number]
type Attestation = InterchangeValidator['signed_attestations'][number]

interface Signed {
  readonly blocks: Block[]
  readonly attestations: Attestation[]
}

function add(
  signed: Map<Hex, Signed>,
  { pubkey, signed_blocks: blocks, signed_attestations: attestations }: InterchangeValidator,
): void {
  const before = signed.get(pubkey)
  if (before === undefined) return void signed.set(pubkey, { blocks: [...blocks], attestations: [...attestations] })
  for (const block of blocks) before.blocks.push(block)
  for (const attestation of attestations) before.attestations.push(attestation)
}

function askedFor(rooms: ValidatorRooms, { network, publicKeys }: Exported, { principal }: Call) {
  if (!rooms.permits(principal, 'admin', {})) rooms.requirePermit(principal, 'register:read', {})
  const timing = timingOf(rooms, network)
  const scopes = publicKeys && [...publicKeysNamed(rooms, publicKeys)].map((key) => scopeOf(key, timing)).toSorted()
  return { timing, scopes }
}

function interchange({ genesisValidatorsRoot }: BeaconTiming, data: readonly InterchangeValidator[]): Interchange {
  const metadata = { interchange_format_version: '5', genesis_validators_root: genesisValidatorsRoot } as const
  return { metadata, data }
}

/** How far an export is: after a row, or after a duty of the history. Empty text is the beginning of either. */
type Place = { readonly rows: string } | { readonly duties: string }

function placeIn(text: string | undefined): Place {
  if (text === undefined) return { rows: '' }
  const value = parsed(text)
  const { rows, duties } = isJsonObject(value) ? value : {}
  if (typeof rows === 'string') return { rows }
  if (typeof duties === 'string') return { duties }
  throw new Refused('invalid-request', 'This is not the next of an earlier part', { where: 'after' })
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

interface Part {
  readonly data: readonly InterchangeValidator[]
  readonly next?: Place
}

/** Rows come first: what is signed meanwhile is in the history behind them. */
async function partOf(
  store: ProtectionStore,
  { genesisValidatorsRoot }: BeaconTiming,
  scopes: readonly string[] | undefined,
  at: Place,
  deadline: Deadline,
): Promise<Part> {
  const own = ({ scope }: { readonly scope: string }) => scope.endsWith(`@${genesisValidatorsRoot.toLowerCase()}`)
  if ('rows' in at) {
    const { rows, next } = await (scopes
      ? rowsNamed(store, scopes, at.rows, deadline)
      : rowsAfter(store, at.rows, deadline))
    return { data: rows.filter(own).map(validatorOf), next: next === undefined ? { duties: '' } : { rows: next } }
  }
  const { rows, next } = await store.signedDuties(
    scopes,
    at.duties === '' ? undefined : at.duties,
    mostDuties,
    deadline,
  )
  const data = [...Map.groupBy(rows.filter(own), ({ scope }) => scope)].map(([scope, duties]) =>
    historyOf(scope, duties),
  )
  return { data, ...(next !== undefined && { next: { duties: next } }) }
}

type Rows = Awaited<ReturnType<ProtectionStore['protections']>>

function rowsAfter(store: ProtectionStore, after: string, deadline: Deadline): Promise<Rows> {
  return store.protections(after === '' ? undefined : after, mostRows, deadline)
}

async function rowsNamed(
  store: ProtectionStore,
  scopes: readonly string[],
  after: string,
  deadline: Deadline,
): Promise<Rows> {
  const some = scopes.filter((scope) => scope > after).slice(0, mostRows)
  const rows = some.length === 0 ? [] : await store.protection(some, deadline)
  const last = some.length < mostRows ? undefined : some.at(-1)
  return { rows, ...(last !== undefined && { next: last }) }
}

/** The row may say more than the history: a watermark, or what was pruned. */
function validatorOf({ scope, block, attestation }: ProtectionRow): InterchangeValidator {
  return {
    pubkey: publicKeyIn(scope),
    signed_blocks: block ? [signedBlock(block)] : [],
    signed_attestations: attestation ? [signedAttestation(attestation)] : [],
  }
}

/** What stands in the history twice is said once, and once more where another part says it too. */
function historyOf(scope: string, duties: readonly SignedDuty[]): InterchangeValidator {
  return {
    pubkey: publicKeyIn(scope),
    signed_blocks: distinct(duties.filter((duty) => duty.kind === 'block').map(signedBlock)),
    signed_attestations: distinct(duties.filter((duty) => duty.kind === 'attestation').map(signedAttestation)),
  }
}

function signedBlock({ slot, root }: LastBlock) {
  return { slot: String(slot), ...(root && { signing_root: root }) }
}

function signedAttestation({ source, target, root }: LastAttestation) {
  return { source_epoch: String(source), target_epoch: String(target), ...(root && { signing_root: root }) }
}

function inOrder(pubkey: Hex, { blocks, attestations }: Signed): InterchangeValidator {
  return {
    pubkey,
    signed_blocks: oldestFirst(blocks, ({ slot }) => slot),
    signed_attestations: oldestFirst(attestations, (one) => one.target_epoch),
  }
}

/** As people expect it, and everything once; of one number by its text, so that what was signed has one export. */
function oldestFirst<T>(items: readonly T[], numberOf: (item: T) => string): readonly T[] {
  return [...byText(items)]
    .toSorted(([a, x], [b, y]) => compareUint64(numberOf(x), numberOf(y)) || (a < b ? -1 : 1))
    .map(([, item]) => item)
}

function distinct<T>(items: readonly T[]): readonly T[] {
  return [...byText(items).values()]
}

function byText<T>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [JSON.stringify(item), item]))
}
