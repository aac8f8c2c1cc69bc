/** What SQLite's result codes mean for the store. https://www.sqlite.org/rescode.html */
import { Failed } from '../../core/errors.ts'

/** When it went wrong: before COMMIT nothing can have been written; in COMMIT it may have been. */
export type Stage = 'work' | 'commit'

type Primary = 'busy' | 'io' | 'full' | 'corrupt' | 'other'

const primaries: Readonly<Record<number, Primary>> = {
  5: 'busy',
  6: 'busy',
  10: 'io',
  11: 'corrupt',
  13: 'full',
  14: 'io',
  26: 'corrupt',
}

/** The extended result code of an error `node:sqlite` threw. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}

/** The low byte of an extended code is its primary one. */
function primary(code: number): Primary {
  return primaries[code & 0xff] ?? 'other'
}

/** Whether another connection has the file, or what of it is wanted. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && primary(code) === 'busy'
}

/** After these the file, or what the page cache says of it, cannot be trusted: the process must start again. */
export function isFatal(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && (primary(code) === 'io' || primary(code) === 'corrupt')
}

export function failedOf(error: unknown, stage: Stage): Failed {
  if (error instanceof Failed) return error
  const code = codeOf(error)
  const detail = error instanceof Error ? error.message : String(error)
  if (code === undefined) return new Failed('internal', detail, { cause: error })
  const kind = primary(code)
  // A transaction whose frames did not fit is rolled back, in COMMIT too.
  if (kind === 'full') return new Failed('disk-full', 'there is no room to record', { cause: error })
  if (kind === 'corrupt') return new Failed('store-corrupt', detail, { cause: error })
  return new Failed(stage === 'commit' ? 'in-doubt' : 'store-unavailable', detail, { cause: error })
}
