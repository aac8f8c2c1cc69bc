/** Raises on their way into the register, in transactions so short that duties are signed in between (safety rule 22). */
import { isoTime } from '../base/clock.ts'
import { atMost, type Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import type { ProtectionEntry } from '../core/entries.ts'
import { Failed } from '../core/errors.ts'
import { entryRaise, type ProtectionRaise, type PastDuty } from '../core/protection.ts'
import type { ValidatorRooms } from './rooms.ts'

export interface RaiseReason {
  readonly actor: string
  readonly reason: ProtectionEntry['reason']
  /** SHA-256 of the file it comes from. */
  readonly source?: Hex
}

/** Of one transaction. */
const mostRaises = 500
/**
 * Validators of one file sign much the same, and share the rows of their history: the more at once, the fewer rows. Where none
 * is shared, these hold SQLite's thread for some 20 ms.
 */
const mostDuties = 3_000

/** Milliseconds to wait for one transaction, behind others. */
const patience = 5_000

/**
 * Durable when it resolves; what was recorded before it throws stays, and does no harm.
 * @throws Failed as the recorder does
 */
export async function recordRaises(
  { recorder, clock }: Pick<ValidatorRooms, 'recorder' | 'clock'>,
  raises: Iterable<ProtectionRaise>,
  { actor, reason, source }: RaiseReason,
  deadline: Deadline,
): Promise<void> {
  for (const part of partsOf(raises)) {
    const history = part.reduce((sum, raise) => sum + (raise.history?.length ?? 0), 0)
    const body: ProtectionEntry = {
      kind: 'protection',
      time: isoTime(clock.now()),
      actor,
      reason,
      raises: part.map(entryRaise),
      ...(history > 0 && { history }),
      ...(source && { source }),
    }
    const item = { bodies: [body], guards: [], raises: part, signs: false }
    const recorded = await recorder.record(item, atMost(deadline, patience))
    if (recorded.status !== 'recorded') throw new Failed('internal', `A raise was ${recorded.status}`)
  }
}

/** The row itself goes with the first of its history: from then on it protects. */
function* partsOf(raises: Iterable<ProtectionRaise>): Generator<readonly ProtectionRaise[]> {
  let part: ProtectionRaise[] = []
  let duties = 0
  for (const { history = [], ...row } of raises) {
    let [rest, head]: [readonly PastDuty[], ProtectionRaise] = [history, row]
    for (;;) {
      const taken = rest.slice(0, mostDuties - duties)
      part.push({ ...head, ...(taken.length > 0 && { history: taken }) })
      duties += taken.length
      rest = rest.slice(taken.length)
      if (part.length < mostRaises && duties < mostDuties) break
      yield part
      ;[part, duties] = [[], 0]
      if (rest.length === 0) break
      head = { scope: row.scope }
    }
  }
  if (part.length > 0) yield part
}
