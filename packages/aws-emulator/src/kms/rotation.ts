import { AwsError, invalidState, unsupported } from '../errors.ts'
import { reading, writing } from '../operation.ts'
import type { Emulator } from '../emulator.ts'
import type { KeyRecord, Material } from '../state.ts'
import { integer } from '../validation.ts'
import { relatedKeys } from './lifetime.ts'
import { generateSecret, makeMaterial } from './material.ts'
import { seconds } from './metadata.ts'
import { requireAlive, requireEnabled, useKey } from './resolve.ts'
import { keyId } from './shapes.ts'

const DAY = 86_400_000
const ON_DEMAND_LIMIT = 25

function requireRotatable(key: KeyRecord): void {
  if (key.spec !== 'SYMMETRIC_DEFAULT') throw unsupported('')
  if (key.origin === 'EXTERNAL')
    throw unsupported(`${key.arn} origin is EXTERNAL which is not valid for this operation.`)
}

function setCurrent(emulator: Emulator, key: KeyRecord, material: Material): void {
  const keys = key.multiRegion === undefined ? [key] : relatedKeys(emulator, key.id)
  for (const one of keys) {
    one.materials = [...one.materials, material]
    one.materialId = material.id
  }
  key.pendingMaterial = undefined
  key.onDemandRotations += 1
}

async function nextMaterial(emulator: Emulator, key: KeyRecord): Promise<Material> {
  if (key.origin === 'AWS_KMS') return makeMaterial(key.id, await generateSecret(key.spec, emulator.random))
  if (key.pendingMaterial === undefined) {
    throw invalidState(`No available key material pending rotation for the key: ${key.arn}.`)
  }
  return key.pendingMaterial
}

export const rotationOperations = {
  EnableKeyRotation: writing({ KeyId: keyId, RotationPeriodInDays: integer({ min: 90, max: 2560 }) }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireEnabled(key)
    requireRotatable(key)
    key.rotation = { periodInDays: input.RotationPeriodInDays ?? 365, enabledAt: call.emulator.now() }
    return undefined
  }),

  DisableKeyRotation: writing({ KeyId: keyId }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireEnabled(key)
    requireRotatable(key)
    key.rotation = undefined
    return undefined
  }),

  GetKeyRotationStatus: reading({ KeyId: keyId }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireAlive(key)
    if (key.spec !== 'SYMMETRIC_DEFAULT') throw unsupported('')
    const { rotation } = key
    if (rotation === undefined) return { KeyId: key.arn, KeyRotationEnabled: false }
    return {
      KeyId: key.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: rotation.periodInDays,
      NextRotationDate: seconds(rotation.enabledAt + rotation.periodInDays * DAY),
    }
  }),

  RotateKeyOnDemand: writing({ KeyId: keyId }, async (call, input) => {
    const key = useKey(call, input.KeyId)
    requireEnabled(key)
    if (key.spec !== 'SYMMETRIC_DEFAULT') throw unsupported('')
    if (key.onDemandRotations >= ON_DEMAND_LIMIT) {
      throw new AwsError(
        'LimitExceededException',
        'The on-demand rotations limit has been reached for the given keyId. ' +
          `No more on-demand rotations can be performed for this key: ${key.arn}`,
      )
    }
    setCurrent(call.emulator, key, await nextMaterial(call.emulator, key))
    return { KeyId: key.arn }
  }),
}
