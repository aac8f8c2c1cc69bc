/**
 * Slashing protection as both databases write it: the words of the gate, the order rows are locked in, and the history's
 * layout. The gate is one row a scope; whether a duty is taken depends on nothing but that row (safety rule 2).
 *
 * The history has one row for all validators that sign the same in a round, which since Electra is nearly all of them: it
 * costs eight bytes a duty, and is only ever written at its end.
 */
import { hash } from 'node:crypto'
import { concat, sameHex, toHex, type Hex } from '../base/bytes.ts'
import type { DutyClaim } from '../core/claim.ts'
import {
  goesForward,
  type PastDuty,
  type ProtectionRaise,
  type ProtectionRow,
  type SignedDuty,
} from '../core/protection.ts'
import type { ItemFault, Round } from '../core/store.ts'
import { owned, type Owned } from './round.ts'
import { bytes, hex, text, uint64Of, type Row } from './rows.ts'

/** When a block, and an attestation, goes beyond what the row holds. Both arms of an upsert name `held` and `excluded`. */
export const blockIsAbove = '(held.slot IS NULL OR held.slot < excluded.slot)'
export const attestationIsAbove = `(held.target IS NULL
  OR (held.source <= excluded.source AND held.target < excluded.target))`

/** Which roots stay when a row is raised: those of exactly the numbers that come out, unless they disagree. */
export const raisedRoots = `
  block_root = CASE
    WHEN excluded.slot IS NULL OR held.slot > excluded.slot THEN held.block_root
    WHEN held.slot IS NULL OR held.slot < excluded.slot THEN excluded.block_root
    WHEN held.block_root = excluded.block_root THEN held.block_root END,
  attestation_root = CASE
    WHEN excluded.target IS NULL THEN held.attestation_root
    WHEN held.target IS NULL THEN excluded.attestation_root
    WHEN held.source = excluded.source AND held.target = excluded.target
      THEN CASE WHEN held.attestation_root = excluded.attestation_root THEN held.attestation_root END
    WHEN held.source >= excluded.source AND held.target >= excluded.target THEN held.attestation_root
    WHEN held.source <= excluded.source AND held.target <= excluded.target THEN excluded.attestation_root END`

/** What is done to one row of the gate. */
export type Move =
  | { readonly scope: string; readonly duty: DutyClaim; readonly raise?: never }
  | { readonly scope: string; readonly raise: ProtectionRaise; readonly duty?: never }

/** In order of scope: writers that lock in one order cannot deadlock. */
export function movesInOrder(round: Round): readonly Owned<Move>[] {
  const duties = owned(round, (item) => item.duties)
  const raises = owned(round, (item) => item.raises)
  return [
    ...duties.map(({ item, value: duty }) => ({ item, value: { scope: duty.scope, duty } })),
    ...raises.map(({ item, value: raise }) => ({ item, value: { scope: raise.scope, raise } })),
  ].sort((a, b) => order(a.value.scope, b.value.scope))
}

function order(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Names a validator in the history: eight bytes that anybody can make of its scope, so that nothing hands out numbers. */
export function validatorId(scope: string): Uint8Array {
  return short(ids, scope)
}

/** The same of what follows the last `@` of its scope, the genesis validators root. */
export function networkId(genesisValidatorsRoot: string): Uint8Array {
  return short(ids, genesisValidatorsRoot)
}

export const idSize = 8
/** Hashing costs more than everything else that is done for a row of the history. */
const ids = new Map<string, Uint8Array>()
const idsKept = 65_536

function short(known: Map<string, Uint8Array>, name: string): Uint8Array {
  const found = known.get(name)
  if (found !== undefined) return found
  if (known.size >= idsKept) known.clear()
  const made = Uint8Array.from(hash('sha256', name, 'buffer').subarray(0, idSize))
  known.set(name, made)
  return made
}

export function networkOf(scope: string): string {
  return scope.slice(scope.lastIndexOf('@') + 1)
}

/** One row of the history: what one or more validators of a network signed. */
export interface HistoryRow {
  readonly network: Uint8Array
  readonly duty: PastDuty
  /** `validatorId` of each, one after the other. */
  readonly validators: Uint8Array
}

/** What one validator signed. */
export interface Past {
  readonly scope: string
  readonly duties: readonly PastDuty[]
}

/** Network by network, in the order of the first of each. */
export function historyRows(all: readonly Past[]): readonly HistoryRow[] {
  return [...Map.groupBy(all, ({ scope }) => networkOf(scope))].flatMap(([network, some]) => {
    const id = networkId(network)
    return [...rowsOf(some).values()].map(({ duty, ids }) => ({ network: id, duty, validators: concat(...ids) }))
  })
}

interface Shared {
  readonly duty: PastDuty
  readonly ids: Uint8Array[]
}

function rowsOf(all: readonly Past[]): ReadonlyMap<string, Shared> {
  const rows = new Map<string, Shared>()
  for (const { scope, duties } of all) {
    const id = validatorId(scope)
    for (const duty of duties) {
      const name = numbersOf(duty)
      const row = rows.get(name)
      if (row === undefined) rows.set(name, { duty, ids: [id] })
      else row.ids.push(id)
    }
  }
  return rows
}

function numbersOf(duty: PastDuty): string {
  const numbers = duty.kind === 'block' ? `b ${duty.slot}` : `a ${duty.source} ${duty.target}`
  return `${numbers} ${duty.root?.toLowerCase() ?? ''}`
}

/** Whether it is the row's very duty again. A root that nobody knows is never the same, and a vote that goes backwards never taken. */
export function isAgain(duty: DutyClaim, { block, attestation }: ProtectionRow): boolean {
  if (duty.kind === 'block') return block?.slot === duty.slot && sameHex(block.root, duty.root)
  const { source, target, root } = attestation ?? {}
  return goesForward(duty) && source === duty.source && target === duty.target && sameHex(root, duty.root)
}

/** Judges a duty that was not above its row, which the transaction holds locked. */
export function dutyFaults(duty: DutyClaim, held: ProtectionRow | undefined): readonly ItemFault[] {
  if (held !== undefined && isAgain(duty, held)) return []
  return [{ reason: 'duty', duty, held: held ?? { scope: duty.scope } }]
}

export function protectionOf(row: Row): ProtectionRow {
  const { slot, target } = row
  return {
    scope: text(row, 'scope'),
    ...(slot !== null && { block: { slot: uint64Of(row, 'slot'), ...rootOf(row, 'block_root') } }),
    ...(target !== null && {
      attestation: {
        source: uint64Of(row, 'source'),
        target: uint64Of(row, 'target'),
        ...rootOf(row, 'attestation_root'),
      },
    }),
  }
}

function rootOf(row: Row, column: string): { readonly root?: Hex } {
  return row[column] === null ? {} : { root: hex(row, column) }
}

/** A row of the history as it is read: what was signed, and by whom, as hex of `validatorId`. */
export interface Signed {
  readonly duty: (scope: string) => SignedDuty
  readonly validators: readonly Hex[]
}

export function signedOf(row: Row): Signed {
  const root = rootOf(row, 'root')
  const packed = bytes(row, 'validators')
  const validators = Array.from({ length: Math.floor(packed.length / idSize) }, (_, at) =>
    toHex(packed.subarray(at * idSize, (at + 1) * idSize)),
  )
  if (row['slot'] !== null) {
    const slot = uint64Of(row, 'slot')
    return { validators, duty: (scope) => ({ kind: 'block', scope, slot, ...root }) }
  }
  const [source, target] = [uint64Of(row, 'source'), uint64Of(row, 'target')]
  return { validators, duty: (scope) => ({ kind: 'attestation', scope, source, target, ...root }) }
}
