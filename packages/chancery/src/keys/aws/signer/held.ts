/**
 * Opened keys, for as long as they are in use. Whoever needs a key while it is being fetched shares that fetch, so a batch
 * decrypts once; when the last of them has signed, the key is wiped, or kept for the short time that was configured.
 */
import type { LoadedKey } from '../../../signers/halves.ts'

/** A key with what its fetching is called in AWS's own log. */
export interface FetchedKey extends LoadedKey {
  readonly requestId?: string
}

export interface HeldKeys {
  /** Runs `work` with the key. Only keys of equal `name`, which holds all that a key is fetched by, are shared. */
  use<T>(name: string, fetch: () => Promise<FetchedKey>, work: (key: FetchedKey) => Promise<T> | T): Promise<T>
  /** Later uses fetch anew. Those at work keep what they have. */
  forget(belongs: (name: string) => boolean): void
}

interface Holding {
  readonly key: Promise<FetchedKey>
  users: number
  /** Nobody joins any more; wiped when the last user leaves. */
  closed: boolean
  timer?: NodeJS.Timeout
}

/** However long is configured. Milliseconds. */
const longestKeep = 300_000
/** More accounts than these at once take turns. */
const mostKept = 10_000

export function createHeldKeys(milliseconds: number, most = mostKept): HeldKeys {
  const keepMilliseconds = Math.min(milliseconds, longestKeep)
  const holdings = new Map<string, Holding>()

  const close = (name: string, holding: Holding): void => {
    holding.closed = true
    clearTimeout(holding.timer)
    if (holdings.get(name) === holding) holdings.delete(name)
    if (holding.users === 0) void holding.key.then((key) => key.wipe()).catch(() => {})
  }
  const closeOldest = (): void => {
    for (const [oldest, holding] of holdings) return close(oldest, holding)
  }
  const open = (name: string, fetch: () => Promise<FetchedKey>): Holding => {
    const holding: Holding = { key: fetch(), users: 0, closed: false }
    holdings.set(name, holding)
    if (holdings.size > most) closeOldest()
    // Counted from the fetch: use does not prolong it.
    if (keepMilliseconds > 0) holding.timer = setTimeout(() => close(name, holding), keepMilliseconds)
    holding.key.catch(() => close(name, holding))
    return holding
  }
  return {
    async use(name, fetch, work) {
      const holding = holdings.get(name) ?? open(name, fetch)
      holding.users += 1
      try {
        return await work(await holding.key)
      } finally {
        holding.users -= 1
        if (holding.users === 0 && (holding.closed || keepMilliseconds === 0)) close(name, holding)
      }
    },
    forget(belongs) {
      for (const [name, holding] of holdings) if (belongs(name)) close(name, holding)
    },
  }
}
