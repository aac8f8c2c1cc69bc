/** At most so many at once, in the order of asking. */
import { type Deadline, left } from './deadline.ts'

export interface Slots {
  /** The function that gives the slot back, or undefined when none was free before the deadline. */
  enter(deadline: Deadline): Promise<(() => void) | undefined>
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting = new Set<() => void>()

  const leave = (): void => {
    const [next] = waiting
    if (next === undefined) free += 1
    else next()
  }
  const wait = (milliseconds: number): Promise<boolean> =>
    new Promise((resolve) => {
      const settle = (got: boolean) => (): void => {
        clearTimeout(timer)
        waiting.delete(take)
        resolve(got)
      }
      const take = settle(true)
      const timer = setTimeout(settle(false), milliseconds)
      waiting.add(take)
    })

  return {
    async enter(deadline) {
      if (free > 0) free -= 1
      else if (!(await wait(left(deadline)))) return undefined
      let held = true
      return () => {
        if (held) leave()
        held = false
      }
    },
  }
}
