/**
 * Keys whose past nobody here knows: they begin with the next epoch, when whoever had them before has stopped (safety rules,
 * "A store behind its witness").
 */
import type { Deadline } from '../base/deadline.ts'
import type { Hex } from '../base/bytes.ts'
import type { ProtectionRaise } from '../core/protection.ts'
import type { BeaconTiming } from '../core/validators.ts'
import { protectedKeys, scopeOf } from './find.ts'
import { recordRaises } from './recording.ts'
import type { ValidatorRooms } from './rooms.ts'
import { epochAt, firstSlot } from './timing.ts'
import { watermark } from './watermarks.ts'

/**
 * Raises to the epoch after the clock's, and its first slot. Before genesis nobody has signed anything, and nothing is raised.
 * @throws Failed `clock-in-doubt`: a clock that is behind would raise too little
 */
async function nextEpochRaises(
  rooms: Pick<ValidatorRooms, 'agreedTime'>,
  timing: BeaconTiming,
  publicKeys: readonly Hex[],
  deadline: Deadline,
): Promise<readonly ProtectionRaise[]> {
  if (publicKeys.length === 0) return []
  const now = epochAt(timing, await rooms.agreedTime(deadline))
  if (now < 0n) return []
  const raise = watermark(firstSlot(timing, now + 1n), now + 1n)
  return publicKeys.map((publicKey) => ({ scope: scopeOf(publicKey, timing), ...raise }))
}

/** To be recorded before any of the keys can sign. */
export async function protectNewKeys(
  rooms: ValidatorRooms,
  timing: BeaconTiming,
  publicKeys: readonly Hex[],
  actor: string,
  deadline: Deadline,
): Promise<void> {
  const raises = await nextEpochRaises(rooms, timing, publicKeys, deadline)
  await recordRaises(rooms, raises, { actor, reason: 'new-key' }, deadline)
}

/** Keys read at a time, some 10 ms. */
const mostRows = 500

/**
 * Keys that have no row on a network they serve: it was not configured when they came in, so nobody has protected them there.
 * @throws Failed `clock-in-doubt` where there are any, store faults
 */
export async function protectRowless(rooms: ValidatorRooms, deadline: Deadline): Promise<void> {
  for (const timing of rooms.timings.values()) {
    const publicKeys = protectedKeys(rooms, timing.network).map((key) => key.publicKey)
    const rowless: Hex[] = []
    for (let at = 0; at < publicKeys.length; at += mostRows) {
      const some = publicKeys.slice(at, at + mostRows)
      const scopes = some.map((publicKey) => scopeOf(publicKey, timing))
      const held = new Set((await rooms.store.protection(scopes, deadline)).map(({ scope }) => scope))
      rowless.push(...some.filter((_, index) => !held.has(scopes[index] ?? '')))
    }
    await protectNewKeys(rooms, timing, rowless, 'service', deadline)
  }
}

/** History may be lost: every protected key of every network begins anew. */
export async function raiseAfterGap(
  rooms: ValidatorRooms,
  actor: string,
  reason: 'gap' | 'repair',
  deadline: Deadline,
): Promise<number> {
  let raised = 0
  for (const timing of rooms.timings.values()) {
    const publicKeys = protectedKeys(rooms, timing.network).map((key) => key.publicKey)
    const raises = await nextEpochRaises(rooms, timing, publicKeys, deadline)
    await recordRaises(rooms, raises, { actor, reason }, deadline)
    raised += raises.length
  }
  return raised
}
