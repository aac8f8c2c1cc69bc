/** Keys that this process has just taken out of use, where no back-end of its own refuses them. */
import type { Clock } from '../base/clock.ts'
import { Refused } from '../core/errors.ts'
import type { KeyId } from '../core/names.ts'

export interface OutOfUse {
  /**
   * Until no clearance made before can be acted on. From then on the key's record decides: it may have been enabled by
   * another process.
   */
  add(id: KeyId): void
  remove(id: KeyId): void
  /** @throws Refused `key-state` */
  refuse(id: KeyId): void
}

/** Twice the life of a clearance (safety rule 8), in milliseconds. */
const holdLength = 10_000

export function createOutOfUse(clock: Clock): OutOfUse {
  const until = new Map<KeyId, number>()
  return {
    add: (id) => void until.set(id, clock.monotonic() + holdLength),
    remove: (id) => void until.delete(id),
    refuse(id) {
      const end = until.get(id)
      if (end === undefined) return
      if (clock.monotonic() < end) throw new Refused('key-state', 'The key is out of use')
      until.delete(id)
    },
  }
}

/** When a key that nothing but our record deletes may be purged. @throws Refused `invalid-request` */
export function deletionDate(days: number, clock: Clock): Date {
  if (Number.isInteger(days) && days >= 7 && days <= 30) return new Date(clock.now() + days * 86_400_000)
  throw new Refused('invalid-request', 'A deletion is scheduled 7 to 30 days ahead', { got: String(days) })
}
