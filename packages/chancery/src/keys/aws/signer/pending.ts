/** Private keys that were made or imported and are not stored yet. Nobody can ask for them; they are stored or wiped. */
import type { Algorithm } from '../../../core/key.ts'

export interface PendingKey {
  readonly privateKey: Uint8Array
  readonly algorithm: Algorithm
}

export interface Pending {
  /** Takes the private key over. */
  put(id: string, key: PendingKey): void
  get(id: string): PendingKey | undefined
  forget(id: string): void
  clear(): void
}

/** Making the key that encrypts it takes AWS up to half a minute. */
const longestWait = 60_000

export function createPending(): Pending {
  const keys = new Map<string, { readonly key: PendingKey; readonly timer: NodeJS.Timeout }>()
  const forget = (id: string): void => {
    const found = keys.get(id)
    clearTimeout(found?.timer)
    found?.key.privateKey.fill(0)
    keys.delete(id)
  }
  return {
    put(id, key) {
      forget(id)
      keys.set(id, { key, timer: setTimeout(() => forget(id), longestWait) })
    },
    get: (id) => keys.get(id)?.key,
    forget,
    clear: () => [...keys.keys()].forEach(forget),
  }
}
