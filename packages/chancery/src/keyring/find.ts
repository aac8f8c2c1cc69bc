/** Which key a name means, for a caller who may know. */
import type { KeyBackend } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import { Failed, keyNotFound, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { KeyId, Operation } from '../core/names.ts'
import type { Versioned } from '../core/state.ts'
import type { KeyringRooms } from './rooms.ts'

/** @throws Refused `key-not-found` for an absent key and one the caller holds no grant on alike; `denied` */
export function findKey(rooms: KeyringRooms, name: string, operation: Operation, call: Call): Versioned<KeyRecord> {
  const snapshot = rooms.state.current()
  const key = snapshot.findKey(name)
  const found = key && snapshot.keys.get(key.id)
  if (found === undefined) throw keyNotFound()
  rooms.requirePermit(call.principal, operation, { key: found.value.id })
  return found
}

/** The record of a key that a change has just been made to. */
export function recordOf(rooms: KeyringRooms, id: KeyId): KeyRecord {
  const found = rooms.state.current().keys.get(id)
  if (found === undefined) throw new Failed('internal', `The key ${id} is not in the state that was just recorded`)
  return found.value
}

/** The name is the caller's: one that is not there is no fault of the service, to be tried again. */
export function backendOf(rooms: KeyringRooms, name: string): KeyBackend {
  const backend = rooms.backends.get(name)
  if (backend !== undefined) return backend
  const wanted = [...rooms.backends.keys()].join(', ')
  const hint = 'Add it to the setting backends'
  throw new Refused('not-supported', 'This key back-end is not configured', {
    where: 'backend',
    got: name,
    wanted,
    hint,
  })
}

export function notSupported(backend: KeyBackend, what: string): Refused {
  return new Refused('not-supported', `The key back-end ${backend.name} cannot ${what}`)
}
