/** The one signing root each intent needs signed. */
import type { KeyId } from '../../core/names.ts'
import type { Payload } from '../../core/payload.ts'
import type { ConsensusIntent } from './intent.ts'

export function payloads(intent: ConsensusIntent, key: KeyId): readonly Payload[] {
  const urgency = intent.kind === 'duty' ? intent.duty.urgency : 0
  const verified = isRepeated(intent) ? {} : ({ verified: 'always' } as const)
  return [{ key, algorithm: 'bls12-381', bytes: intent.signingRoot, prehashed: true, urgency, ...verified }]
}

/** The next of its kind makes up for one that went wrong. A deposit with a wrong signature is lost. */
function isRepeated(intent: ConsensusIntent): boolean {
  return intent.kind === 'duty' && intent.message.effects.every(({ kind }) => kind !== 'authority')
}
