/** How often others came to their turn while something was at work. */
import type { Clock } from '../src/base/clock.ts'

/** Every look at it finds more time gone than anybody may work in one piece. */
export function hurrying(): Clock {
  let time = 0
  return { now: Date.now, monotonic: () => (time += 1_000) }
}

export async function turnsOf<T>(work: Promise<T>): Promise<{ readonly turns: number; readonly result: T }> {
  let turns = 0
  let next: NodeJS.Immediate | undefined
  const count = () => {
    turns++
    next = setImmediate(count)
  }
  next = setImmediate(count)
  try {
    return { result: await work, turns }
  } finally {
    clearImmediate(next)
  }
}
