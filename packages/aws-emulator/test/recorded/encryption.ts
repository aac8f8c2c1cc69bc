import { randomBytes } from 'node:crypto'
import * as kms from '@aws-sdk/client-kms'
import type { Recorded } from './compare.ts'
import { bytesOf, create, keyIdOf, type Do, type Scenario, type Spec } from './run.ts'

async function encryptError(run: Do, spec: string, algorithm: string): Promise<Recorded> {
  const key = await create(run, { KeySpec: spec as Spec, KeyUsage: 'ENCRYPT_DECRYPT' })
  const sent = {
    KeyId: keyIdOf(key),
    Plaintext: Buffer.alloc(500, 1),
    EncryptionAlgorithm: algorithm as 'RSAES_OAEP_SHA_1',
  }
  return { 'generate-random-exc': await run(new kms.EncryptCommand(sent)) }
}

export const encryptionScenarios: Record<string, Scenario> = {
  test_encrypt_validate_plaintext_size_per_key_type: encryptError,
  test_plaintext_size_for_encrypt: async (run) => {
    const KeyId = keyIdOf(await create(run))
    const answer = await run(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4097) }))
    return { 'invalid-plaintext-size-encrypt': answer }
  },
  test_encrypt_decrypt_encryption_context: async (run) => {
    const KeyId = keyIdOf(await create(run))
    const EncryptionContext = { context: 'yes' }
    const sealed = await run(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), EncryptionContext }))
    const CiphertextBlob = bytesOf(sealed, 'CiphertextBlob')
    return {
      encrypt_response: sealed,
      decrypt_response_with_encryption_context: await run(
        new kms.DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext }),
      ),
      decrypt_response_without_encryption_context: await run(new kms.DecryptCommand({ KeyId, CiphertextBlob })),
      decrypt_response_with_invalid_ciphertext: await run(
        new kms.DecryptCommand({ KeyId, CiphertextBlob: randomBytes(150), EncryptionContext }),
      ),
    }
  },
  test_re_encrypt: async (run, spec, algorithm) => {
    const make = () => create(run, { KeySpec: spec as Spec, KeyUsage: 'ENCRYPT_DECRYPT' })
    const [from, to] = [keyIdOf(await make()), keyIdOf(await make())]
    const EncryptionAlgorithm = (algorithm ?? '') as 'SYMMETRIC_DEFAULT'
    const sealed = await run(new kms.EncryptCommand({ KeyId: from, Plaintext: Buffer.from('x'), EncryptionAlgorithm }))
    const sent = {
      SourceKeyId: from,
      DestinationKeyId: to,
      CiphertextBlob: bytesOf(sealed, 'CiphertextBlob'),
      SourceEncryptionAlgorithm: EncryptionAlgorithm,
      DestinationEncryptionAlgorithm: EncryptionAlgorithm,
    }
    return { test_re_encrypt: await run(new kms.ReEncryptCommand(sent)) }
  },
  test_re_encrypt_incorrect_source_key: async (run) => {
    const [from, to] = [keyIdOf(await create(run)), keyIdOf(await create(run))]
    const sealed = await run(new kms.EncryptCommand({ KeyId: from, Plaintext: Buffer.from('x') }))
    const sent = { SourceKeyId: to, DestinationKeyId: to, CiphertextBlob: bytesOf(sealed, 'CiphertextBlob') }
    return { 'incorrect-source-key': await run(new kms.ReEncryptCommand(sent)) }
  },
  test_generate_random: async (run, length) => {
    const answer = await run(new kms.GenerateRandomCommand({ NumberOfBytes: Number(length) }))
    return { result_length: bytesOf(answer, 'Plaintext').length }
  },
  test_generate_random_invalid_number_of_bytes: async (run, length) => {
    const NumberOfBytes = length === 'None' ? undefined : Number(length)
    return { 'generate-random-exc': await run(new kms.GenerateRandomCommand({ NumberOfBytes })) }
  },
}
