/** From an intent and its signature to what the client asked for. */
import { toHex } from '../../base/bytes.ts'
import type { Signed } from '../../core/chain.ts'
import { Failed } from '../../core/errors.ts'
import type { Signature } from '../../core/payload.ts'
import type { ConsensusIntent } from './intent.ts'

/** @throws Failed `internal` unless there is one BLS signature: the flow hands over no other. */
export function assemble({ signingRoot }: ConsensusIntent, signatures: readonly Signature[]): Signed {
  const [signature] = signatures
  if (signature === undefined || signatures.length !== 1 || signature.bytes.length !== 96) {
    throw new Failed('internal', 'Expected one BLS signature of 96 bytes')
  }
  return { result: { signature: toHex(signature.bytes), signingRoot: toHex(signingRoot) } }
}
