/** One use of a loaded key, inside a signer process. */
import type { Algorithm } from '../core/key.ts'
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

/** @throws SignerRefusal `backend-failed` for a payload of the wrong size. */
export function signWith(key: LoadedKey, message: Uint8Array | undefined): Uint8Array {
  try {
    return key.sign(message ?? new Uint8Array(0))
  } catch (error) {
    if (error instanceof RangeError) throw fail('backend-failed', 'The payload is not what the algorithm signs')
    throw error
  }
}
