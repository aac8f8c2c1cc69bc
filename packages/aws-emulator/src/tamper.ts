import { keyArn } from './arn.ts'
import { AwsError } from './errors.ts'
import type { CallFaults } from './faults.ts'
import type { Answer } from './operation.ts'
import type { ServiceName } from './services.ts'
import { throttled } from './quotas.ts'
import type { Random } from './random.ts'

/** The faults that answer instead of the operation. Throws what they answer. */
export function refuseByFault(service: ServiceName, faults: CallFaults): void {
  if (faults.find('throttle') !== undefined) throw throttled(service)
  if (faults.find('internal-error') !== undefined) throw internalError(service)
  if (faults.find('dependency-timeout') !== undefined) {
    throw new AwsError('DependencyTimeoutException', 'The system timed out while trying to fulfill the request.', 503)
  }
  if (faults.find('key-unavailable') !== undefined) {
    throw new AwsError('KeyUnavailableException', 'The key is temporarily unavailable.', 500)
  }
  const error = faults.find('error')
  if (error !== undefined) throw new AwsError(error.code, error.message ?? '', error.status ?? 400)
}

export function internalError(service: ServiceName): AwsError {
  const codes = { kms: 'KMSInternalException', ssm: 'InternalServerError', sts: 'InternalFailure' }
  return new AwsError(codes[service], 'An internal error has occurred.', 500)
}

// Whichever of these an answer has is the one a flipped bit does harm in.
const BLOBS = ['Signature', 'PublicKey', 'Mac', 'Plaintext', 'CiphertextBlob', 'PrivateKeyPlaintext'] as const

/** The faults that change a finished answer. */
export function tamper(answer: Answer, faults: CallFaults, random: Random, region: string): Answer {
  if (answer === undefined) return undefined
  const flipped = faults.find('flip-bit') === undefined ? answer : flipBit(answer, random)
  return faults.find('wrong-key-id') === undefined ? flipped : otherKeyId(flipped, random, region)
}

function flipBit(answer: object, random: Random): object {
  const name = BLOBS.find((one) => blobOf(answer, one) !== undefined)
  if (name === undefined) return answer
  const bytes = Buffer.from(blobOf(answer, name) ?? [])
  const bit = random.below(bytes.length * 8)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return { ...answer, [name]: bytes }
}

function blobOf(answer: object, name: string): Uint8Array | undefined {
  const value = new Map(Object.entries<unknown>({ ...answer })).get(name)
  return value instanceof Uint8Array ? value : undefined
}

function otherKeyId(answer: object, random: Random, region: string): object {
  if (!('KeyId' in answer)) return answer
  const id = random
    .bytes(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return { ...answer, KeyId: keyArn(region, id) }
}
