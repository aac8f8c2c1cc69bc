import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { AwsError, invalidState, validation } from '../errors.ts'
import { type Call, writing } from '../operation.ts'
import type { ImportToken, KeyRecord, Material } from '../state.ts'
import { blob, oneOf, required, text, timestamp } from '../validation.ts'
import { dropMaterial } from './lifetime.ts'
import { makeMaterial } from './material.ts'
import { seconds } from './metadata.ts'
import { requireAlive, useKey } from './resolve.ts'
import { keyId } from './shapes.ts'
import { checkMaterial, unwrap, WRAPPING_ALGORITHMS } from './unwrap.ts'

const generateRsa = promisify(generateKeyPair)
const DAY = 86_400_000
const WRAPPING_BITS = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 } as const

function requireExternal(key: KeyRecord): void {
  if (key.origin === 'EXTERNAL') return
  throw new AwsError(
    'UnsupportedOperationException',
    `${key.arn} origin is ${key.origin} which is not valid for this operation.`,
  )
}

const parametersShape = {
  KeyId: keyId,
  WrappingAlgorithm: required(oneOf(WRAPPING_ALGORITHMS)),
  WrappingKeySpec: required(oneOf(['RSA_2048', 'RSA_3072', 'RSA_4096'])),
}

const getParametersForImport = writing(parametersShape, async (call, input) => {
  const key = useKey(call, input.KeyId)
  requireExternal(key)
  requireAlive(key)
  const { privateKey } = await generateRsa('rsa', { modulusLength: WRAPPING_BITS[input.WrappingKeySpec] })
  const validTo = call.emulator.now() + DAY
  const token = call.emulator.random.bytes(64)
  call.emulator.state.importTokens.set(
    token.toString('base64'),
    importToken(key, input.WrappingAlgorithm, privateKey, validTo),
  )
  return {
    KeyId: key.arn,
    ImportToken: token,
    PublicKey: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    ParametersValidTo: seconds(validTo),
  }
})

function importToken(key: KeyRecord, wrappingAlgorithm: string, privateKey: KeyObject, validTo: number): ImportToken {
  const wrappingKey = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
  return { keyArn: key.arn, wrappingKey, wrappingAlgorithm, validTo }
}

function findToken(call: Call, key: KeyRecord, token: Buffer): ImportToken {
  const found = call.emulator.state.importTokens.get(token.toString('base64'))
  if (found === undefined || found.keyArn !== key.arn) throw new AwsError('InvalidImportTokenException')
  if (found.validTo <= call.emulator.now()) throw new AwsError('ExpiredImportTokenException')
  return found
}

type Expiration = NonNullable<KeyRecord['expirationModel']>

function requireValidTo(model: Expiration, validTo: number | undefined, now: number): void {
  if (model === 'KEY_MATERIAL_EXPIRES' && validTo === undefined) {
    throw validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES')
  }
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE' && validTo !== undefined) {
    throw validation('A validTo date may not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE')
  }
  if (validTo !== undefined && validTo <= now) throw validation('The validTo date must be in the future')
}

/** Puts the material where it belongs: first or repeated as current, new symmetric material as pending rotation. */
function place(key: KeyRecord, material: Material, importType: string | undefined): void {
  if (importType === 'NEW_KEY_MATERIAL' && key.materials.length > 0) return placePending(key, material)
  if (key.materialId !== undefined && key.materialId !== material.id) {
    throw new AwsError(
      'IncorrectKeyMaterialException',
      'The key material in the request is not the material of this key.',
    )
  }
  if (key.materials.length === 0) key.materials = [material]
  key.materialId = material.id
  if (key.state === 'PendingImport') key.state = 'Enabled'
}

function placePending(key: KeyRecord, material: Material): void {
  const pending = key.pendingMaterial
  if (key.spec !== 'SYMMETRIC_DEFAULT') {
    throw new AwsError(
      'UnsupportedOperationException',
      `${key.arn} key spec is ${key.spec} which is not valid for this operation.`,
    )
  }
  if (pending !== undefined && pending.id !== material.id) {
    throw invalidState(
      `New key material (id: ${material.id}) cannot be imported into KMS key ${key.arn}, ` +
        `because another key material (id: ${pending.id}) is pending rotation.`,
    )
  }
  key.pendingMaterial = material
}

const importShape = {
  KeyId: keyId,
  ImportToken: required(blob({ min: 1, max: 6144 })),
  EncryptedKeyMaterial: required(blob({ min: 1, max: 6144 })),
  ValidTo: timestamp(),
  ExpirationModel: oneOf(['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE']),
  ImportType: oneOf(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL']),
  KeyMaterialDescription: text({ max: 256 }),
}

const importKeyMaterial = writing(importShape, (call, input) => {
  const key = useKey(call, input.KeyId)
  requireExternal(key)
  requireAlive(key)
  const model = input.ExpirationModel ?? 'KEY_MATERIAL_EXPIRES'
  requireValidTo(model, input.ValidTo, call.emulator.now())
  const token = findToken(call, key, input.ImportToken)
  const secret = checkMaterial(key.spec, unwrap(token, input.EncryptedKeyMaterial))
  const material = makeMaterial(key.id, secret)
  place(key, material, input.ImportType)
  key.expirationModel = model
  key.validTo = input.ValidTo
  return { KeyId: key.arn, KeyMaterialId: key.spec === 'SYMMETRIC_DEFAULT' ? material.id : undefined }
})

export const importOperations = {
  GetParametersForImport: getParametersForImport,
  ImportKeyMaterial: importKeyMaterial,

  DeleteImportedKeyMaterial: writing({ KeyId: keyId, KeyMaterialId: text() }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireExternal(key)
    requireAlive(key)
    dropMaterial(key)
    return { KeyId: key.arn, KeyMaterialId: key.spec === 'SYMMETRIC_DEFAULT' ? key.materialId : undefined }
  }),
}
