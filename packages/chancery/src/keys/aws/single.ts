/** What no key in AWS is: the root of a tree of keys, or tweaked in a KMS. Refused before anything is made or asked. */
import type { NewKeyRequest } from '../../core/backend.ts'
import { Refused } from '../../core/errors.ts'
import type { Payload } from '../../core/payload.ts'

/** @throws Refused `not-supported` for the root of a tree */
export function requireSingle({ tree }: Pick<NewKeyRequest, 'tree'>): void {
  if (tree === undefined) return
  throw new Refused('not-supported', 'Keys in AWS are single ones: trees of keys are kept sealed', {
    where: 'tree',
    got: tree,
    hint: 'Make the tree with the key back-end sealed',
  })
}

/** @throws Refused `not-supported` for a payload that a key made from this one is to sign, or another algorithm than its own */
export function requireOwnSignature({ signer, algorithm }: Payload, own: Payload['algorithm']): void {
  const derived = signer !== undefined && (signer.path.length > 0 || signer.tweak !== undefined)
  if (!derived && algorithm === own) return
  throw new Refused('not-supported', 'A key in AWS KMS signs as itself: it has no children and is not tweaked')
}
