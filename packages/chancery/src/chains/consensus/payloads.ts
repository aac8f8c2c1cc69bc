/** The one signing root each intent needs signed. */
import type { KeyId } from '../../core/names.ts'
import type { Payload } from '../../core/payload.ts'
import type { ConsensusIntent } from './intent.ts'

export function payloads(intent: ConsensusIntent, key: KeyId): readonly Payload[] {
  const urgency = intent.kind === 'duty' ? intent.duty.urgency : 0
  return [{ key, algorithm: 'bls12-381', bytes: intent.signingRoot, prehashed: true, urgency }]
}
