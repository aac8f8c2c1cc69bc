/** Whether spending limits count as used up because a gap in the history was accepted (safety, "The register"). */
import { isoTime, type Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import { dayOf, periodOf } from '../core/period.ts'
import type { AcceptedGap } from '../core/store.ts'
import type { Examination } from './doctor.ts'

/** Says nothing where nothing is full: most services have no limits of periods. */
export function windowsExamination(
  clock: Clock,
  acceptedGaps: (deadline: Deadline) => Promise<readonly AcceptedGap[]>,
): Examination {
  return {
    name: 'spending limits',
    examine: async (deadline) => {
      const at = (await acceptedGaps(deadline)).at(-1)?.at
      const today = periodOf(dayOf(clock.now()))
      if (at === undefined || today === undefined || at < today.start) return []
      const got = `count as used up since a gap was accepted at ${isoTime(at)}`
      const advice = `Wait: limits of that hour open when it ends, limits of the day at ${isoTime(today.end)}`
      return [{ subject: 'spending limits', level: 'warning', got, advice }]
    },
  }
}
