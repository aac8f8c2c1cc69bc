import { Refused } from '../../src/core/errors.ts'

export interface Refusal {
  readonly code: string
  /** The sentence: what people read first. */
  readonly message: string
  readonly where?: string | undefined
  readonly got?: string | undefined
  readonly wanted?: string | undefined
}

/** The refusal that `act` ends with. Anything else it does is an error. */
export function refusalOf(act: () => unknown): Refusal {
  try {
    act()
  } catch (error) {
    if (error instanceof Refused) return { code: error.code, message: error.message, ...error.particulars }
    throw error
  }
  throw new Error('it was not refused')
}
