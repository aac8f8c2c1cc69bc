/** Where the AWS signer process gets private keys from, and where it puts new ones. AWS itself decrypts and encrypts. */
import type { Deadline } from '../../../base/deadline.ts'
import { Failed, Refused } from '../../../core/errors.ts'
import type { Algorithm } from '../../../core/key.ts'
import { fail } from '../../../signers/refusal.ts'
import type { WordList } from '../../../signers/words.ts'
import type { Connection, Target } from '../connection.ts'
import { parseSecret, versionedSecret } from './formats.ts'
import { privateKeyOfPkcs8 } from './pkcs8.ts'
import type { Found, Placement, Source } from './questions.ts'

export interface Opened {
  /** In a buffer of its own: whoever gets it wipes it. */
  readonly privateKey: Uint8Array
  readonly found: Found
  readonly requestId?: string | undefined
}

/** What the process opens with. */
export interface Opening {
  readonly connection: Connection
  readonly algorithm: Algorithm
  readonly list: WordList | undefined
  readonly throttled?: (answer: Error) => void
}

/** @throws Refused `key-state` when the parameter or its key is gone or disabled; Failed; SignerRefusal */
export function openSource(opening: Opening, source: Source, deadline: Deadline): Promise<Opened> {
  return source.kind === 'parameter'
    ? openParameter(opening, source.path, deadline)
    : openDataKey(opening, source, deadline)
}

async function openParameter(opening: Opening, path: string, deadline: Deadline) {
  const { connection, algorithm, list } = opening
  const target = targetOf(opening, 'GetParameter', path)
  const input = { Name: path, WithDecryption: true }
  const { Parameter, $metadata } = await present(
    connection.parameters(target, (ssm, http) => ssm.getParameter(input, http), deadline),
  )
  if (Parameter?.Type !== 'SecureString')
    throw fail('backend-failed', 'The parameter is not a SecureString: anybody who may read it has the key')
  const { privateKey, format } = parseSecret(Parameter.Value ?? '', algorithm, list)
  const found = { format, ...(Parameter.Version !== undefined && { version: Parameter.Version }) }
  return { privateKey, found, requestId: $metadata.requestId }
}

function targetOf({ throttled }: Opening, operation: string, key: string): Target {
  return { operation, key, ...(throttled !== undefined && { throttled }) }
}

/** To whoever signs, a parameter that is not there is a key that was taken away. */
async function present<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Refused && error.code === 'not-found') {
      throw new Refused('key-state', error.message, error.particulars)
    }
    throw error
  }
}

type DataKey = Extract<Source, { readonly kind: 'data-key' }>

/** `KeyId` is always sent: without it KMS would take any key the ciphertext names. */
async function openDataKey(opening: Opening, source: DataKey, deadline: Deadline): Promise<Opened> {
  const { connection, algorithm } = opening
  const target = targetOf(opening, 'Decrypt', source.key)
  const input = {
    KeyId: source.key,
    CiphertextBlob: Buffer.from(source.ciphertext, 'base64'),
    EncryptionContext: { ...source.context },
  }
  const { Plaintext, $metadata } = await connection.call(target, (kms, http) => kms.decrypt(input, http), deadline)
  if (Plaintext === undefined) throw fail('backend-failed', 'AWS KMS decrypted nothing')
  try {
    return { privateKey: privateKeyOfPkcs8(Plaintext, algorithm), found: {}, requestId: $metadata.requestId }
  } finally {
    Plaintext.fill(0)
  }
}

/**
 * Writes a parameter that was not there.
 * @throws Refused `already-exists` when it is, and Failed `backend-unavailable` when whether it was written is not known.
 */
export async function putParameter(
  connection: Connection,
  key: { readonly privateKey: Uint8Array; readonly algorithm: Algorithm },
  { path, key: KeyId, address }: Placement,
  deadline: Deadline,
): Promise<number> {
  const Value = versionedSecret(key.privateKey, key.algorithm, address)
  const input = { Name: path, Value, Type: 'SecureString', KeyId, Overwrite: false, Tier: 'Standard' } as const
  const target = { operation: 'PutParameter', key: path }
  const { Version } = await connection.parameters(target, (ssm, http) => ssm.putParameter(input, http), deadline)
  if (Version === undefined)
    throw new Failed('backend-failed', 'AWS Systems Manager did not say which version it wrote')
  return Version
}
