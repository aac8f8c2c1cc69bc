/** EIP-2333: private keys as a tree. Loaded by an import process alone. */
import { SecretKey } from '@chainsafe/blst'

/**
 * The private key at the end of `path`, 32 bytes, in a buffer of its own: whoever gets it wipes it. What the library copied on
 * the way is zeroed when it is collected.
 * @throws RangeError for a seed of under 32 bytes, and for an index that is not a 32-bit number
 */
export function derive(seed: Uint8Array, path: readonly number[]): Uint8Array {
  if (seed.length < 32) throw new RangeError(`expected a seed of 32 bytes or more, got ${seed.length}`)
  const wrong = path.find((index) => !Number.isInteger(index) || index < 0 || index > 0xffff_ffff)
  if (wrong !== undefined) throw new RangeError('an index of the path is not a 32-bit number')
  return path.reduce((key, index) => key.deriveChildEip2333(index), SecretKey.deriveMasterEip2333(seed)).toBytes()
}
