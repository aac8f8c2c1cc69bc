/** What the store would say to a duty, asked without recording anything: the words of core/protection.ts as a function. */
import type { Call } from '../core/call.ts'
import type { DutyClaim } from '../core/claim.ts'
import { Refused } from '../core/errors.ts'
import type { Network } from '../core/names.ts'
import type { ProtectionRow } from '../core/protection.ts'
import type { Validators } from '../core/validators.ts'
import { publicKeyNamed, scopeOf } from './find.ts'
import type { ValidatorRooms } from './rooms.ts'
import { timingOf } from './timing.ts'

type Asked = Parameters<Validators['isSlashable']>[0]

/** Whoever may sign the duty may ask, and whoever may read the key. */
export async function isSlashable(
  rooms: ValidatorRooms,
  duty: Asked,
  name: string,
  network: Network | undefined,
  { principal, deadline }: Call,
): Promise<{ readonly slashable: boolean; readonly reason?: string }> {
  const timing = timingOf(rooms, network)
  const publicKey = publicKeyNamed(rooms, name, 'publicKey')
  const key = rooms.state.current().findKey(publicKey)
  const about = { ...(key && { key: key.id }), network: timing.network }
  if (!rooms.permits(principal, 'keys:read', about)) {
    rooms.requirePermit(principal, duty.kind === 'block' ? 'sign:block' : 'sign:attestation', about)
  }
  const scope = scopeOf(publicKey, timing)
  const ceiling = rooms.state.current().ceilings.get(timing.network)?.value
  const objection = objectionTo(() => rooms.claimRows([{ ...duty, scope, root: duty.root ?? unknownRoot }], ceiling))
  if (objection !== undefined) return { slashable: true, reason: objection }
  const [row] = await rooms.store.protection([scope], deadline)
  const reason = row && conflictWith(row, duty)
  return reason === undefined ? { slashable: false } : { slashable: true, reason }
}

/** A claim has a root; that nobody gave one is judged by `conflictWith`. */
const unknownRoot = '0x'

function objectionTo(claim: () => unknown): string | undefined {
  try {
    claim()
    return undefined
  } catch (error) {
    if (error instanceof Refused && error.code === 'conflicts-with-earlier') return error.message
    throw error
  }
}

type Duty = Asked | DutyClaim

/** Why a row stands against a duty; undefined where it does not. */
export function conflictWith({ block, attestation }: ProtectionRow, duty: Duty): string | undefined {
  if (duty.kind === 'block') {
    if (block === undefined || duty.slot > block.slot) return undefined
    if (duty.slot === block.slot && isSame(block.root, duty.root)) return undefined
    return `Slot ${duty.slot} is not above ${block.slot}, the last one, and is not that very block`
  }
  const { source, target } = duty
  if (source > target || (source === target && target !== 0n)) {
    return `Source ${source} does not lie before target ${target}`
  }
  if (attestation === undefined) return undefined
  if (source >= attestation.source && target > attestation.target) return undefined
  const again = source === attestation.source && target === attestation.target && isSame(attestation.root, duty.root)
  if (again) return undefined
  return `${source} to ${target} needs a source from ${attestation.source} and a target above ${attestation.target}`
}

function isSame(held: string | undefined, asked: string | undefined): boolean {
  return held !== undefined && asked !== undefined && held.toLowerCase() === asked.toLowerCase()
}
