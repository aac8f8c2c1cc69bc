/**
 * Validators' keys after a gap in the history. A key that was deleted in what is lost is enabled again in what came back, and
 * may sign elsewhere by now: no row here knows of that. So all of them are taken out of use, until an administrator says that
 * they still belong here.
 */
import { chunksOf } from '../base/chunks.ts'
import { isoTime } from '../base/clock.ts'
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import { sideBySide } from '../base/side-by-side.ts'
import { actorOf } from '../core/access.ts'
import { canKeep } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import { isOvertaken } from '../core/errors.ts'
import { isHeld, refOf, type Algorithm, type KeyRecord } from '../core/key.ts'
import type { HeldKeys } from '../core/keyring.ts'
import type { KeyId } from '../core/names.ts'
import type { Snapshot, State, Versioned } from '../core/state.ts'
import { backendOf } from './find.ts'
import type { KeyringRooms } from './rooms.ts'

/** Of keys whose owners are punished when they sign in two places. */
const punished: Algorithm = 'bls12-381'

export function isPunished({ algorithm }: Pick<KeyRecord, 'algorithm'>): boolean {
  return algorithm === punished
}

function isInUse(key: KeyRecord): boolean {
  return isPunished(key) && key.state === 'enabled'
}

/** Keys in one change of state, as when they come in. */
const most = 256
/** Back-ends asked at once. */
const atOnce = 32
/** How often a change is put together anew because somebody else changed one of its keys. */
const tries = 5
/** Milliseconds: a change is never left half done. */
const changeLimit = 10_000

type Found = Versioned<KeyRecord>

/** To be recorded before a gap is accepted. @throws Failed store and recorder faults */
export async function holdKeys(
  { state, clock }: Pick<KeyringRooms, 'state' | 'clock'>,
  actor: string,
  deadline: Deadline,
): Promise<void> {
  await state.refresh(deadline)
  const held = isoTime(clock.now())
  const ids = idsOf(state.current(), isInUse)
  const change = {
    actor,
    action: 'key.hold',
    to: ({ value }: Found) => ({ ...value, state: 'disabled', held }) as const,
  }
  for (const some of chunksOf(ids, most)) {
    await changeAll({ state, clock }, some, ({ value }) => value.state === 'enabled', change)
  }
}

/**
 * Enables what a gap took out of use and nobody else has decided about since; each begins with the next epoch. A key whose
 * back-end does not do it stays held, and holds up no other.
 */
export async function enableHeld(rooms: KeyringRooms, call: Call): Promise<HeldKeys> {
  rooms.requirePermit(call.principal, 'admin', {})
  const ids = idsOf(rooms.state.current(), isHeld)
  for (const some of chunksOf(ids, most)) {
    const able = await enableInBackends(rooms, some, call)
    await rooms.protectNew?.(able, deadlineIn(changeLimit, rooms.clock))
    const change = { actor: actorOf(call.principal), action: 'key.enable-held', to: enabledAt(rooms.clock.now()) }
    await changeAll(
      rooms,
      able.map(({ id }) => id),
      ({ value }) => isHeld(value),
      change,
    )
  }
  const held = idsOf(rooms.state.current(), isHeld).length
  return { enabled: ids.length - held, held }
}

/**
 * Says of enabled validators' keys that they are back in use, as far as they are `wanted`: for processes that serve networks
 * which this one does not. To be recorded before everything is thawed. @throws Failed `clock-in-doubt`, store and recorder faults
 */
export async function noteBack(
  rooms: Pick<KeyringRooms, 'state' | 'clock' | 'protectNew'>,
  actor: string,
  wanted: (key: KeyRecord) => boolean,
  deadline: Deadline,
): Promise<void> {
  const { keys } = rooms.state.current()
  const back = [...keys.values()].map(({ value }) => value).filter((key) => isInUse(key) && wanted(key))
  if (back.length === 0) return
  await rooms.protectNew?.(back, deadline)
  const change = { actor, action: 'key.thaw', to: enabledAt(rooms.clock.now()) }
  const ids = back.map(({ id }) => id)
  for (const some of chunksOf(ids, most)) await changeAll(rooms, some, ({ value }) => isInUse(value), change)
}

/**
 * Trees after a gap: a branch that was given to somebody in what is lost would be given to somebody else, who then had the same
 * addresses. Those that are known go on; new ones are given out of another tree. Recorded before a gap is accepted.
 */
export async function closeTrees(
  rooms: Pick<KeyringRooms, 'state' | 'clock'>,
  actor: string,
  deadline: Deadline,
): Promise<void> {
  await rooms.state.refresh(deadline)
  const closed = isoTime(rooms.clock.now())
  const open = (key: KeyRecord): boolean => key.tree !== undefined && key.closed === undefined && key.state !== 'purged'
  const change = { actor, action: 'key.close-tree', to: ({ value }: Found) => ({ ...value, closed }) } as const
  for (const some of chunksOf(idsOf(rooms.state.current(), open), most)) {
    await changeAll(rooms, some, ({ value }) => open(value), change)
  }
}

/** Somebody decided about it: it is nothing that waits for that any more. */
export function decided(key: KeyRecord): KeyRecord {
  const { held: _, ...rest } = key
  return rest
}

const enabledAt =
  (now: number) =>
  ({ value }: Found): KeyRecord => ({ ...decided(value), state: 'enabled', backSince: isoTime(now) })

function idsOf({ keys }: Snapshot, wanted: (key: KeyRecord) => boolean): readonly KeyId[] {
  return [...keys.values()].filter(({ value }) => wanted(value)).map(({ value }) => value.id)
}

/** The back-end comes first, as when one key is enabled. */
async function enableInBackends(rooms: KeyringRooms, ids: readonly KeyId[], call: Call): Promise<readonly KeyRecord[]> {
  const able: KeyRecord[] = []
  await sideBySide(ids, atOnce, async (id) => {
    const key = rooms.state.current().keys.get(id)?.value
    const done = key !== undefined && (await enableInBackend(rooms, key, call).then(yes, no))
    if (done) able.push(key)
  })
  return able
}

const yes = () => true
const no = () => false

async function enableInBackend(rooms: KeyringRooms, key: KeyRecord, { deadline }: Call): Promise<void> {
  const backend = backendOf(rooms, key.backend)
  if (canKeep(backend)) await backend.enable(refOf(key), deadline)
}

interface Change {
  readonly actor: string
  readonly action: string
  to(found: Found): KeyRecord
}

/** Those of them that are still `wanted` when the change is made. @throws Failed; Refused `version-conflict` */
async function changeAll(
  { state, clock }: { readonly state: State } & Pick<KeyringRooms, 'clock'>,
  ids: readonly KeyId[],
  wanted: (found: Found) => boolean,
  { actor, action, to }: Change,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const found = ids.flatMap((id) => state.current().keys.get(id) ?? []).filter(wanted)
    if (found.length === 0) return
    const about = { keys: found.map(({ value: { id } }) => id) }
    const puts = found.map((one) => ({ kind: 'key', value: to(one), expect: one.version }) as const)
    try {
      await state.change({ actor, action, about, puts }, deadlineIn(changeLimit, clock))
      return
    } catch (error) {
      if (!isOvertaken(error) || attempt === tries) throw error
    }
  }
}
