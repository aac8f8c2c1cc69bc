/** One use of a loaded key, inside a signer process. */
import type { Algorithm } from '../core/key.ts'
import { readDerivation, requireItself } from './derivation.ts'
import type { Halves, LoadedKey, SigningHalf } from './halves.ts'
import { fail, refuse } from './refusal.ts'

/** @throws SignerRefusal `not-supported` */
export function halfOf(
  halves: Halves,
  algorithm: Uint8Array | undefined,
): { readonly algorithm: Algorithm; readonly half: SigningHalf } {
  const found = halves(Buffer.from(algorithm ?? []).toString('latin1'))
  if (found === undefined) throw refuse('not-supported', 'The key back-end has no keys of this algorithm')
  return found
}

/**
 * Who signs: the key itself, or what is made of it. `field` is as `derivationField` wrote it.
 * @throws SignerRefusal where nothing such can be made of it
 */
export function signerOf(key: LoadedKey, algorithm: Algorithm, field: Uint8Array | undefined): LoadedKey {
  if (field === undefined || field.length === 0) return key
  const derivation = readDerivation(field)
  if (key.derive !== undefined) return key.derive(derivation)
  requireItself(derivation, algorithm)
  if (derivation.tweak !== undefined) throw refuse('not-supported', 'Keys of this algorithm are not tweaked')
  return key
}

/** @throws SignerRefusal `backend-failed` for a payload of the wrong size. */
export function signWith(key: LoadedKey, message: Uint8Array | undefined): Uint8Array {
  try {
    return key.sign(message ?? new Uint8Array(0))
  } catch (error) {
    if (error instanceof RangeError) throw fail('backend-failed', 'The payload is not what the algorithm signs')
    throw error
  }
}
