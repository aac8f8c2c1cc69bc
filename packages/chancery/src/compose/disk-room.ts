/** Whether the disk has room for what need not be kept: refusals stop at 90 % (safety rule 22), signing goes on. */
import { statfs } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'

/** Milliseconds between two looks. */
const patience = 5_000
const most = 0.9

/** The share of a disk that is used, as `df` counts it: what only root may use is not there. */
export interface Room {
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
}

/** Never waits: answers what the last look found, and begins the next one when that is due. */
export function roomForRefusals(
  path: string,
  clock: Clock,
  look: (path: string) => Promise<Room> = statfs,
): () => boolean {
  let room = true
  let due = -Infinity
  return () => {
    const now = clock.monotonic()
    if (now >= due) {
      due = now + patience
      // A disk that cannot be looked at says so itself at the next commit.
      look(path).then(
        (found) => void (room = usedShare(found) < most),
        () => {},
      )
    }
    return room
  }
}

function usedShare({ blocks, bfree, bavail }: Room): number {
  const used = blocks - bfree
  return used + bavail === 0 ? 0 : used / (used + bavail)
}
