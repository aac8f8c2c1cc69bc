import * as kms from '@aws-sdk/client-kms'
import type { Recorded } from './compare.ts'
import { bytesOf, create, keyIdOf, type Do, type Command, type Scenario, type DataKeyInput } from './run.ts'

async function contextError(run: Do, make: (input: DataKeyInput) => Command, blob: string): Promise<Recorded> {
  const KeyId = keyIdOf(await create(run))
  const made = await run(make({ KeyId, EncryptionContext: { purpose: 'test' } }))
  const sent = { KeyId, CiphertextBlob: bytesOf(made, blob) }
  return { 'decrypt-without-encryption-context': await run(new kms.DecryptCommand(sent)) }
}

export const dataKeysScenarios: Record<string, Scenario> = {
  test_generate_data_key: async (run) => {
    const KeyId = keyIdOf(await create(run))
    return { 'generate-data-key-result': await run(new kms.GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })) }
  },
  test_generate_data_key_without_plaintext: async (run) => {
    const sent = { KeyId: keyIdOf(await create(run)), KeySpec: 'AES_256' } as const
    return { 'generate-data-key-without-plaintext': await run(new kms.GenerateDataKeyWithoutPlaintextCommand(sent)) }
  },
  test_generate_data_key_pair: async (run) => {
    const sent = { KeyId: keyIdOf(await create(run)), KeyPairSpec: 'RSA_2048' } as const
    return { 'generate-data-key-pair': await run(new kms.GenerateDataKeyPairCommand(sent)) }
  },
  test_generate_data_key_pair_without_plaintext: async (run) => {
    const sent = { KeyId: keyIdOf(await create(run)), KeyPairSpec: 'RSA_2048' } as const
    const answer = await run(new kms.GenerateDataKeyPairWithoutPlaintextCommand(sent))
    return { 'generate-data-key-pair-without-plaintext': answer }
  },
  test_generate_data_key_pair_dry_run: async (run) => {
    const sent = { KeyId: keyIdOf(await create(run)), KeyPairSpec: 'RSA_2048', DryRun: true } as const
    return { dryrun_exception: await run(new kms.GenerateDataKeyPairCommand(sent)) }
  },
  test_generate_data_key_pair_without_plaintext_dry_run: async (run) => {
    const sent = { KeyId: keyIdOf(await create(run)), KeyPairSpec: 'RSA_2048', DryRun: true } as const
    return { dryrun_exception: await run(new kms.GenerateDataKeyPairWithoutPlaintextCommand(sent)) }
  },
  test_encryption_context_generate_data_key: (run) =>
    contextError(run, (one) => new kms.GenerateDataKeyCommand({ ...one, KeySpec: 'AES_256' }), 'CiphertextBlob'),
  test_encryption_context_generate_data_key_without_plaintext: (run) =>
    contextError(
      run,
      (one) => new kms.GenerateDataKeyWithoutPlaintextCommand({ ...one, KeySpec: 'AES_256' }),
      'CiphertextBlob',
    ),
  test_encryption_context_generate_data_key_pair: (run) =>
    contextError(
      run,
      (one) => new kms.GenerateDataKeyPairCommand({ ...one, KeyPairSpec: 'ECC_NIST_P256' }),
      'PrivateKeyCiphertextBlob',
    ),
  test_encryption_context_generate_data_key_pair_without_plaintext: (run) =>
    contextError(
      run,
      (one) => new kms.GenerateDataKeyPairWithoutPlaintextCommand({ ...one, KeyPairSpec: 'ECC_NIST_P256' }),
      'PrivateKeyCiphertextBlob',
    ),
}
