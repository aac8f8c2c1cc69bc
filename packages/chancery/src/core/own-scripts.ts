/** What a wallet's record says is its own: handed to a chain, never taken from a request. */
import type { PublicKey } from './key.ts'

/** A child of a key that is a tree (BIP-32): `path` leads to it from the key. */
export interface ChildKey {
  readonly path: readonly number[]
  readonly publicKey: PublicKey
}

/** What belongs to a wallet of one key. */
export interface OwnScripts {
  /** Of a tree: the children that hold something. The first is the one whose address the wallet is known by. */
  readonly children?: readonly ChildKey[]
  /** A script that several keys share, this key or a child of it among them: `publicKeys` are 33 bytes each, sorted (BIP-67). */
  readonly multisig?: { readonly threshold: number; readonly publicKeys: readonly Uint8Array[] }
}
