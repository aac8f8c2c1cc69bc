/** Aggregates, over bytes. Every point that comes in is checked: in the subgroup, and public keys other than infinity. */
import { blst } from './library.ts'
import { pointOf } from './public-key.ts'
import { decode } from './signature.ts'

/** The sum, 96 bytes. @throws RangeError for an empty list, and for anything that is no signature. */
export function aggregateSignatures(signatures: readonly Uint8Array[]): Uint8Array {
  if (signatures.length === 0) throw new RangeError('there is nothing to aggregate')
  return blst().aggregateSignatures(signatures.map(addend)).toBytes()
}

/** The sum, 48 bytes. @throws RangeError for an empty list, and for anything that is no public key. */
export function aggregatePublicKeys(publicKeys: readonly Uint8Array[]): Uint8Array {
  if (publicKeys.length === 0) throw new RangeError('there is nothing to aggregate')
  return blst().aggregatePublicKeys(publicKeys.map(pointOf)).toBytes()
}

/**
 * Whether `signature` is the sum of one signature over `message` by each key. The keys' owners must have proved that they hold
 * the private keys (deposits do), or one can choose a key that cancels another. Never throws.
 */
export function fastAggregateVerify(
  signature: Uint8Array,
  message: Uint8Array,
  publicKeys: readonly Uint8Array[],
): boolean {
  if (publicKeys.length === 0) return false
  return whether(() => blst().fastAggregateVerify(message, publicKeys.map(pointOf), compressed(signature)))
}

/** Whether `signature` is the sum of signatures, each by the key over the message of the same place. Never throws. */
export function aggregateVerify(
  signature: Uint8Array,
  messages: readonly Uint8Array[],
  publicKeys: readonly Uint8Array[],
): boolean {
  if (publicKeys.length === 0 || publicKeys.length !== messages.length) return false
  return whether(() => blst().aggregateVerify([...messages], publicKeys.map(pointOf), compressed(signature)))
}

/** Infinity adds nothing, and is the sum of signatures that cancel each other out. */
function addend(bytes: Uint8Array) {
  const point = compressed(bytes, false)
  point.sigValidate(false)
  return point
}

function compressed(bytes: Uint8Array, checked = true) {
  if (bytes.length !== 96) throw new RangeError(`expected a signature of 96 bytes, got ${bytes.length}`)
  return decode(bytes, checked)
}

function whether(verified: () => boolean): boolean {
  try {
    return verified()
  } catch {
    return false
  }
}
