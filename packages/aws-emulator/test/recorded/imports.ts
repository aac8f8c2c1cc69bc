import { randomBytes } from 'node:crypto'
import * as kms from '@aws-sdk/client-kms'
import type { Recorded } from './compare.ts'
import {
  bytesOf,
  create,
  describeKey,
  external,
  importMaterial,
  keyIdOf,
  mac,
  privateKeyOf,
  type Do,
  type Scenario,
  type Spec,
  type Signing,
} from './run.ts'

export const importsScenarios: Record<string, Scenario> = {
  test_import_key_symmetric: async (run) => {
    const created = await create(run, external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'any'))
    const KeyId = keyIdOf(created)
    const refused = await run(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
    const before = await describeKey(run, KeyId)
    const material = randomBytes(32)
    const expiring = await importMaterial(run, KeyId, material, { ExpirationModel: 'KEY_MATERIAL_EXPIRES' })
    await importMaterial(run, KeyId, material)
    const after = await describeKey(run, KeyId)
    await run(new kms.DeleteImportedKeyMaterialCommand({ KeyId }))
    return {
      'encrypt-after-delete-error': await run(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })),
      'created-key': created,
      'encrypt-before-import-error': refused,
      'describe-key-before-import': before,
      'import-expiring-key-without-valid-to': expiring,
      'describe-key-after-import': after,
      'describe-key-after-deleted-import': await describeKey(run, KeyId),
    }
  },
  test_import_key_asymmetric: async (run) => {
    const created = await create(run, external('ECC_NIST_P256', 'SIGN_VERIFY', 'any'))
    const steps = await importSteps(run, keyIdOf(created), privateKeyOf('ECC_NIST_P256'), async () => ({}))
    return { 'created-key': created, ...steps }
  },
  test_import_key_ecc_keys: async (run, spec = '') => {
    const created = await create(run, external(spec as Spec, 'SIGN_VERIFY', 'test ecc key import'))
    const KeyId = keyIdOf(created)
    const SigningAlgorithm = (created['SigningAlgorithms'] as Signing[])[0]
    const sent = { KeyId, Message: Buffer.from('x'), SigningAlgorithm }
    return importSteps(run, KeyId, privateKeyOf(spec), async () => {
      const signed = await run(new kms.SignCommand(sent))
      const Signature = bytesOf(signed, 'Signature')
      return { 'sign-result': signed, 'verify-result': await run(new kms.VerifyCommand({ ...sent, Signature })) }
    })
  },
  test_import_key_hmac_keys: async (run, spec = '') => {
    const created = await create(run, external(spec as Spec, 'GENERATE_VERIFY_MAC', 'test import hmac key'))
    const KeyId = keyIdOf(created)
    const sent = mac(KeyId, spec.replace('HMAC_', 'HMAC_SHA_'))
    return importSteps(run, KeyId, randomBytes(Number(spec.slice(5)) / 8), async () => {
      const made = await run(new kms.GenerateMacCommand(sent))
      const verified = await run(new kms.VerifyMacCommand({ ...sent, Mac: bytesOf(made, 'Mac') }))
      return { 'generate-mac-response': made, 'verify-mac-response': verified }
    })
  },
  test_import_key_rsa_aes_wrap_sha256: async (run) => {
    const KeyId = keyIdOf(await create(run, external('RSA_4096', 'ENCRYPT_DECRYPT', 'test-key')))
    const steps = await importSteps(run, KeyId, privateKeyOf('RSA_4096'), async () => ({}))
    return {
      'describe-before-import': steps['describe-key-before-import'],
      'import-key-material-response': steps['describe-key-after-import'],
      'describe-key-after-deleted-import': steps['describe-key-after-deleted-import'],
    }
  },
  test_rotate_key_on_demand_updates_current_key_material_for_external_keys: async (run) => {
    const created = await create(run, external('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'test-key'))
    const KeyId = keyIdOf(created)
    const encrypt = () => run(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }))
    const wrapping = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
    return {
      'create-kms-external-key': created,
      'get-import-parameters-response': await run(new kms.GetParametersForImportCommand(wrapping)),
      'describe-empty-key-response': await describeKey(run, KeyId),
      'import-key-material-response': await importMaterial(run, KeyId, randomBytes(32)),
      'describe-key-with-material-response': await describeKey(run, KeyId),
      'kms-encrypt-initial-response': await encrypt(),
      'import-new-key-material-response': await importMaterial(run, KeyId, randomBytes(32), {
        ImportType: 'NEW_KEY_MATERIAL',
      }),
      'describe-key-with-new-material-response': await describeKey(run, KeyId),
      'rotate-key-on-demand-response': await run(new kms.RotateKeyOnDemandCommand({ KeyId })),
      'describe-key-after-rotation': await describeKey(run, KeyId),
      'kms-encrypt-rotated-key-response': await encrypt(),
    }
  },
  test_get_parameters_for_import: importRefused('response-error'),
  test_get_parameters_for_import_raises_for_non_external_kms_keys: importRefused('get-import-parameters-error'),
}

async function importSteps(run: Do, KeyId: string, material: Buffer, use: () => Promise<Recorded>): Promise<Recorded> {
  const before = await describeKey(run, KeyId)
  await importMaterial(run, KeyId, material)
  const after = await describeKey(run, KeyId)
  const used = await use()
  await run(new kms.DeleteImportedKeyMaterialCommand({ KeyId }))
  return {
    'describe-key-before-import': before,
    'describe-key-after-import': after,
    ...used,
    'describe-key-after-deleted-import': await describeKey(run, KeyId),
  }
}

function importRefused(step: string): Scenario {
  return async (run) => {
    const KeyId = keyIdOf(await create(run))
    const sent = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
    return { [step]: await run(new kms.GetParametersForImportCommand(sent)) }
  }
}
