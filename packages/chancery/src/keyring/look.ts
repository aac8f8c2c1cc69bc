/** Looking without touching. */
import { canProbe, keyFinding } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import { refOf, type KeyRecord } from '../core/key.ts'
import type { KeyView } from '../core/keyring.ts'
import type { Page } from '../core/page.ts'
import { backendOf, findKey } from './find.ts'
import type { KeyringRooms } from './rooms.ts'

export async function get(rooms: KeyringRooms, name: string, call: Call): Promise<KeyView> {
  const { value } = findKey(rooms, name, 'keys:read', call)
  return { key: value, rulesVersion: rooms.state.current().rules.get(value.id)?.version ?? 0 }
}

/** In order of id, which is order of creation. */
export async function list(
  rooms: KeyringRooms,
  page: Page,
  call: Call,
): Promise<{ keys: readonly KeyRecord[]; next?: string }> {
  const mine = [...rooms.state.current().keys.values()]
    .map(({ value }) => value)
    .filter((key) => rooms.holdsGrantOn(call.principal, key.id) && key.id > (page.after ?? ''))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const keys = mine.slice(0, page.limit)
  const last = keys.at(-1)
  return { keys, ...(last && mine.length > keys.length && { next: last.id }) }
}

type Finding = { readonly key: KeyRecord['id']; readonly ok: boolean; readonly finding?: string }

export async function probe(rooms: KeyringRooms, call: Call): Promise<readonly Finding[]> {
  rooms.requirePermit(call.principal, 'admin', {})
  const enabled = [...rooms.state.current().keys.values()]
    .map(({ value }) => value)
    .filter(({ state }) => state === 'enabled')
  return Promise.all(enabled.map((key) => probeKey(rooms, key, call)))
}

async function probeKey(rooms: KeyringRooms, key: KeyRecord, call: Call): Promise<Finding> {
  try {
    const backend = backendOf(rooms, key.backend)
    if (!canProbe(backend)) return { key: key.id, ok: true }
    const answer = await backend.probe(refOf(key), call.deadline)
    const finding = answer.ok ? backend.unproven : answer.finding
    return { key: key.id, ok: answer.ok, ...(finding !== undefined && { finding }) }
  } catch (error) {
    return { key: key.id, ok: false, finding: keyFinding(error).finding }
  }
}
