/** The BLS addon, for tests. Where it was not built, they say so and do without. */
import type { SigningLibrary } from '../../src/curves/bls12-381/signing-library.ts'
import { withAddon } from '../../src/curves/bls12-381/with-addon.ts'

const addon = await import('@chancery/bls-addon').catch(() => undefined)
if (addon === undefined)
  console.warn('\n!!! SKIPPED, NOT TESTED: the BLS addon is not built (npm run build:addon) !!!\n')

export function builtAddon(): SigningLibrary | undefined {
  return addon === undefined ? undefined : withAddon(addon)
}
