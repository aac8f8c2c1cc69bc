/** `Curve.normalise` for the flow: where the computing happens, and of how many, is the verifier's own business. */
import type { PublicKey } from './key.ts'
import type { RawSignature, Signature } from './payload.ts'

export interface Verifier {
  /**
   * @throws RangeError when `raw` is malformed, out of range, or not by `publicKey` over `message`
   * @throws anything else when that could not be found out: no verdict, so nobody's signature is called wrong
   */
  normalise(raw: RawSignature, message: Uint8Array, publicKey: PublicKey): Promise<Signature>
  /**
   * As `normalise`, of signatures that came from processes of our own and may be verified as a sample: the form of all, and the
   * proof of one in `oneIn` (1 for every one). Absent: all are verified.
   */
  sampled?(raw: RawSignature, message: Uint8Array, publicKey: PublicKey, oneIn: number): Promise<Signature>
  /**
   * Whether all are by the keys of the same places over `message`.
   * @throws anything when that could not be found out
   */
  together(raws: readonly RawSignature[], message: Uint8Array, publicKeys: readonly PublicKey[]): Promise<boolean>
  close(): Promise<void>
}
