/** BIP-32, the private half. A signer process loads this file, so it imports a curve library only (safety rule 12). */
import { HDKey } from '@scure/bip32'

/**
 * A node of a tree, with its private key. The library copies that when it derives, and is said by `wipeNode` to zero its own;
 * chain codes and what it computed with are freed, not zeroed.
 */
export type PrivateNode = HDKey

/** The first index that is hardened. */
export const hardened = 0x8000_0000

/** @throws RangeError for a seed that is not 16 to 64 bytes */
export function masterNode(seed: Uint8Array): PrivateNode {
  return HDKey.fromMasterSeed(seed)
}

/** About 350 µs. @throws RangeError for an index that is not a 32-bit number, and for a node that was wiped */
export function privateChild(node: PrivateNode, index: number): PrivateNode {
  return usePrivateKey(node, () => node.deriveChild(index))
}

/** The compressed public key, 33 bytes. */
export function publicKeyOfNode({ publicKey }: PrivateNode): Uint8Array {
  if (publicKey === null) throw new RangeError('the node has no public key')
  return publicKey
}

/** @throws RangeError for a node without one */
export function chainCodeOfNode({ chainCode }: PrivateNode): Uint8Array {
  if (chainCode === null) throw new RangeError('the node has no chain code')
  return chainCode
}

/** Hands out a copy of the private key, and wipes that. @throws RangeError for a node that was wiped */
export function usePrivateKey<T>(node: PrivateNode, use: (privateKey: Uint8Array) => T): T {
  const privateKey = node.privateKey
  if (privateKey === null) throw new RangeError('the node was wiped')
  try {
    return use(privateKey)
  } finally {
    privateKey.fill(0)
  }
}

export function wipeNode(node: PrivateNode): void {
  node.wipePrivateData()
}
