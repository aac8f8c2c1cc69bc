/**
 * Stops signing by a key, by a client, or altogether, and payments by a wallet, of a user or in an asset; on every process at
 * once: each change raises the fence.
 */
import type { Deadline } from '../base/deadline.ts'
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { isOvertaken, keyNotFound, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { FreezeTarget, Freezing } from '../core/services.ts'
import type { ChangeRequest, Snapshot, State } from '../core/state.ts'
import { requireAdministrator } from './administrator.ts'
import { isRemoved } from './clients.ts'
import { freezeChange, type Action, type PaymentFreezeRooms } from './payment-freeze.ts'

export interface FreezingRooms extends PaymentFreezeRooms {
  readonly state: State
  /**
   * Asked before a key, or everything, may sign again after it was frozen: somebody else may have signed meanwhile. When it
   * resolves, what must not be signed is on record; it answers from when on, where there is anything of that kind.
   */
  protectThawed?(what: KeyRecord | 'everything', actor: string, deadline: Deadline): Promise<string | undefined>
}

export function createFreezing(rooms: FreezingRooms): Freezing {
  return {
    freeze: (what, call) => set(rooms, what, 'freeze', call),
    thaw: async (what, call) => {
      requireAdministrator(call.principal, rooms.state.current())
      // Another process may have frozen it a moment ago.
      await rooms.state.refresh(call.deadline)
      await set(rooms, what, 'thaw', call)
    },
  }
}

const attempts = 5

/**
 * A freeze must not lose to whatever else changes the same record: it is tried again on the newest state.
 * Freezing what is frozen is recorded again and does no harm.
 */
async function set(rooms: FreezingRooms, what: FreezeTarget, action: Action, call: Call): Promise<void> {
  const { state } = rooms
  for (let attempt = 1; ; attempt++) {
    try {
      const snapshot = state.current()
      requireAdministrator(call.principal, snapshot)
      const change = await changeOf(rooms, snapshot, what, action, call)
      await state.change({ ...change, actor: actorOf(call.principal) }, call.deadline)
      return
    } catch (error) {
      if (!isOvertaken(error) || attempt === attempts) throw error
      await state.refresh(call.deadline)
    }
  }
}

/** A frozen client is nobody who has keys: what it did not ask for, nobody else signed for it. Nor is a wallet. */
async function protect(
  { protectThawed }: FreezingRooms,
  snapshot: Snapshot,
  what: FreezeTarget,
  { principal, deadline }: Call,
): Promise<string | undefined> {
  if (!('key' in what || 'everything' in what)) return undefined
  const thawed = 'key' in what ? snapshot.findKey(what.key) : 'everything'
  const isFrozen = thawed === 'everything' ? snapshot.halted : thawed?.frozen === true
  return thawed !== undefined && isFrozen ? protectThawed?.(thawed, actorOf(principal), deadline) : undefined
}

async function changeOf(
  rooms: FreezingRooms,
  snapshot: Snapshot,
  what: FreezeTarget,
  action: Action,
  call: Call,
): Promise<Omit<ChangeRequest, 'actor'>> {
  const backSince = action === 'thaw' ? await protect(rooms, snapshot, what, call) : undefined
  if ('everything' in what) {
    return { action: `everything.${action}`, about: {}, puts: [], halted: action === 'freeze' }
  }
  if ('key' in what) return keyChange(snapshot, what.key, action, backSince)
  if ('client' in what) return clientChange(snapshot, what.client, action)
  return freezeChange(rooms, snapshot, what, action, call.deadline)
}

function keyChange(
  snapshot: Snapshot,
  name: string,
  action: Action,
  backSince: string | undefined,
): Omit<ChangeRequest, 'actor'> {
  const id = snapshot.findKey(name)?.id
  const found = id === undefined ? undefined : snapshot.keys.get(id)
  if (id === undefined || found === undefined) throw keyNotFound()
  const value = { ...found.value, frozen: action === 'freeze', ...(backSince !== undefined && { backSince }) }
  return { action: `key.${action}`, about: { key: id }, puts: [{ kind: 'key', value, expect: found.version }] }
}

function clientChange(
  snapshot: Snapshot,
  client: Extract<FreezeTarget, { client: unknown }>['client'],
  action: Action,
): Omit<ChangeRequest, 'actor'> {
  const found = snapshot.clients.get(client)
  // A removed client stays frozen for ever.
  if (found === undefined || isRemoved(found.value)) throw new Refused('not-found', 'There is no such client')
  const value = { ...found.value, frozen: action === 'freeze' }
  return { action: `client.${action}`, about: { client }, puts: [{ kind: 'client', value, expect: found.version }] }
}
