/** How long keys of each chain family and back-end took to sign what they were asked for one by one, and how it ended. */
import { histogramText, Times } from './tally.ts'

/** Whose key: both come from configuration, so there are never many. */
export interface KeyUse {
  readonly family: string
  readonly backend: string
}

export interface KeyUseMeter {
  used(use: KeyUse, outcome: 'signed' | 'refused' | 'failed', milliseconds: number): void
  text(): string
}

export function createKeyUseMeter(): KeyUseMeter {
  const rows = new Map<string, Times>()
  return {
    used({ family, backend }, outcome, milliseconds) {
      const labels = `family="${family}",backend="${backend}",outcome="${outcome}"`
      const times = rows.get(labels) ?? new Times()
      if (!rows.has(labels)) rows.set(labels, times)
      times.observe(milliseconds)
    },
    text: () =>
      histogramText(
        'chancery_key_use_seconds',
        'Time from the asking to the end, by chain family, key back-end and outcome',
        [...rows].map(([labels, times]) => ({ labels, times })),
      ),
  }
}
