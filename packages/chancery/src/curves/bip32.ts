/** Public halves of trees of keys (BIP-32): what needs no secret. https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki */
import { HDKey } from '@scure/bip32'
import type { ExtendedPublicKey } from '../core/backend.ts'
import type { Algorithm, PublicKey } from '../core/key.ts'
import { hardened } from './secp256k1/derive.ts'

export { hardened }

/** Whether BIP-32 derives public keys of this algorithm from public keys: Ed25519 has no such children (SLIP-10). */
export function hasPublicChildren(algorithm: Algorithm): boolean {
  return algorithm === 'secp256k1-ecdsa' || algorithm === 'secp256k1-schnorr'
}

/**
 * The public key of a child that is not hardened, in the form of the algorithm: 33 bytes, or 32 for `secp256k1-schnorr`.
 * @throws RangeError for a hardened index, and for the one in 2^127 that has no key
 */
export function childPublicKey(
  { publicKey, chainCode }: ExtendedPublicKey,
  path: readonly number[],
  algorithm: Algorithm,
): PublicKey {
  let node = new HDKey({ publicKey: publicKey.bytes, chainCode })
  for (const index of path) {
    if (!Number.isInteger(index) || index < 0 || index >= hardened) throw new RangeError(`no public child ${index}`)
    node = node.deriveChild(index)
  }
  if (node.publicKey === null) throw new RangeError('there is no key at this path')
  const bytes = algorithm === 'secp256k1-schnorr' ? node.publicKey.slice(1) : node.publicKey.slice()
  return { algorithm, bytes }
}

/** As people write a path: `m/84'/0'/7'`. */
export function pathText(path: readonly number[]): string {
  return ['m', ...path.map((index) => (index >= hardened ? `${index - hardened}'` : `${index}`))].join('/')
}
