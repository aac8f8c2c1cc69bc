import { keyArn } from '../arn.ts'
import type { Emulator } from '../emulator.ts'
import type { KeyRecord } from '../state.ts'

const DAY = 86_400_000

/** Brings a key up to the emulator's clock: expired material is dropped, a key past its deletion date is gone. */
export function settle(emulator: Emulator, key: KeyRecord): KeyRecord | undefined {
  const now = emulator.now()
  if (key.deletionDate !== undefined && key.deletionDate <= now) {
    removeKey(emulator, key)
    return undefined
  }
  if (key.validTo !== undefined && key.validTo <= now) dropMaterial(key)
  return key
}

/** Without its material a key is pending import again; a pending deletion goes on. */
export function dropMaterial(key: KeyRecord): void {
  key.materials = []
  key.pendingMaterial = undefined
  key.validTo = undefined
  key.expirationModel = undefined
  if (key.state === 'Enabled' || key.state === 'Disabled') key.state = 'PendingImport'
}

function removeKey(emulator: Emulator, key: KeyRecord): void {
  emulator.state.keys.delete(key.arn)
  for (const alias of emulator.state.aliases.values()) {
    if (alias.region === key.region && alias.keyId === key.id) emulator.state.aliases.delete(alias.arn)
  }
  if (key.multiRegion === 'replica') startPrimaryWindow(emulator, key)
}

/** A primary key's own window begins when its last replica is really gone (KMS developer guide). */
function startPrimaryWindow(emulator: Emulator, replica: KeyRecord): void {
  const related = relatedKeys(emulator, replica.id)
  const primary = related.find((key) => key.state === 'PendingReplicaDeletion')
  if (primary === undefined || related.length > 1) return
  primary.state = 'PendingDeletion'
  primary.deletionDate = (replica.deletionDate ?? emulator.now()) + (primary.pendingWindowInDays ?? 30) * DAY
}

/** A multi-Region key's primary and replicas; they share their id. */
export function relatedKeys(emulator: Emulator, id: string): readonly KeyRecord[] {
  const found = emulator.regions.map((region) => emulator.state.keys.get(keyArn(region, id)))
  return found.filter((key) => key !== undefined)
}

/** A region's living keys, oldest first. */
export function livingKeys(emulator: Emulator, region: string): readonly KeyRecord[] {
  const keys = [...emulator.state.keys.values()].filter((key) => key.region === region)
  return keys.filter((key) => settle(emulator, key) !== undefined)
}
