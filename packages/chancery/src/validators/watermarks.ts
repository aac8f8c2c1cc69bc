/** Low watermarks that people set: they only rise. */
import { chunksOf } from '../base/chunks.ts'
import { isUint64 } from '../base/uint64.ts'
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import type { ProtectionEntry } from '../core/entries.ts'
import { invalidRequest, Refused } from '../core/errors.ts'
import type { ProtectionRow } from '../core/protection.ts'
import type { BeaconTiming, WatermarkRaise } from '../core/validators.ts'
import { protectedKeys, publicKeysNamed, scopeOf } from './find.ts'
import { recordRaises } from './recording.ts'
import type { ValidatorRooms } from './rooms.ts'
import { boundsAt, timingOf } from './timing.ts'

export async function raiseWatermark(
  rooms: ValidatorRooms,
  { network, publicKeys, slot, epoch, forced = false }: WatermarkRaise,
  call: Call,
  reason: ProtectionEntry['reason'] = 'watermark',
): Promise<readonly ProtectionRow[]> {
  rooms.requirePermit(call.principal, 'admin', {})
  const timing = timingOf(rooms, network)
  if (slot === undefined && epoch === undefined) throw invalidRequest('slot', 'neither', 'a slot, an epoch, or both')
  requireInBounds({ slot, epoch }, timing, forced ? undefined : rooms.clock.now())
  const wanted = publicKeys
    ? [...publicKeysNamed(rooms, publicKeys)]
    : protectedKeys(rooms, timing.network).map((key) => key.publicKey)
  const scopes = wanted.map((publicKey) => scopeOf(publicKey, timing))
  const raise = watermark(slot, epoch)
  const raises = scopes.map((scope) => ({ scope, ...raise }))
  await recordRaises(rooms, raises, { actor: actorOf(call.principal), reason }, call.deadline)
  return rowsOf(rooms, scopes, call)
}

/** Of an epoch both source and target, as Web3Signer's `watermark-repair` does. */
function watermark(slot: bigint | undefined, epoch: bigint | undefined): Omit<ProtectionRow, 'scope'> {
  return {
    ...(slot !== undefined && { block: { slot } }),
    ...(epoch !== undefined && { attestation: { source: epoch, target: epoch } }),
  }
}

async function rowsOf({ store }: ValidatorRooms, scopes: readonly string[], { deadline }: Call) {
  const rows: ProtectionRow[] = []
  const most = 500
  for (const some of chunksOf(scopes, most)) rows.push(...(await store.protection(some, deadline)))
  return rows
}

/** Safety rule 9: one slip here, and a validator is silent for years; nothing is ever lowered. */
function requireInBounds(
  { slot = 0n, epoch = 0n }: { readonly slot: bigint | undefined; readonly epoch: bigint | undefined },
  timing: BeaconTiming,
  now: number | undefined,
): void {
  requireUint64('slot', slot)
  requireUint64('epoch', epoch)
  if (now === undefined) return
  const bounds = boundsAt(timing, now)
  requireReached('slot', slot, bounds.slot)
  requireReached('epoch', epoch, bounds.epoch)
}

function requireUint64(where: string, value: bigint): void {
  if (!isUint64(value)) throw invalidRequest(where, String(value).slice(0, 32), 'a uint64')
}

function requireReached(where: string, value: bigint, most: bigint): void {
  if (value <= most) return
  throw new Refused('invalid-request', `The ${where} lies more than an epoch ahead of the clock`, {
    where,
    got: String(value),
    wanted: `at most ${most}`,
    hint: 'A watermark never falls again: nothing would be signed until then. If that is meant, force it (--force)',
  })
}
