/** Stops signing by a key, by a client, or altogether; on every process at once: each change raises the fence. */
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { keyNotFound, Refused } from '../core/errors.ts'
import type { FreezeTarget, Freezing } from '../core/services.ts'
import type { ChangeRequest, Snapshot, State } from '../core/state.ts'
import { requireAdministrator } from './administrator.ts'
import { isRemoved } from './clients.ts'

export function createFreezing({ state }: { readonly state: State }): Freezing {
  return {
    freeze: (what, call) => set(state, what, 'freeze', call),
    thaw: (what, call) => set(state, what, 'thaw', call),
  }
}

type Action = 'freeze' | 'thaw'

const attempts = 5

/**
 * A freeze must not lose to whatever else changes the same record: it is tried again on the newest state.
 * Freezing what is frozen is recorded again and does no harm.
 */
async function set(state: State, what: FreezeTarget, action: Action, call: Call): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const snapshot = state.current()
      requireAdministrator(call.principal, snapshot)
      const change = changeOf(snapshot, what, action)
      await state.change({ ...change, actor: actorOf(call.principal) }, call.deadline)
      return
    } catch (error) {
      const overtaken = error instanceof Refused && error.code === 'version-conflict'
      if (!overtaken || attempt === attempts) throw error
      await state.refresh(call.deadline)
    }
  }
}

function changeOf(snapshot: Snapshot, what: FreezeTarget, action: Action): Omit<ChangeRequest, 'actor'> {
  if ('everything' in what) {
    return { action: `everything.${action}`, about: {}, puts: [], halted: action === 'freeze' }
  }
  return 'key' in what ? keyChange(snapshot, what.key, action) : clientChange(snapshot, what.client, action)
}

function keyChange(snapshot: Snapshot, name: string, action: Action): Omit<ChangeRequest, 'actor'> {
  const id = snapshot.findKey(name)?.id
  const found = id === undefined ? undefined : snapshot.keys.get(id)
  if (id === undefined || found === undefined) throw keyNotFound()
  const value = { ...found.value, frozen: action === 'freeze' }
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
