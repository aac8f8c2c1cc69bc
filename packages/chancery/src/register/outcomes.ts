/**
 * Outcomes of signatures that come by the thousand, many in one entry. They trail anyway: a signature that can be made again
 * is not waited for.
 */
import type { Hex } from '../base/bytes.ts'
import type { OutcomesEntry } from '../core/entries.ts'
import type { AttemptId } from '../core/names.ts'
import type { Recorder } from '../core/recorder.ts'

/** Milliseconds that an outcome waits for others. */
const patience = 20
/** An entry of so many has about 7 KB. */
const most = 64

export interface Outcomes {
  add(attempt: AttemptId, hashes: readonly Hex[]): void
  /** Hands over what has been gathered. */
  flush(): void
}

export function createOutcomes(recorder: Pick<Recorder, 'trail'>): Outcomes {
  let made: OutcomesEntry['made'][number][] = []
  let count = 0
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (made.length === 0) return
    const entry: OutcomesEntry = { kind: 'outcomes', made }
    made = []
    count = 0
    recorder.trail({ bodies: [entry], guards: [], signs: false })
  }
  return {
    add(attempt, hashes) {
      made.push({ attempt, hashes })
      count += hashes.length
      if (count >= most) flush()
      else timer ??= setTimeout(flush, patience)
    },
    flush,
  }
}
