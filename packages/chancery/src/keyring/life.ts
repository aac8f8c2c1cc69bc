/**
 * What can happen to a key after it was made. The record changes first, so that no process signs with it any more; the
 * back-end follows. A back-end that fails then leaves a key that is refused here, never one that still signs.
 */
import { isoTime } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import { actorOf } from '../core/access.ts'
import { canKeep, canPurge, type KeyBackend, type KeyKeeper } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import { refOf, type KeyRecord, type KeyState } from '../core/key.ts'
import type { Operation } from '../core/names.ts'
import type { Versioned } from '../core/state.ts'
import { noting } from './evidence.ts'
import { backendOf, findKey, notSupported, recordOf } from './find.ts'
import { decided } from './held.ts'
import type { KeyringRooms } from './rooms.ts'

/** Said again, it asks the back-end again, which may have failed the first time. */
export async function disable(rooms: KeyringRooms, name: string, call: Call): Promise<KeyRecord> {
  const found = inState(rooms, name, 'admin', call, 'enabled', 'disabled')
  const { backend, key } = keeperOf(rooms, found)
  const disabled = { ...decided(key), state: 'disabled' } as const
  const record =
    key.state === 'disabled' && key.held === undefined ? key : await put(rooms, 'key.disable', found, disabled, call)
  await noting(rooms, { key: key.id, action: 'key.disable' }, call, (heard) =>
    backend.disable(refOf(key), call.deadline, heard),
  )
  return record
}

/**
 * The back-end comes first here: a record that says enabled must be true. While it was out of use somebody else may have
 * signed with it, so it is protected like a key that is new.
 */
export async function enable(rooms: KeyringRooms, name: string, call: Call): Promise<KeyRecord> {
  const found = inState(rooms, name, 'admin', call, 'disabled')
  const { backend, key } = keeperOf(rooms, found)
  await noting(rooms, { key: key.id, action: 'key.enable' }, call, (heard) =>
    backend.enable(refOf(key), call.deadline, heard),
  )
  await rooms.protectNew?.([key], call.deadline)
  return put(
    rooms,
    'key.enable',
    found,
    { ...decided(key), state: 'enabled', backSince: isoTime(rooms.clock.now()) },
    call,
  )
}

/**
 * For a part of the service that changes a record of its own before it schedules the deletion.
 * @throws Refused `key-state` where that would come to nothing
 */
export async function requireDeletable(rooms: KeyringRooms, name: string, call: Call): Promise<void> {
  const found = findKey(rooms, name, 'keys:delete', call)
  if (found.value.state !== 'enabled' && found.value.state !== 'disabled') return
  const { backend, key } = keeperOf(rooms, found)
  await backend.requireDeletable?.(refOf(key), call.deadline)
}

/** Said again, it asks the back-end again, which may have failed the first time; the date only ever moves away. */
export async function scheduleDeletion(
  rooms: KeyringRooms,
  name: string,
  days: number,
  call: Call,
  { forced = false }: { readonly forced?: boolean } = {},
): Promise<KeyRecord> {
  const found = inState(rooms, name, 'keys:delete', call, 'enabled', 'disabled', 'pending-deletion')
  if (!Number.isInteger(days) || days < 7 || days > 30) {
    throw new Refused('invalid-request', 'The window is 7 to 30 days', {
      where: 'days',
      got: String(days),
      wanted: '7 to 30',
    })
  }
  const { backend, key } = keeperOf(rooms, found)
  const again = key.state === 'pending-deletion'
  if (!again) {
    await rooms.refuseUnderWallets(key, call.deadline)
    if (!forced) await rooms.refuseStillNeeded(key, call.deadline)
    await backend.requireDeletable?.(refOf(key), call.deadline)
  }
  const deletionDate = new Date(rooms.clock.now() + days * 86_400_000).toISOString()
  const planned = { ...key, state: 'pending-deletion', deletionDate } as const
  const pending = again ? key : await put(rooms, 'key.schedule-deletion', found, planned, call)
  const date = await noting(rooms, { key: key.id, action: 'key.schedule-deletion' }, call, (heard) =>
    backend.scheduleDeletion(refOf(key), days, call.deadline, heard),
  )
  if (date <= new Date(pending.deletionDate ?? 0)) return recordOf(rooms, key.id)
  const standing = findKey(rooms, key.id, 'keys:delete', call)
  return put(rooms, 'key.schedule-deletion', standing, { ...pending, deletionDate: date.toISOString() }, call)
}

/** Comes back disabled, as AWS does: enabling is a decision of its own. */
export async function cancelDeletion(rooms: KeyringRooms, name: string, call: Call): Promise<KeyRecord> {
  const found = inState(rooms, name, 'keys:delete', call, 'pending-deletion')
  const { backend, key } = keeperOf(rooms, found)
  await noting(rooms, { key: key.id, action: 'key.cancel-deletion' }, call, (heard) =>
    backend.cancelDeletion(refOf(key), call.deadline, heard),
  )
  const { deletionDate: _, ...rest } = decided(key)
  return put(rooms, 'key.cancel-deletion', found, { ...rest, state: 'disabled' }, call)
}

/**
 * Destroys the secret. Never done by a timer (safety rule 8).
 * @throws Refused `key-state` before the window has passed, or while the back-end keeps it; Failed
 * `clock-in-doubt` when ours and the store's disagree
 */
export async function purge(rooms: KeyringRooms, name: string, call: Call): Promise<KeyRecord> {
  const found = inState(rooms, name, 'keys:delete', call, 'pending-deletion')
  const { alias: _, ...key } = decided(found.value)
  // Before the record says so: it would forget where the secret is, and nobody would have taken it away.
  const backend = backendOf(rooms, key.backend)
  // A wallet may have come to stand on it within the window.
  await rooms.refuseUnderWallets(found.value, call.deadline)
  const now = await agreedTime(rooms, call)
  if (now >= Date.parse(key.deletionDate ?? '')) {
    if (canKeep(backend)) await backend.requireEnding?.(refOf(found.value), now, call.deadline)
    const purged = await put(rooms, 'key.purge', found, { ...key, ref: {}, state: 'purged' }, call)
    await takeAway(rooms, backend, found.value, call)
    return purged
  }
  const particulars = { got: new Date(now).toISOString(), wanted: `after ${key.deletionDate}` }
  throw new Refused('key-state', 'The deletion window has not passed', particulars)
}

/**
 * What the back-end itself keeps. The record no longer says where that is, so a failure does.
 * @throws Failed
 */
async function takeAway(rooms: KeyringRooms, backend: KeyBackend, key: KeyRecord, call: Call): Promise<void> {
  if (!canPurge(backend)) return
  try {
    await noting(rooms, { key: key.id, action: 'key.purge' }, call, (heard) =>
      backend.purge(refOf(key), deadlineIn(10_000, rooms.clock), heard),
    )
  } catch (error) {
    const [code, why] = error instanceof Failed ? [error.code, error.message] : (['backend-failed', 'unknown'] as const)
    const kept = Object.entries(backend.describe?.(key.ref) ?? {}).map(([name, value]) => `${name} ${value}`)
    const hint = `Take it away by hand: ${kept.join(', ') || key.backend}`
    const sentence = `The key is purged on record, but its back-end still keeps what is left of it: ${why}`
    throw new Failed(code, sentence, { cause: error, particulars: { hint } })
  }
}

/** Two seconds, as everywhere (safety rule 8). */
async function agreedTime({ clock, store }: KeyringRooms, call: Call): Promise<number> {
  const [ours, theirs] = [clock.now(), await store.time(call.deadline)]
  if (Math.abs(ours - theirs) <= 2_000) return ours
  throw new Failed('clock-in-doubt', `The clock is ${Math.abs(ours - theirs)} ms apart from the store's`)
}

function inState(
  rooms: KeyringRooms,
  name: string,
  operation: Operation,
  call: Call,
  ...states: KeyState[]
): Versioned<KeyRecord> {
  const found = findKey(rooms, name, operation, call)
  if (states.includes(found.value.state)) return found
  throw new Refused('key-state', 'The key is not in a state that allows this', {
    got: found.value.state,
    wanted: states.join(' or '),
  })
}

function keeperOf(rooms: KeyringRooms, { value }: Versioned<KeyRecord>): { backend: KeyKeeper; key: KeyRecord } {
  const backend = backendOf(rooms, value.backend)
  if (!canKeep(backend)) throw notSupported(backend, 'change the state of its keys')
  return { backend, key: value }
}

/** The whole of a change is given its own time: a caller who hangs up does not leave it half done. */
async function put(
  rooms: KeyringRooms,
  action: string,
  found: Versioned<KeyRecord>,
  value: KeyRecord,
  call: Call,
): Promise<KeyRecord> {
  const about = { key: value.id, from: found.value.state, to: value.state }
  const puts = [{ kind: 'key', value, expect: found.version }] as const
  await rooms.state.change({ actor: actorOf(call.principal), action, about, puts }, deadlineIn(5_000, rooms.clock))
  return recordOf(rooms, value.id)
}
