/** Making a data key pair: an independent key, whose private half KMS hands out encrypted and keeps nowhere. */
import type { Deadline } from '../../../base/deadline.ts'
import { equal, fromHex, toHex } from '../../../base/bytes.ts'
import type { NewKey, NewKeyRequest } from '../../../core/backend.ts'
import { Failed, Refused } from '../../../core/errors.ts'
import type { Algorithm, PublicKey } from '../../../core/key.ts'
import type { KeyId } from '../../../core/names.ts'
import { parseKeyArn, parseKeyName } from '../arn.ts'
import type { Connection } from '../connection.ts'
import { pinnedData } from '../pinned.ts'
import type { Source } from '../signer/questions.ts'
import type { SignerProcess } from '../signer/signer-process.ts'
import { requireSingle } from '../single.ts'
import { pairSpecOf } from '../specs.ts'
import type { Copies, Copy } from './copies.ts'

export interface Making {
  readonly connection: Connection
  readonly installation: string
  readonly signer: SignerProcess
  readonly copies: Copies
  /** Id, ARN or alias of the symmetric KMS key. */
  readonly key: string
}

/**
 * Bound to each ciphertext, and shown by CloudTrail at each use. Computed anew for each decryption, so that a record moved
 * from another key or installation does not open.
 */
export function contextOf(installation: string, id: KeyId, algorithm: Algorithm): Readonly<Record<string, string>> {
  return { service: 'chancery', installation, key: id, algorithm }
}

/** Both copies of the ciphertext exist, and one was opened, before the public key, and so an address, is told to anybody. */
export async function create(making: Making, request: NewKeyRequest, deadline: Deadline): Promise<NewKey> {
  requireSingle(request)
  const { copies, signer } = making
  const copy = (await leftCopy(making, request)) ?? (await generate(making, request, deadline))
  await copies.write(copy)
  const { publicKey, backup } = await signer.open(request, sourceIn(copy), deadline)
  if (!equal(publicKey, fromHex(copy.publicKey))) {
    throw new Failed('backend-failed', 'AWS KMS made a data key pair whose halves do not belong together')
  }
  const data = { ...pinnedData({ arn: copy.keyArn }), ciphertext: copy.ciphertext }
  return { publicKey: { algorithm: request.algorithm, bytes: publicKey }, data, ...(backup && { backup }) }
}

/** What an interrupted creation of the same id left. */
async function leftCopy({ copies }: Making, { id, algorithm }: NewKeyRequest): Promise<Copy | undefined> {
  const copy = await copies.read(id)
  if (copy === undefined || copy.algorithm === algorithm) return copy
  throw new Refused('already-exists', 'A key of another algorithm was made under this id')
}

async function generate(making: Making, { id, algorithm }: NewKeyRequest, deadline: Deadline): Promise<Copy> {
  const { connection, installation, key } = making
  const { pairSpec, curve } = pairSpecOf(algorithm)
  const context = contextOf(installation, id, algorithm)
  const input = {
    KeyId: parseKeyName(key, connection.region).text,
    KeyPairSpec: pairSpec,
    EncryptionContext: { ...context },
  }
  const target = { operation: 'GenerateDataKeyPairWithoutPlaintext', key }
  const send = (kms: Parameters<Parameters<Connection['call']>[1]>[0], http: { readonly abortSignal: AbortSignal }) =>
    kms.generateDataKeyPairWithoutPlaintext(input, http)
  const { KeyId, PublicKey, PrivateKeyCiphertextBlob } = await connection.call(target, send, deadline)
  const arn = parseKeyArn(KeyId ?? '')
  if (arn?.region !== connection.region || PublicKey === undefined || PrivateKeyCiphertextBlob === undefined) {
    throw new Failed('backend-failed', `AWS KMS in ${connection.region} answered with no data key pair of its own`)
  }
  const publicKey = toHex(parsed(curve.publicKey, PublicKey).bytes)
  const ciphertext = Buffer.from(PrivateKeyCiphertextBlob).toString('base64')
  return { id, algorithm, publicKey, keyArn: arn.text, context, ciphertext }
}

function parsed(parse: (bytes: Uint8Array) => PublicKey, spki: Uint8Array): PublicKey {
  try {
    return parse(spki)
  } catch {
    throw new Failed('backend-failed', 'AWS KMS answered with something that is no public key of the algorithm')
  }
}

function sourceIn({ keyArn, ciphertext, context }: Copy): Source {
  return { kind: 'data-key', key: keyArn, ciphertext, context }
}
