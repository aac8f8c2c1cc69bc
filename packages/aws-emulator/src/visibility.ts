/** Delays after which a new key or alias, or an alias's new target, is seen by later calls. */
export interface Visibility {
  /** Hides a resource for `ms` of real time, or for a number of look-ups, whichever is given (both: until both passed). */
  hide(arn: string, delay: { readonly ms?: number; readonly calls?: number }, before?: string): void
  /** Counts as one look-up. `hidden`: not there yet; a string: what was there before; undefined: as stored. */
  look(arn: string): { readonly before: string | undefined } | undefined
}

interface Hidden {
  readonly until: number
  callsLeft: number
  readonly before: string | undefined
}

export function makeVisibility(now: () => number): Visibility {
  const hidden = new Map<string, Hidden>()
  return {
    hide: (arn, delay, before) => {
      hidden.set(arn, { until: now() + (delay.ms ?? 0), callsLeft: delay.calls ?? 0, before })
    },
    look: (arn) => {
      const entry = hidden.get(arn)
      if (entry === undefined) return undefined
      if (entry.callsLeft <= 0 && now() >= entry.until) {
        hidden.delete(arn)
        return undefined
      }
      entry.callsLeft -= 1
      return { before: entry.before }
    },
  }
}
