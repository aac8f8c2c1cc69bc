/** Keys that leave, by the Keymanager API: first nobody signs with them any more, then their history goes along. */
import { setTimeout as wait } from 'node:timers/promises'
import { chunksOf } from '../base/chunks.ts'
import { deadlineIn } from '../base/deadline.ts'
import { createPause } from '../base/pause.ts'
import { actorOf } from '../core/access.ts'
import { canKeep } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import { refOf, type KeyRecord } from '../core/key.ts'
import { commitLimit } from '../core/recorder.ts'
import type { StatePut } from '../core/state.ts'
import type { BeaconTiming, DeletedStatus, Interchange } from '../core/validators.ts'
import { wholeExport } from './export.ts'
import { publicKeyNamed, scopeOf } from './find.ts'
import type { ValidatorRooms } from './rooms.ts'
import { timingOf } from './timing.ts'

/** Days a secret is kept for, where a key was deleted by mistake. */
const keptDays = 7
/** Keys in one change of state, and looked up at once. */
const most = 256
/** Milliseconds: a change is given its own time, and is not left half done when the caller hangs up. */
const changeLimit = 10_000
/**
 * Milliseconds a cleared payload lives (safety rule 8), which begin when its process hears that it is on record, and some for
 * the signature that was begun last.
 */
const clearanceLife = commitLimit + 5_000 + 250
const exportLimit = 60_000

interface Leaving {
  readonly key?: KeyRecord
  /** It left before, perhaps a moment ago: whoever asks again hears no sooner that nothing signs. */
  readonly left?: true
  readonly scope?: string
  readonly status: DeletedStatus
}

export async function deleteKeystores(
  rooms: ValidatorRooms,
  names: readonly string[],
  call: Call,
): Promise<{ readonly statuses: readonly DeletedStatus[]; readonly slashingProtection: Interchange }> {
  rooms.requirePermit(call.principal, 'keys:delete', {})
  const timing = timingForAll(rooms, names, call)
  const found = await findAll(rooms, names, timing, call)
  const leaving = await takeOutOfUse(rooms, found, call)
  try {
    const scopes = leaving.flatMap(({ scope, status }) => (isKnown(status) && scope !== undefined ? [scope] : []))
    const deadline = deadlineIn(exportLimit, rooms.clock)
    const slashingProtection = await wholeExport(rooms.store, timing, [...new Set(scopes)], deadline)
    return { statuses: leaving.map(({ status }) => status), slashingProtection }
  } catch (error) {
    // Said again, it is tried again: nothing signs meanwhile.
    const advice = 'Ask again, or for fewer keys, or read it in parts: chancery slashing export'
    const message = `The keys sign no more, but their history could not be read: ${sentenceOf(error)}. ${advice}`
    return { statuses: leaving.map(() => ({ status: 'error', message })), slashingProtection: nothing(timing) }
  }
}

function nothing({ genesisValidatorsRoot }: BeaconTiming): Interchange {
  return { metadata: { interchange_format_version: '5', genesis_validators_root: genesisValidatorsRoot }, data: [] }
}

function isKnown({ status }: DeletedStatus): boolean {
  return status === 'deleted' || status === 'not_active'
}

/** One file is of one network. @throws Refused `invalid-request` for keys of several, and for one that serves several */
function timingForAll(rooms: ValidatorRooms, names: readonly string[], { principal }: Call): BeaconTiming {
  const keys = names
    .map((name) => rooms.state.current().findKey(publicKeyNamed(rooms, name, 'pubkeys')))
    .filter((key) => key !== undefined && rooms.holdsGrantOn(principal, key.id))
  const networks = new Set(keys.flatMap((key) => key?.network ?? []))
  const [network, another] = networks
  const everywhere = rooms.timings.size > 1 && keys.find((key) => key !== undefined && key.network === undefined)
  if (everywhere) {
    throw new Refused('invalid-request', 'This key serves every network, and a history is handed over for one', {
      where: 'pubkeys',
      got: everywhere.publicKey,
      hint: 'Take it out of use (chancery keys schedule-deletion), then export its history network by network',
    })
  }
  if (another === undefined) return timingOf(rooms, network)
  throw new Refused('invalid-request', 'These keys are of several networks: delete those of each by themselves', {
    where: 'pubkeys',
    got: [...networks].join(', '),
  })
}

/** Some at a time, so that a long list holds nobody up. */
async function findAll(rooms: ValidatorRooms, names: readonly string[], timing: BeaconTiming, call: Call) {
  const pause = createPause(rooms.clock)
  const found: Leaving[] = []
  for (const some of chunksOf(names, most)) {
    found.push(...(await Promise.all(some.map((name) => find(rooms, name, timing, call)))))
    await pause()
  }
  return found
}

/** A key nobody granted the caller anything on is not there (safety rule 21). */
async function find(rooms: ValidatorRooms, name: string, timing: BeaconTiming, call: Call): Promise<Leaving> {
  const { principal } = call
  const publicKey = publicKeyNamed(rooms, name, 'pubkeys')
  const scope = scopeOf(publicKey, timing)
  const key = rooms.state.current().findKey(publicKey)
  const seen = key === undefined ? rooms.permits(principal, 'admin', {}) : rooms.holdsGrantOn(principal, key.id)
  if (!seen) return { status: { status: 'not_found' } }
  if (key === undefined || key.state === 'pending-deletion' || key.state === 'purged') {
    const [row] = await rooms.store.protection([scope], call.deadline)
    const left = key?.state === 'pending-deletion' && { left: true as const }
    return { ...left, ...(row ? { scope, status: { status: 'not_active' } } : { status: { status: 'not_found' } }) }
  }
  if (!rooms.permits(principal, 'keys:delete', { key: key.id })) return refused('No grant allows keys:delete on it')
  if (key.backend !== rooms.backend) {
    return refused(`Its secret is kept by ${key.backend}: disable or delete it by its own commands (chancery keys)`)
  }
  return { key, scope, status: { status: 'deleted' } }
}

function refused(message: string): Leaving {
  return { status: { status: 'error', message } }
}

/** From when this resolves nothing signs with them, in any process. Each change has its own keys: one that fails stops no other. */
async function takeOutOfUse(rooms: ValidatorRooms, found: readonly Leaving[], call: Call): Promise<readonly Leaving[]> {
  const keys = [...new Map(found.flatMap(({ key }) => (key ? [[key.id, key] as const] : []))).values()]
  const failed = new Map<KeyRecord['id'], string>()
  for (const some of chunksOf(keys, most)) {
    const error = await scheduleDeletion(rooms, some, call)
    if (error !== undefined) for (const { id } of some) failed.set(id, error)
  }
  if (keys.length > failed.size || found.some(({ left }) => left)) await untilCleared(rooms)
  return found.map((one) => {
    const message = one.key && failed.get(one.key.id)
    return message === undefined ? one : refused(message)
  })
}

/** @returns why it could not be done */
async function scheduleDeletion(
  rooms: ValidatorRooms,
  keys: readonly KeyRecord[],
  { principal }: Call,
): Promise<string | undefined> {
  const deletionDate = new Date(rooms.clock.now() + keptDays * 86_400_000).toISOString()
  const standing = rooms.state.current().keys
  const puts = keys.flatMap(({ id }): StatePut[] => {
    const found = standing.get(id)
    // Purged meanwhile, its secret is gone for good.
    if (found === undefined || found.value.state === 'purged') return []
    return [{ kind: 'key', value: { ...found.value, state: 'pending-deletion', deletionDate }, expect: found.version }]
  })
  const about = { keys: keys.map(({ id }) => id), to: 'pending-deletion' }
  const change = { actor: actorOf(principal), action: 'key.schedule-deletion', about, puts }
  try {
    await rooms.state.change(change, deadlineIn(changeLimit, rooms.clock))
  } catch (error) {
    return sentenceOf(error)
  }
  await forget(rooms, keys)
  return undefined
}

/** The record decides; that a signer process holds the secret a little longer changes nothing. */
async function forget({ backends, clock }: ValidatorRooms, keys: readonly KeyRecord[]): Promise<void> {
  await Promise.allSettled(
    keys.map(async (key) => {
      const backend = backends.get(key.backend)
      if (backend && canKeep(backend)) await backend.disable(refOf(key), deadlineIn(changeLimit, clock))
    }),
  )
}

/** What was cleared before the change may still be signed until then (safety rule 8). */
async function untilCleared({ clock }: ValidatorRooms): Promise<void> {
  const end = clock.monotonic() + clearanceLife
  for (let left = clearanceLife; left > 0; left = end - clock.monotonic()) await wait(Math.ceil(left))
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : 'for a reason nobody gave'
}
