import { randomBytes } from 'node:crypto'
import * as kms from '@aws-sdk/client-kms'
import { bytesOf, create, keyIdOf, mac, type Scenario, type Spec, type Signing } from './run.ts'

export const signingScenarios: Record<string, Scenario> = {
  test_sign_verify: async (run, spec = '', algorithm = '') => {
    const KeyId = keyIdOf(await create(run, { KeySpec: spec as Spec, KeyUsage: 'SIGN_VERIFY' }))
    const sent = { KeyId, Message: Buffer.from('message'), SigningAlgorithm: algorithm as Signing }
    const signature = await run(new kms.SignCommand(sent))
    if ('Error' in signature) return {}
    const Signature = bytesOf(signature, 'Signature')
    const badMessage = { ...sent, Message: Buffer.from('another') }
    return {
      signature,
      verification: await run(new kms.VerifyCommand({ ...sent, Signature })),
      'bad-digest': await run(new kms.SignCommand({ ...sent, MessageType: 'DIGEST' })),
      'bad-signature': await run(new kms.VerifyCommand({ ...badMessage, Signature })),
    }
  },
  test_generate_and_verify_mac: async (run, spec, algorithm = '') => {
    const KeyId = keyIdOf(await create(run, { KeySpec: spec as Spec, KeyUsage: 'GENERATE_VERIFY_MAC' }))
    const made = await run(new kms.GenerateMacCommand(mac(KeyId, algorithm)))
    const Mac = bytesOf(made, 'Mac')
    return {
      'generate-mac': made,
      'verify-mac': await run(new kms.VerifyMacCommand({ ...mac(KeyId, algorithm), Mac })),
      'generate-mac-invalid-key-id': await run(new kms.GenerateMacCommand(mac('key_id', algorithm))),
      'verify-mac-invalid-key-id': await run(new kms.VerifyMacCommand({ ...mac('key_id', algorithm), Mac })),
    }
  },
  test_invalid_generate_mac: async (run, spec, algorithm = '') => {
    const KeyId = keyIdOf(await create(run, { KeySpec: spec as Spec, KeyUsage: 'GENERATE_VERIFY_MAC' }))
    return { 'generate-mac': await run(new kms.GenerateMacCommand(mac(KeyId, algorithm))) }
  },
  test_invalid_verify_mac: async (run, spec, algorithm = '', message) => {
    const KeyId = keyIdOf(await create(run, { KeySpec: spec as Spec, KeyUsage: 'GENERATE_VERIFY_MAC' }))
    const made = await run(new kms.GenerateMacCommand(mac(KeyId, 'HMAC_SHA_256')))
    const sent = { ...mac(KeyId, algorithm, message), Mac: bytesOf(made, 'Mac') }
    return { 'generate-mac': made, 'verify-mac': await run(new kms.VerifyMacCommand(sent)) }
  },
  test_error_messaging_for_invalid_keys: async (run) => {
    const hmac = keyIdOf(await create(run, { KeySpec: 'HMAC_224', KeyUsage: 'GENERATE_VERIFY_MAC' }))
    const cipher = keyIdOf(await create(run))
    const signer = keyIdOf(await create(run, { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }))
    const sent = { Message: Buffer.from('x'), SigningAlgorithm: 'RSASSA_PSS_SHA_256' } as const
    const sealed = await run(new kms.EncryptCommand({ KeyId: cipher, Plaintext: Buffer.from('x') }))
    const CiphertextBlob = bytesOf(sealed, 'CiphertextBlob')
    return {
      'generate-mac-invalid-key-id': await run(new kms.GenerateMacCommand(mac(cipher, 'HMAC_SHA_224'))),
      'sign-invalid-key-id': await run(new kms.SignCommand({ ...sent, KeyId: hmac })),
      'verify-invalid-key-id': await run(new kms.VerifyCommand({ ...sent, KeyId: cipher, Signature: randomBytes(70) })),
      'encrypt-invalid-key-id': await run(new kms.EncryptCommand({ KeyId: signer, Plaintext: Buffer.from('x') })),
      'decrypt-invalid-key-id': await run(new kms.DecryptCommand({ KeyId: signer, CiphertextBlob })),
    }
  },
}
