/** Whether the addon and the library make the same bytes. */
import { randomBytes } from 'node:crypto'
import { generate } from '../../src/curves/bls12-381/private-key.ts'
import { withBlst } from '../../src/curves/bls12-381/with-blst.ts'
import { builtAddon } from './built-addon.ts'

/** How many of so many random cases differ: keys and messages in every mixture, chunks of 1 to 130. */
export function differing(cases: number): number {
  const [addon, library] = [builtAddon(), withBlst()]
  if (addon === undefined) throw new Error('the addon is not built')
  let different = 0
  for (let done = 0; done < cases;) {
    const size = Math.min(1 + ((randomBytes(1)[0] ?? 0) % 130), cases - done)
    const secrets = Array.from({ length: size }, generate)
    const roots = Array.from({ length: 3 }, () => randomBytes((randomBytes(1)[0] ?? 0) % 97))
    const messages = secrets.map((_, i) => (i % 2 === 0 ? randomBytes(32) : (roots[i % 3] ?? randomBytes(32))))
    const ours = addon.signMany(secrets.map(addon.loadPrivateKey), messages)
    const theirs = library.signMany(secrets.map(library.loadPrivateKey), messages)
    different += ours.filter(
      (signature, i) => Buffer.compare(signature, theirs[i] ?? signature.subarray(1)) !== 0,
    ).length
    different += secrets.filter((one) => Buffer.compare(addon.publicKeyOf(one), library.publicKeyOf(one)) !== 0).length
    done += size
  }
  return different
}
