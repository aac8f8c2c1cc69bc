/** `Curve.normalise` for the flow: where the computing happens is the verifier's own business. */
import type { PublicKey } from './key.ts'
import type { RawSignature, Signature } from './payload.ts'

export interface Verifier {
  /**
   * @throws RangeError when `raw` is malformed, out of range, or not by `publicKey` over `message`
   * @throws anything else when that could not be found out: no verdict, so nobody's signature is called wrong
   */
  normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Promise<Signature>
  close(): Promise<void>
}
