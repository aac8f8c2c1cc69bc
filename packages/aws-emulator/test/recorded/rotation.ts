import { randomBytes } from 'node:crypto'
import * as kms from '@aws-sdk/client-kms'
import { expect } from 'vitest'
import type { Recorded } from './compare.ts'
import {
  bytesOf,
  create,
  describeKey,
  external,
  field,
  importMaterial,
  keyIdOf,
  UNKNOWN_ID,
  type Do,
  type Scenario,
} from './run.ts'

async function rotationStatus(run: Do, days: number): Promise<Recorded> {
  const KeyId = keyIdOf(await create(run))
  await run(new kms.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: days }))
  return { match_response: await run(new kms.GetKeyRotationStatusCommand({ KeyId })) }
}

const rotate = (run: Do, KeyId: string) => run(new kms.RotateKeyOnDemandCommand({ KeyId }))

export const rotationScenarios: Record<string, Scenario> = {
  test_key_enable_rotation_status: (run, days) => rotationStatus(run, Number(days)),
  test_rotate_key_on_demand_modifies_key_material: async (run) => ({
    'rotate-on-demand-response': await rotate(run, keyIdOf(await create(run))),
  }),
  test_rotate_on_demand_returns_arn_for_key_id: async (run) => ({
    'rotate-on-demand-aws-key': await rotate(run, keyIdOf(await create(run))),
  }),
  test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_disabled: async (run) => {
    const KeyId = keyIdOf(await create(run))
    const rotated = await rotate(run, KeyId)
    const status = await run(new kms.GetKeyRotationStatusCommand({ KeyId }))
    return { 'rotate-on-demand-response': rotated, 'rotation-status-response-after-rotation': status }
  },
  test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_enabled: async (run) => {
    const KeyId = keyIdOf(await create(run))
    await run(new kms.EnableKeyRotationCommand({ KeyId }))
    const rotated = await rotate(run, KeyId)
    const status = await run(new kms.GetKeyRotationStatusCommand({ KeyId }))
    return { 'rotate-on-demand-response': rotated, 'rotation-status-response-after-rotation': status }
  },
  test_rotate_key_on_demand_raises_error_given_key_is_disabled: async (run) => {
    const KeyId = keyIdOf(await create(run))
    await run(new kms.DisableKeyCommand({ KeyId }))
    return { 'error-response': await rotate(run, KeyId) }
  },
  test_rotate_key_on_demand_raises_error_given_key_that_does_not_exist: async (run) => ({
    'error-response': await rotate(run, UNKNOWN_ID),
  }),
  test_rotate_key_on_demand_raises_error_given_non_symmetric_key: async (run) => {
    const key = await create(run, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' })
    return { 'error-response': await rotate(run, keyIdOf(key)) }
  },
  test_rotate_key_on_demand_on_external_key_with_no_key_material: async (run, spec) => {
    const key = await create(run, external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'test-key'))
    const step = `rotate-key-on-demand-error-response-${spec}`
    return { 'create-kms-external-key': key, [step]: await rotate(run, keyIdOf(key)) }
  },
  test_key_rotations_limits: async (run) => {
    const KeyId = keyIdOf(await create(run))
    for (let n = 0; n < 25; n++) await rotate(run, KeyId)
    return { 'error-response': await rotate(run, KeyId) }
  },
  test_key_rotations_encryption_decryption: async (run) => {
    const KeyId = keyIdOf(await create(run))
    const sealed = await run(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
    await rotate(run, KeyId)
    const blob = bytesOf(sealed, 'CiphertextBlob')
    const opened = await run(new kms.DecryptCommand({ KeyId, CiphertextBlob: blob }))
    expect(bytesOf(opened, 'Plaintext').toString()).toBe('x')
    blob.fill(0, 30)
    return { 'bad-ciphertext': await run(new kms.DecryptCommand({ KeyId, CiphertextBlob: blob })) }
  },
  test_key_rotation_updates_current_key_material_id_for_aws_symmetric_keys: async (run) => {
    const KeyId = keyIdOf(await create(run, { Description: 'test-key' }))
    const before = await describeKey(run, KeyId)
    await rotate(run, KeyId)
    const after = await describeKey(run, KeyId)
    expect(field(after, 'KeyMetadata.CurrentKeyMaterialId')).not.toBe(field(before, 'KeyMetadata.CurrentKeyMaterialId'))
    return { 'describe-key-before-rotation': before, 'describe-key-after-rotation': after }
  },
  test_import_key_material_raises_if_there_is_already_key_material_pending: async (run) => {
    const KeyId = keyIdOf(await create(run, external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'test-key')))
    const more = { ImportType: 'NEW_KEY_MATERIAL' } as const
    return {
      'import-initial-material-response': await importMaterial(run, KeyId, randomBytes(32)),
      'import-pending-material-response': await importMaterial(run, KeyId, randomBytes(32), more),
      'existing-pending-material-error': await importMaterial(run, KeyId, randomBytes(32), more),
    }
  },
  test_rotate_key_on_demand_for_external_keys_decrypts_with_previous_material: async (run) => {
    const created = await create(run, external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'test-key'))
    const KeyId = keyIdOf(created)
    const imported = await importMaterial(run, KeyId, randomBytes(32))
    const sealed = await run(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
    await importMaterial(run, KeyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' })
    const rotated = await rotate(run, KeyId)
    const opened = await run(new kms.DecryptCommand({ KeyId, CiphertextBlob: bytesOf(sealed, 'CiphertextBlob') }))
    expect(bytesOf(opened, 'Plaintext').toString()).toBe('x')
    return {
      'create-kms-external-key': created,
      'import-key-material-response': imported,
      'kms-encrypt-initial-response': sealed,
      'rotate-key-on-demand-response': rotated,
    }
  },
  test_rotate_key_on_demand_raises_for_no_pending_key_material: async (run) => {
    const KeyId = keyIdOf(await create(run, external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'test-key')))
    await importMaterial(run, KeyId, randomBytes(32))
    return { 'rotate-key-on-demand-invalid-state-error': await rotate(run, KeyId) }
  },
}
