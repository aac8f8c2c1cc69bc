/** Keccak-256 as Ethereum uses it: the padding of the competition's winner, not of FIPS 202. */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concat } from '../../base/bytes.ts'

export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  return keccak_256(parts.length === 1 && only !== undefined ? only : concat(...parts))
}
