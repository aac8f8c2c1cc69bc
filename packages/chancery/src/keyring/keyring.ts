/** A key's life. Every step: authorise, record, act, outcome. */
import type { Keyring } from '../core/keyring.ts'
import { createBackedUpKey, createKey, enrolKey, importKey, previewEnrol, previewImport } from './establish.ts'
import { enableHeld } from './held.ts'
import { importKeys } from './import-many.ts'
import { cancelDeletion, disable, enable, purge, requireDeletable, scheduleDeletion } from './life.ts'
import { get, list, probe } from './look.ts'
import type { KeyringRooms } from './rooms.ts'
import { putRules, rules } from './rules.ts'

export function createKeyring(rooms: KeyringRooms): Keyring {
  return {
    create: (request, call) => createKey(rooms, request, call),
    createBackedUp: (request, call) => createBackedUpKey(rooms, request, call),
    import: (request, call) => importKey(rooms, request, call),
    importMany: (requests, take, call, ready, how) => importKeys(rooms, requests, { take, call, ready, ...how }),
    preview: (request, call) => previewImport(rooms, request, call),
    enrol: (request, call) => enrolKey(rooms, request, call),
    previewEnrol: (request, call) => previewEnrol(rooms, request, call),
    get: (name, call) => get(rooms, name, call),
    list: (page, call) => list(rooms, page, call),
    disable: (name, call) => disable(rooms, name, call),
    enable: (name, call) => enable(rooms, name, call),
    enableHeld: (call) => enableHeld(rooms, call),
    requireDeletable: (name, call) => requireDeletable(rooms, name, call),
    scheduleDeletion: (name, days, call, how) => scheduleDeletion(rooms, name, days, call, how),
    cancelDeletion: (name, call) => cancelDeletion(rooms, name, call),
    purge: (name, call) => purge(rooms, name, call),
    rules: (name, call) => rules(rooms, name, call),
    putRules: (name, value, expect, call) => putRules(rooms, name, value, expect, call),
    probe: (call) => probe(rooms, call),
  }
}
