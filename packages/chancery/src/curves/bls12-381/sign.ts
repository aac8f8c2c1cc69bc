/**
 * The half of the curve that needs a private key: loaded by a signer process alone (safety rule 12). With the addon where it was
 * built and may be read, else with @chainsafe/blst.
 */
import type { SigningLibrary } from './signing-library.ts'

export { generate } from './private-key.ts'
export type { LoadedKey } from './signing-library.ts'

const library: SigningLibrary = await load()

export const { publicKeyOf, loadPrivateKey, signMany } = library

async function load(): Promise<SigningLibrary> {
  try {
    const addon = await import('@chancery/bls-addon')
    return (await import('./with-addon.ts')).withAddon(addon)
  } catch {
    return (await import('./with-blst.ts')).withBlst()
  }
}
