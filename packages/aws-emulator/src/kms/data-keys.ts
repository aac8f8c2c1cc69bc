import { dryRun, validation } from '../errors.ts'
import { type Call, reading } from '../operation.ts'
import type { KeyRecord } from '../state.ts'
import { integer, oneOf, required, stringMap } from '../validation.ts'
import { encryptSymmetric, type EncryptionContext } from './ciphertext.ts'
import { generateSecret, makeMaterial, publicKeyDer } from './material.ts'
import { requireEnabled, requireUsage, touch, useKeyOrAlias, useNoKey } from './resolve.ts'
import { AwsError } from '../errors.ts'
import { dryRunFlag, grantTokens, keyId } from './shapes.ts'
import type { KeySpecName } from './specs.ts'

const KEY_PAIR_SPECS = [
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'ECC_NIST_EDWARDS25519',
] as const satisfies readonly KeySpecName[]

const common = { KeyId: keyId, EncryptionContext: stringMap(), GrantTokens: grantTokens, DryRun: dryRunFlag }

const dataKeyShape = {
  ...common,
  KeySpec: oneOf(['AES_256', 'AES_128']),
  NumberOfBytes: integer({ min: 1, max: 1024 }),
}

const keyPairShape = { ...common, KeyPairSpec: required(oneOf(KEY_PAIR_SPECS)) }

function dataKeyLength(spec: 'AES_256' | 'AES_128' | undefined, bytes: number | undefined): number {
  if (spec !== undefined && bytes !== undefined) {
    throw validation('Please specify either number of bytes or key spec, but not both.')
  }
  if (spec !== undefined) return spec === 'AES_256' ? 32 : 16
  if (bytes === undefined) throw validation('Please specify either number of bytes or key spec.')
  return bytes
}

/** The symmetric key that wraps data keys. */
function wrappingKey(call: Call, name: string): KeyRecord {
  const key = useKeyOrAlias(call, name)
  requireEnabled(key)
  requireUsage(call, key, 'ENCRYPT_DECRYPT')
  if (key.spec === 'SYMMETRIC_DEFAULT') return key
  throw new AwsError(
    'InvalidKeyUsageException',
    `${key.arn} key spec is ${key.spec} which is not valid for ${call.operation}.`,
  )
}

interface DataKeyInput {
  readonly KeyId: string
  readonly KeySpec: 'AES_256' | 'AES_128' | undefined
  readonly NumberOfBytes: number | undefined
  readonly EncryptionContext: EncryptionContext | undefined
  readonly DryRun: boolean | undefined
}

function dataKey(call: Call, input: DataKeyInput) {
  const length = dataKeyLength(input.KeySpec, input.NumberOfBytes)
  const key = wrappingKey(call, input.KeyId)
  if (input.DryRun === true) throw dryRun()
  const plaintext = call.emulator.random.bytes(length)
  touch(call, key)
  return {
    Plaintext: plaintext,
    CiphertextBlob: encryptSymmetric(key, plaintext, input.EncryptionContext ?? {}, call.emulator.random),
    KeyId: key.arn,
    KeyMaterialId: key.materialId,
  }
}

interface KeyPairInput {
  readonly KeyId: string
  readonly KeyPairSpec: KeySpecName
  readonly EncryptionContext: EncryptionContext | undefined
  readonly DryRun: boolean | undefined
}

async function dataKeyPair(call: Call, input: KeyPairInput) {
  const key = wrappingKey(call, input.KeyId)
  if (input.DryRun === true) throw dryRun()
  const secret = await generateSecret(input.KeyPairSpec, call.emulator.random)
  touch(call, key)
  return {
    PrivateKeyPlaintext: secret,
    PrivateKeyCiphertextBlob: encryptSymmetric(key, secret, input.EncryptionContext ?? {}, call.emulator.random),
    PublicKey: publicKeyDer(makeMaterial(key.id, secret)),
    KeyId: key.arn,
    KeyPairSpec: input.KeyPairSpec,
    KeyMaterialId: key.materialId,
  }
}

export const dataKeyOperations = {
  GenerateDataKey: reading(dataKeyShape, dataKey),

  GenerateDataKeyWithoutPlaintext: reading(dataKeyShape, (call, input) => {
    const { Plaintext: _, ...answer } = dataKey(call, input)
    return answer
  }),

  GenerateDataKeyPair: reading(keyPairShape, dataKeyPair),

  GenerateDataKeyPairWithoutPlaintext: reading(keyPairShape, async (call, input) => {
    const { PrivateKeyPlaintext: _, ...answer } = await dataKeyPair(call, input)
    return answer
  }),

  GenerateRandom: reading({ NumberOfBytes: integer({ min: 1, max: 1024 }) }, (call, input) => {
    useNoKey(call)
    if (input.NumberOfBytes === undefined) throw validation('NumberOfBytes is required.')
    return { Plaintext: call.emulator.random.bytes(input.NumberOfBytes) }
  }),
}
