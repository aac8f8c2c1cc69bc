/** Sign, and what is checked of its answer before a curve sees it. */
import { atMost, type Deadline } from '../../base/deadline.ts'
import { keyFinding, type Probed } from '../../core/backend.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import type { Cleared, RawSignature } from '../../core/payload.ts'
import type { Connection } from './connection.ts'
import { isAws } from './errors.ts'
import { evidenceIn } from './evidence.ts'
import { pinnedOf } from './pinned.ts'
import { requireOwnSignature } from './single.ts'
import { maxMessage, type Spec, specOf } from './specs.ts'

/** No attempt starts after the clearance expired, retries included. */
export async function sign(
  connection: Connection,
  ref: KeyRef,
  cleared: Cleared,
  deadline: Deadline,
): Promise<RawSignature> {
  const remaining = cleared.expiresAt - connection.clock.monotonic()
  if (remaining <= 0) throw new Failed('deadline-exceeded', 'The clearance expired before the key was used')
  const spec = specOf(ref.algorithm)
  requireOwnSignature(cleared.payload, ref.algorithm)
  const { arn } = pinnedOf(ref, connection.region)
  const message = cleared.payload.bytes
  if (message.length > maxMessage) {
    const particulars = { got: `${message.length} bytes`, wanted: `at most ${maxMessage} bytes` }
    throw new Refused('message-too-large', 'AWS KMS does not sign messages of this size', particulars)
  }
  const target = { operation: 'Sign', key: arn }
  const input = { KeyId: arn, Message: message, MessageType: spec.messageType, SigningAlgorithm: spec.signingAlgorithm }
  const answer = await connection.call(target, (kms, http) => kms.sign(input, http), atMost(deadline, remaining))
  return signatureOf(answer, arn, spec)
}

interface SignAnswer {
  readonly KeyId?: string | undefined
  readonly Signature?: Uint8Array | undefined
  readonly SigningAlgorithm?: string | undefined
  readonly $metadata: { readonly requestId?: string | undefined }
}

/** Whether it verifies is for the curve to say, against the pinned public key. */
function signatureOf(answer: SignAnswer, arn: string, spec: Spec): RawSignature {
  const { KeyId, Signature, SigningAlgorithm, $metadata } = answer
  if (KeyId !== arn) throw new Failed('bad-signature', `AWS KMS answered for another key than ${arn}`)
  if (SigningAlgorithm !== spec.signingAlgorithm || Signature === undefined) {
    throw new Failed('bad-signature', `AWS KMS answered kms:Sign on ${arn} with another algorithm or no signature`)
  }
  const evidence = evidenceIn($metadata.requestId)
  return { encoding: spec.encoding, bytes: Uint8Array.from(Signature), ...(evidence !== undefined && { evidence }) }
}

/** A dry run of Sign: needs the same permission and state, makes no signature. */
export async function probe(connection: Connection, ref: KeyRef, deadline: Deadline): Promise<Probed> {
  const { messageType: MessageType, signingAlgorithm: SigningAlgorithm } = specOf(ref.algorithm)
  try {
    const { arn: KeyId } = pinnedOf(ref, connection.region)
    const input = { KeyId, Message: new Uint8Array(32), MessageType, SigningAlgorithm, DryRun: true }
    const target = { operation: 'Sign', key: KeyId }
    return await connection.call(target, (kms, http) => dryRun(kms.sign(input, http)), deadline)
  } catch (error) {
    return { ok: false, ...keyFinding(error) }
  }
}

/** A dry run that would have succeeded is reported as an error of this name. */
export async function dryRun(call: Promise<unknown>): Promise<{ readonly ok: true }> {
  try {
    await call
  } catch (error) {
    if (!isAws(error, 'DryRunOperationException')) throw error
  }
  return { ok: true }
}
