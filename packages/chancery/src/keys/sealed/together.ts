/** Signatures of one chunk of questions, in one go where the algorithm gains by it. */
import type { LoadedKey, SigningHalf } from '../../signers/halves.ts'

/** What is left of signing when everything was checked. */
export interface KeyUse {
  readonly key: LoadedKey
  readonly half: SigningHalf
  readonly message: Uint8Array
}

/** Nothing for uses that are better made one by one, nor where one of them cannot be made: then each speaks for itself. */
export function signTogether(uses: readonly KeyUse[]): ReadonlyMap<KeyUse, Uint8Array> {
  const signatures = new Map<KeyUse, Uint8Array>()
  for (const half of new Set(uses.map((use) => use.half))) {
    const own = uses.filter((use) => use.half === half)
    for (const [i, signature] of signAll(half, own).entries()) {
      const use = own[i]
      if (use !== undefined) signatures.set(use, signature)
    }
  }
  return signatures
}

function signAll(half: SigningHalf, uses: readonly KeyUse[]): readonly Uint8Array[] {
  const keys = uses.map(({ key }) => key)
  const messages = uses.map(({ message }) => message)
  try {
    return half.signMany?.(keys, messages) ?? []
  } catch {
    return []
  }
}
