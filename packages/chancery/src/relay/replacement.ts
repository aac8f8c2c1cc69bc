/** What a row keeps of a replacement that was asked for and is not claimed yet. */
import type { Rules } from '../core/rules.ts'
import type { TransactionRow } from '../core/store.ts'

export interface AskedReplacement {
  readonly feeRate: string
  readonly maxFee: string
  readonly rules: Rules
}

/** Rows are believed as they were sealed (`genuine.ts`). */
export function replacementOf(row: TransactionRow): AskedReplacement | undefined {
  const asked = row.body['replacement']
  return asked === undefined ? undefined : (asked as unknown as AskedReplacement)
}
