/** The key-encryption key under a symmetric KMS key: what is kept on disk opens only with `kms:Decrypt` on that key. */
import type { Deadline } from '../../base/deadline.ts'
import { Secret, unmoved } from '../../base/secret.ts'
import type { KeyWrapper } from '../../core/backend.ts'
import { Failed } from '../../core/errors.ts'
import { parseKeyName } from './arn.ts'
import { type Connection, connect, type ConnectionOptions } from './connection.ts'

export interface KeyWrapperOptions extends ConnectionOptions {
  /** Id, ARN or alias of a symmetric KMS key. */
  readonly key: string
  readonly installation: string
}

export interface AwsKeyWrapper extends KeyWrapper {
  close(): void
}

/** @throws Refused `invalid-request` when `key` names no KMS key of the region. */
export async function createKeyWrapper(options: KeyWrapperOptions): Promise<AwsKeyWrapper> {
  const { text } = parseKeyName(options.key, options.region)
  const connection = await connect(options)
  // Bound to the ciphertext, visible in CloudTrail, and a condition of the key policy (`kms:EncryptionContext:…`).
  const context = { service: 'chancery', installation: options.installation }
  return {
    name: `aws-kms ${text}`,
    wrap: (key, deadline) => wrap(connection, text, context, key, deadline),
    unwrap: (ciphertext, deadline) => unwrap(connection, text, context, ciphertext, deadline),
    close: () => connection.close(),
  }
}

type Context = Readonly<Record<string, string>>

async function wrap(
  connection: Connection,
  key: string,
  EncryptionContext: Context,
  secret: Secret,
  deadline: Deadline,
): Promise<Uint8Array> {
  const target = { operation: 'Encrypt', key }
  const Plaintext = secret.use((bytes) => Uint8Array.from(bytes))
  try {
    const input = { KeyId: key, Plaintext, EncryptionContext }
    const { CiphertextBlob } = await connection.call(target, (kms, http) => kms.encrypt(input, http), deadline)
    if (CiphertextBlob === undefined) throw new Failed('backend-failed', 'AWS KMS encrypted nothing')
    return Uint8Array.from(CiphertextBlob)
  } finally {
    Plaintext.fill(0)
  }
}

/** `KeyId` is always sent: without it KMS would take any key the ciphertext names. */
async function unwrap(
  connection: Connection,
  key: string,
  EncryptionContext: Context,
  CiphertextBlob: Uint8Array,
  deadline: Deadline,
): Promise<Secret> {
  const target = { operation: 'Decrypt', key }
  const input = { KeyId: key, CiphertextBlob, EncryptionContext }
  const { Plaintext } = await connection.call(target, (kms, http) => kms.decrypt(input, http), deadline)
  if (Plaintext === undefined) throw new Failed('backend-failed', 'AWS KMS decrypted nothing')
  const secret = new Secret(unmoved(Plaintext))
  Plaintext.fill(0)
  return secret
}
