import { createCipheriv, createDecipheriv } from 'node:crypto'
import { aliasArn, parameterArn } from '../arn.ts'
import { AwsError } from '../errors.ts'
import { authorize } from '../iam/authorize.ts'
import { addManagedKey } from '../kms/keys.ts'
import { decryptSymmetric, encryptSymmetric, keyOfCiphertext } from '../kms/ciphertext.ts'
import { findKeyOrAlias, requireEnabled, requireUsage, touch } from '../kms/resolve.ts'
import type { Call } from '../operation.ts'
import type { KeyRecord, ParameterVersion } from '../state.ts'

export const DEFAULT_KEY = 'alias/aws/ssm'

// SSM user guide, "How AWS Systems Manager Parameter Store uses AWS KMS": the context of every SecureString.
const contextOf = (call: Call, name: string) => ({ PARAMETER_ARN: parameterArn(call.region, name) })

/** The key of a SecureString, made when it is the default one and nobody needed it before. */
async function keyFor(call: Call, name: string): Promise<KeyRecord> {
  const { emulator, region } = call
  const arn = aliasArn(region, DEFAULT_KEY)
  if (name === DEFAULT_KEY && !emulator.state.aliases.has(arn)) {
    const key = await addManagedKey(
      emulator,
      region,
      'Default key that protects my SSM parameters when no other key is defined',
    )
    const now = emulator.now()
    emulator.state.aliases.set(arn, { name: DEFAULT_KEY, arn, region, createdAt: now, updatedAt: now, keyId: key.id })
    emulator.save()
  }
  return findKeyOrAlias(emulator, region, name)
}

/** Uses the key as the caller would, through SSM; what KMS refuses comes out as InvalidKeyId with KMS's text. */
function admit(call: Call, name: string, key: KeyRecord, action: string): void {
  const encryption = Object.entries(contextOf(call, name))
  const context = {
    'kms:ViaService': [`ssm.${call.region}.amazonaws.com`],
    'kms:EncryptionContextKeys': encryption.map(([member]) => member),
    ...Object.fromEntries(encryption.map(([member, value]) => [`kms:EncryptionContext:${member}`, [value]])),
  }
  authorize(call, { action, resource: key.arn, key, context })
  requireEnabled(key)
  requireUsage(call, key, 'ENCRYPT_DECRYPT')
}

const UNUSABLE = [
  'DisabledException',
  'KMSInvalidStateException',
  'NotFoundException',
  'InvalidKeyUsageException',
  'InvalidCiphertextException',
]

function asInvalidKeyId(error: unknown): unknown {
  if (!(error instanceof AwsError) || !UNUSABLE.includes(error.code)) return error
  return new AwsError('InvalidKeyId', `${error.message} (Service: AWSKMS; Status Code: 400; Error Code: ${error.code})`)
}

/** Encrypts a value under the named key; base64. Throws InvalidKeyId when that key cannot be used. */
export async function protect(
  call: Call,
  name: string,
  keyName: string,
  value: string,
  tier: ParameterVersion['tier'],
): Promise<string> {
  try {
    const key = await keyFor(call, keyName)
    admit(call, name, key, tier === 'Standard' ? 'kms:Encrypt' : 'kms:GenerateDataKey')
    touch(call, key)
    const plaintext = Buffer.from(value)
    const sealed =
      tier === 'Standard' ? sealStandard(call, key, name, plaintext) : sealAdvanced(call, key, name, plaintext)
    return sealed.toString('base64')
  } catch (error) {
    throw asInvalidKeyId(error)
  }
}

function sealStandard(call: Call, key: KeyRecord, name: string, plaintext: Buffer): Buffer {
  return encryptSymmetric(key, plaintext, contextOf(call, name), call.emulator.random)
}

/** Advanced parameters outgrow Encrypt's 4,096 bytes: a data key encrypts the value, KMS the data key. */
function sealAdvanced(call: Call, key: KeyRecord, name: string, plaintext: Buffer): Buffer {
  const dataKey = call.emulator.random.bytes(32)
  const wrapped = encryptSymmetric(key, dataKey, contextOf(call, name), call.emulator.random)
  const nonce = call.emulator.random.bytes(12)
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce)
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const size = Buffer.alloc(2)
  size.writeUInt16BE(wrapped.length)
  return Buffer.concat([size, wrapped, nonce, cipher.getAuthTag(), body])
}

/** Decrypts a stored value. Throws InvalidKeyId when its key cannot be used any more. */
export function reveal(call: Call, name: string, version: ParameterVersion): string {
  const stored = Buffer.from(version.value, 'base64')
  const wrapped = version.tier === 'Standard' ? stored : stored.subarray(2, 2 + stored.readUInt16BE(0))
  try {
    const key = keyOfCiphertext(call.emulator, call.region, wrapped)
    admit(call, name, key, 'kms:Decrypt')
    touch(call, key)
    const { plaintext } = decryptSymmetric(key, wrapped, contextOf(call, name))
    return (version.tier === 'Standard' ? plaintext : openAdvanced(plaintext, stored, wrapped.length)).toString()
  } catch (error) {
    throw asInvalidKeyId(error)
  }
}

function openAdvanced(dataKey: Buffer, stored: Buffer, wrappedLength: number): Buffer {
  const at = 2 + wrappedLength
  const decipher = createDecipheriv('aes-256-gcm', dataKey, stored.subarray(at, at + 12))
  decipher.setAuthTag(stored.subarray(at + 12, at + 28))
  return Buffer.concat([decipher.update(stored.subarray(at + 28)), decipher.final()])
}
