/** What a signer process calls a key: by its algorithm, or the tree that it is the root of. Two forms never open as each other. */
import type { NewKeyRequest } from '../core/backend.ts'
import { Refused } from '../core/errors.ts'
import type { Algorithm, KeyRef } from '../core/key.ts'
import { treeForm } from './derivation.ts'

export type KeyForm = Algorithm | typeof treeForm

/** @throws Refused `not-supported` for a tree of another algorithm */
export function formOf({ algorithm, tree }: Pick<NewKeyRequest, 'algorithm' | 'tree'>): KeyForm {
  if (tree === undefined) return algorithm
  if (algorithm === 'secp256k1-ecdsa') return treeForm
  const particulars = { where: 'algorithm', got: algorithm, wanted: 'secp256k1-ecdsa' }
  throw new Refused('not-supported', 'The root of a tree has a public key of secp256k1', particulars)
}

export function isTree({ data }: Pick<KeyRef, 'data'>): boolean {
  return data['tree'] === treeForm
}
