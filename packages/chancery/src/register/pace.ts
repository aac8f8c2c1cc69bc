/**
 * When the next round begins. A round costs a fixed share of both cores, whatever it carries; while the signer processes have
 * enough to do, what is recorded sooner is only signed later. So rounds wait until there is room, and grow meanwhile.
 */

/** Milliseconds a round is held back at most: nobody's deadline feels it. */
const longest = 5

export interface Pace {
  /** Resolves when the next round may begin. */
  turn(): Promise<void> | undefined
  /** Something urgent came: the next round begins now. */
  hurry(): void
}

/** `room` resolves when what was recorded can be signed soon, and is undefined where it can be now. */
export function createPace(room: (() => Promise<void> | undefined) | undefined): Pace {
  let release: (() => void) | undefined
  return {
    turn() {
      const free = room?.()
      if (free === undefined) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, longest)
      release = resolve
      void free.then(resolve)
      return promise.finally(() => clearTimeout(timer))
    },
    hurry: () => release?.(),
  }
}
