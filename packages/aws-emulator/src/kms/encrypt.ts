import { AwsError, dryRun, validation } from '../errors.ts'
import { type Call, reading } from '../operation.ts'
import type { KeyRecord } from '../state.ts'
import { blob, oneOf, required, stringMap } from '../validation.ts'
import {
  decryptRsa,
  decryptSymmetric,
  encryptRsa,
  encryptSymmetric,
  type EncryptionContext,
  keyOfCiphertext,
} from './ciphertext.ts'
import {
  findKeyOrAlias,
  requireAlgorithm,
  requireEnabled,
  requireUsage,
  touch,
  useKey,
  useKeyOrAlias,
} from './resolve.ts'
import { dryRunFlag, grantTokens, keyId, optionalKeyId } from './shapes.ts'
import { type EncryptionAlgorithm, ENCRYPTION_ALGORITHMS, keySpec } from './specs.ts'

const algorithm = oneOf(ENCRYPTION_ALGORITHMS)
const ciphertext = required(blob({ min: 1, max: 6144 }))

function requireCipher(call: Call, key: KeyRecord, chosen: EncryptionAlgorithm): void {
  requireEnabled(key)
  requireUsage(call, key, 'ENCRYPT_DECRYPT')
  requireAlgorithm(key, chosen, keySpec(key.spec).encryption)
}

function seal(
  call: Call,
  key: KeyRecord,
  chosen: EncryptionAlgorithm,
  plaintext: Buffer,
  context: EncryptionContext,
): Buffer {
  if (chosen === 'SYMMETRIC_DEFAULT') return encryptSymmetric(key, plaintext, context, call.emulator.random)
  requireNoContext(context)
  return encryptRsa(key, chosen, plaintext)
}

function requireNoContext(context: EncryptionContext): void {
  if (Object.keys(context).length === 0) return
  throw validation('EncryptionContext is only supported with algorithm SYMMETRIC_DEFAULT.')
}

const incorrectKey = () =>
  new AwsError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )

interface Opened {
  readonly key: KeyRecord
  readonly plaintext: Buffer
  readonly materialId: string | undefined
}

interface Sealed {
  readonly blob: Buffer
  readonly named: string | undefined
  readonly algorithm: EncryptionAlgorithm
  readonly context: EncryptionContext
}

/** Decrypts for Decrypt and ReEncrypt; a key that is named must be the one inside a symmetric ciphertext. */
function open(call: Call, sealed: Sealed, action?: string): Opened {
  const access = action === undefined ? {} : { action }
  if (sealed.algorithm !== 'SYMMETRIC_DEFAULT') {
    if (sealed.named === undefined) throw validation('KeyId is required with asymmetric encryption algorithms.')
    const key = useKeyOrAlias(call, sealed.named, access)
    requireCipher(call, key, sealed.algorithm)
    requireNoContext(sealed.context)
    return { key, plaintext: decryptRsa(key, sealed.algorithm, sealed.blob), materialId: undefined }
  }
  const named = sealed.named === undefined ? undefined : findKeyOrAlias(call.emulator, call.region, sealed.named)
  if (named !== undefined && keySpec(named.spec).kind.type !== 'symmetric') throw incorrectKey()
  const inside = keyOfCiphertext(call.emulator, call.region, sealed.blob)
  if (named !== undefined && named.id !== inside.id) throw incorrectKey()
  const key = useKey(call, inside.id, access)
  requireCipher(call, key, sealed.algorithm)
  const { plaintext, material } = decryptSymmetric(key, sealed.blob, sealed.context)
  return { key, plaintext, materialId: material.id }
}

const encryptShape = {
  KeyId: keyId,
  Plaintext: required(blob({ min: 1, max: 4096 })),
  EncryptionContext: stringMap(),
  EncryptionAlgorithm: algorithm,
  GrantTokens: grantTokens,
  DryRun: dryRunFlag,
}

const decryptShape = {
  CiphertextBlob: ciphertext,
  KeyId: optionalKeyId,
  EncryptionContext: stringMap(),
  EncryptionAlgorithm: algorithm,
  GrantTokens: grantTokens,
  DryRun: dryRunFlag,
}

const reEncryptShape = {
  CiphertextBlob: ciphertext,
  SourceKeyId: optionalKeyId,
  SourceEncryptionContext: stringMap(),
  SourceEncryptionAlgorithm: algorithm,
  DestinationKeyId: keyId,
  DestinationEncryptionContext: stringMap(),
  DestinationEncryptionAlgorithm: algorithm,
  GrantTokens: grantTokens,
  DryRun: dryRunFlag,
}

export const encryptOperations = {
  Encrypt: reading(encryptShape, (call, input) => {
    const chosen = input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT'
    const key = useKeyOrAlias(call, input.KeyId)
    requireCipher(call, key, chosen)
    if (input.DryRun === true) throw dryRun()
    const sealed = seal(call, key, chosen, input.Plaintext, input.EncryptionContext ?? {})
    touch(call, key)
    return { KeyId: key.arn, CiphertextBlob: sealed, EncryptionAlgorithm: chosen }
  }),

  Decrypt: reading(decryptShape, (call, input) => {
    const chosen = input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT'
    const context = input.EncryptionContext ?? {}
    const sealed = { blob: input.CiphertextBlob, named: input.KeyId, algorithm: chosen, context }
    const { key, plaintext, materialId } = open(call, sealed)
    if (input.DryRun === true) throw dryRun()
    touch(call, key)
    return { KeyId: key.arn, Plaintext: plaintext, EncryptionAlgorithm: chosen, KeyMaterialId: materialId }
  }),

  ReEncrypt: reading(reEncryptShape, (call, input) => {
    const sourceAlgorithm = input.SourceEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT'
    const destinationAlgorithm = input.DestinationEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT'
    const source = {
      blob: input.CiphertextBlob,
      named: input.SourceKeyId,
      algorithm: sourceAlgorithm,
      context: input.SourceEncryptionContext ?? {},
    }
    const opened = open(call, source, 'kms:ReEncryptFrom')
    const key = useKeyOrAlias(call, input.DestinationKeyId, { action: 'kms:ReEncryptTo' })
    requireCipher(call, key, destinationAlgorithm)
    if (input.DryRun === true) throw dryRun()
    const context = input.DestinationEncryptionContext ?? {}
    touch(call, key)
    return {
      CiphertextBlob: seal(call, key, destinationAlgorithm, opened.plaintext, context),
      SourceKeyId: opened.key.arn,
      KeyId: key.arn,
      SourceEncryptionAlgorithm: sourceAlgorithm,
      DestinationEncryptionAlgorithm: destinationAlgorithm,
      SourceKeyMaterialId: opened.materialId,
      DestinationKeyMaterialId: destinationAlgorithm === 'SYMMETRIC_DEFAULT' ? key.materialId : undefined,
    }
  }),
}
