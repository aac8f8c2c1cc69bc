/** Our slashing protection as a service uses it: the guard before, one row a validator in SQLite, interchange files minified. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../src/base/clock.ts'
import type { DutyClaim } from '../../../src/core/claim.ts'
import { Refused } from '../../../src/core/errors.ts'
import type { Network } from '../../../src/core/names.ts'
import type { ProtectionRaise, ProtectionRow, SignedDuty } from '../../../src/core/protection.ts'
import type { RoundItem, Store } from '../../../src/core/store.ts'
import type { BeaconTiming, Interchange } from '../../../src/core/validators.ts'
import { dutyRow } from '../../../src/guard/duty.ts'
import { isAgain } from '../../../src/store/protection.ts'
import { openSqlite } from '../../../src/store/sqlite/open.ts'
import { wholeExport } from '../../../src/validators/export.ts'
import { readInterchange } from '../../../src/validators/interchange.ts'
import { minify } from '../../../src/validators/minify.ts'
import { begin, item, soon, type Writer } from '../../contract/store/writer.ts'
import { scratchDirectory } from '../../store/scratch.ts'
import { genesisValidatorsRoot } from './duties.ts'

export interface OurProtection {
  /** At most one duty of a kind of each scope. The row that stood against it, or undefined where it was taken. */
  judge(claims: readonly DutyClaim[]): Promise<readonly (ProtectionRow | undefined)[]>
  /** What somebody else signed with the keys. */
  learn(duties: readonly SignedDuty[]): Promise<void>
  import(file: Interchange): Promise<void>
  export(): Promise<Interchange>
  close(): Promise<void>
}

const network = 'consensus:fuzz'
const timing: BeaconTiming = { network, genesisValidatorsRoot, genesisTime: 0, slotDuration: 12_000, slotsPerEpoch: 32 }
const rooms = { timings: new Map<Network, BeaconTiming>([[network, timing]]), clock: systemClock }

export async function openOurs(): Promise<OurProtection> {
  const directory = scratchDirectory()
  const store = await openSqlite({ path: join(directory, 'chancery.db'), clock: systemClock })
  const writer = await begin(store)
  return {
    judge: (claims) => judge(store, writer, claims),
    learn: async (duties) => raise(store, writer, raisesOf(duties)),
    import: async (file) => {
      const { validators } = await readInterchange(rooms, JSON.stringify(file), { forced: true })
      await raise(
        store,
        writer,
        [...validators.values()].flatMap((histories) => {
          if (histories instanceof Refused) throw histories
          return minify(histories, genesisValidatorsRoot) ?? []
        }),
      )
    },
    export: () => wholeExport(store, timing, undefined, soon()),
    close: async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

/** What a round cannot have goes out of it, until the rest is committed: as the recorder does. */
async function judge(
  store: Store,
  writer: Writer,
  claims: readonly DutyClaim[],
): Promise<readonly (ProtectionRow | undefined)[]> {
  const held = new Map<DutyClaim, ProtectionRow>()
  for (;;) {
    const left = claims.filter((claim) => !held.has(claim))
    const items: RoundItem[] = left.map((claim) => item({ duties: [claim] }))
    const result = items.length === 0 ? undefined : await writer.commit(store, items)
    if (result === undefined || result.status === 'committed') return verdicts(store, claims, held)
    if (result.status !== 'refused') throw new Error(`the round was ${result.status}`)
    for (const { item: at, fault } of result.faults) {
      const claim = left[at]
      if (claim === undefined || fault.reason !== 'duty') throw new Error(`a fault of ${fault.reason}`)
      held.set(claim, fault.held)
    }
  }
}

/**
 * The guard sees a duty before the store does. What it refuses the store refuses as well, but for the very row again: a vote
 * from an epoch to itself that somebody else signed.
 */
async function verdicts(store: Store, claims: readonly DutyClaim[], held: ReadonlyMap<DutyClaim, ProtectionRow>) {
  const all: (ProtectionRow | undefined)[] = []
  for (const claim of claims) all.push(held.get(claim) ?? (isGuarded(claim) ? await veryRow(store, claim) : undefined))
  return all
}

function isGuarded(claim: DutyClaim): boolean {
  try {
    dutyRow(claim, undefined)
    return false
  } catch (error) {
    if (error instanceof Refused) return true
    throw error
  }
}

async function veryRow(store: Store, claim: DutyClaim): Promise<ProtectionRow> {
  const [row] = await store.protection([claim.scope], soon())
  if (row !== undefined && isAgain(claim, row)) return row
  throw new Error(`the store took what the guard refuses: ${claim.kind} of ${claim.scope}`)
}

function raisesOf(duties: readonly SignedDuty[]): readonly ProtectionRaise[] {
  const scopes = Map.groupBy(duties, ({ scope }) => scope)
  return [...scopes].map(([scope, history]) => {
    const [block] = history.filter((duty) => duty.kind === 'block')
    const [attestation] = history.filter((duty) => duty.kind === 'attestation')
    return { scope, ...(block && { block }), ...(attestation && { attestation }), history }
  })
}

async function raise(store: Store, writer: Writer, raises: readonly ProtectionRaise[]): Promise<void> {
  if (raises.length === 0) return
  const result = await writer.commit(store, [item({ raises })], { signs: false })
  if (result.status !== 'committed') throw new Error(`the raise was ${result.status}`)
}
