import type { KeyRecord } from '../state.ts'

/** What a call wants to do, for the policies to judge. */
export interface Access {
  /** Default: the call's own service and operation. */
  readonly action?: string
  readonly resource: string
  readonly key?: KeyRecord
  readonly context?: Readonly<Record<string, readonly string[]>>
}
