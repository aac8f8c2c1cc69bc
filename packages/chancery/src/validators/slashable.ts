/**
 * What the store would say to a duty, asked without recording anything: the words of core/protection.ts as a function. What a
 * first use would raise before it (first-uses.ts) is not seen here.
 */
import type { Call } from '../core/call.ts'
import { sameHex } from '../base/bytes.ts'
import type { Deadline } from '../base/deadline.ts'
import { isDuty, type DutyClaim } from '../core/claim.ts'
import { Refused } from '../core/errors.ts'
import type { Network } from '../core/names.ts'
import { goesForward, type ProtectionRow } from '../core/protection.ts'
import type { AskedDuty, Slashable, Validators } from '../core/validators.ts'
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
): Promise<Slashable> {
  const timing = timingOf(rooms, network)
  const publicKey = publicKeyNamed(rooms, name, 'publicKey')
  const key = rooms.state.current().findKey(publicKey)
  const about = { ...(key && { key: key.id }), network: timing.network }
  if (!rooms.permits(principal, 'keys:read', about)) {
    rooms.requirePermit(principal, duty.kind === 'block' ? 'sign:block' : 'sign:attestation', about)
  }
  return judge(rooms, { ...duty, scope: scopeOf(publicKey, timing) }, timing.network, deadline)
}

/** Judged as for its signature: who may not sign learns nothing, and the network is the one that the duty says itself. */
export async function isDutySlashable(rooms: ValidatorRooms, duty: AskedDuty, call: Call): Promise<Slashable> {
  const { facts } = await rooms.signing.judge(duty, call)
  const claim = facts.claims.find(isDuty)
  return claim === undefined ? { slashable: false } : judge(rooms, claim, facts.network, call.deadline)
}

async function judge(
  rooms: ValidatorRooms,
  duty: Asked & { readonly scope: string },
  network: Network | undefined,
  deadline: Deadline,
): Promise<Slashable> {
  const ceiling = network && rooms.state.current().ceilings.get(network)?.value
  const objection = objectionTo(() => rooms.claimRows([{ ...duty, root: duty.root ?? unknownRoot }], ceiling))
  if (objection !== undefined) return { slashable: true, reason: objection }
  const [row = { scope: duty.scope }] = await rooms.store.protection([duty.scope], deadline)
  const reason = conflictWith(row, duty)
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

/** Why a row stands against a duty; undefined where it does not. What the stores' gates do, in other words: tested together. */
export function conflictWith({ block, attestation }: ProtectionRow, duty: Duty): string | undefined {
  if (duty.kind === 'block') {
    if (block === undefined || duty.slot > block.slot) return undefined
    if (duty.slot === block.slot && sameHex(block.root, duty.root)) return undefined
    return `Slot ${duty.slot} is not above ${block.slot}, the last one, and is not that very block`
  }
  const { source, target } = duty
  if (!goesForward(duty)) return `Source ${source} does not lie before target ${target}`
  if (attestation === undefined) return undefined
  if (source >= attestation.source && target > attestation.target) return undefined
  const again = source === attestation.source && target === attestation.target && sameHex(attestation.root, duty.root)
  if (again) return undefined
  return `${source} to ${target} needs a source from ${attestation.source} and a target above ${attestation.target}`
}
