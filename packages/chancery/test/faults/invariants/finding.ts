/** What does not fit, by the name of the invariant it breaks. */
import type { Sign } from './backend-log.ts'
import type { ClientLine } from './client-log.ts'
import type { Copy } from './store-copy.ts'
import type { Line } from './lines.ts'

export interface Finding {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5'
  readonly name: string
  readonly detail: string
}

export interface Evidence {
  readonly clients: readonly ClientLine[]
  readonly signs: readonly Sign[]
  readonly store: Copy
  /** The witness's files, as far as they are there. */
  readonly witness: readonly Line[]
  /** Milliseconds by which the clocks of the service and of the others may differ: hours, in a run that sets clocks. */
  readonly skew: number
}

export const finding = (invariant: Finding['invariant'], name: string, detail: string): Finding => ({
  invariant,
  name,
  detail,
})
