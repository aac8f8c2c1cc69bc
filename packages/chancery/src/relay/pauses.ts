/** What keeps failing is tried half as often each time, until it goes well once: each try may leave an entry in the register. */
import type { Clock } from '../base/clock.ts'

/** Milliseconds between two tries at most. */
const longestPause = 30_000

export interface Pauses {
  /** Whether it may be tried now. */
  over(name: string): boolean
  /** From when on it may be tried, on the monotonic clock: what was tried longest ago is due first, what never was before it. */
  due(name: string): number
  told(name: string, ok: boolean): void
}

/** The first pause is one `interval`, in milliseconds. */
export function createPauses({ clock, interval }: { readonly clock: Clock; readonly interval: number }): Pauses {
  const pauses = new Map<string, { readonly until: number; readonly length: number }>()
  const due = (name: string) => pauses.get(name)?.until ?? 0
  return {
    due,
    over: (name) => due(name) <= clock.monotonic(),
    told: (name, ok) => {
      if (ok) return void pauses.delete(name)
      const length = Math.min(longestPause, 2 * (pauses.get(name)?.length ?? interval / 2))
      pauses.set(name, { length, until: clock.monotonic() + length })
    },
  }
}
