import { type Answer, type Call, writing } from '../operation.ts'
import type { KeyRecord } from '../state.ts'
import { integer } from '../validation.ts'
import { invalidState } from '../errors.ts'
import { relatedKeys } from './lifetime.ts'
import { seconds } from './metadata.ts'
import { requireAlive, useKey } from './resolve.ts'
import { keyId } from './shapes.ts'

const DAY = 86_400_000
const DEFAULT_WINDOW = 30

const window = integer({ min: 7, max: 30 })

function schedule(call: Call, key: KeyRecord, days: number): Answer {
  requireAlive(key)
  const replicas = relatedKeys(call.emulator, key.id).filter((one) => one.multiRegion === 'replica')
  key.pendingWindowInDays = days
  // A primary key with replicas waits for the last of them; only then does its own window begin.
  if (key.multiRegion === 'primary' && replicas.length > 0) {
    key.state = 'PendingReplicaDeletion'
    return { KeyId: key.arn, KeyState: key.state, PendingWindowInDays: days }
  }
  key.state = 'PendingDeletion'
  key.deletionDate = call.emulator.now() + days * DAY
  const date = seconds(key.deletionDate)
  return { KeyId: key.arn, DeletionDate: date, KeyState: key.state, PendingWindowInDays: days }
}

export const deletionOperations = {
  ScheduleKeyDeletion: writing({ KeyId: keyId, PendingWindowInDays: window }, (call, input) => {
    const days = input.PendingWindowInDays ?? DEFAULT_WINDOW
    const key = useKey(call, input.KeyId, {
      context: { 'kms:ScheduleKeyDeletionPendingWindowInDays': [String(days)] },
    })
    return schedule(call, key, days)
  }),

  CancelKeyDeletion: writing({ KeyId: keyId }, (call, input) => {
    const key = useKey(call, input.KeyId)
    if (key.state !== 'PendingDeletion' && key.state !== 'PendingReplicaDeletion') {
      throw invalidState(`${key.arn} is not pending deletion.`)
    }
    // Disabled, never Enabled: somebody has to say that the key may be used again (API reference, CancelKeyDeletion).
    key.state = key.materials.length === 0 ? 'PendingImport' : 'Disabled'
    key.deletionDate = undefined
    key.pendingWindowInDays = undefined
    return { KeyId: key.arn }
  }),
}
