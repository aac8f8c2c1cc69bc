/** What is pinned of a KMS key at creation or enrolment, in the key record's `ref`. */
import type { JsonObject } from '../../base/json.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import { emulatorAccount, parseKeyArn } from './arn.ts'

export interface Pinned {
  readonly arn: string
  /** The alias it was found or made by; the ARN is what is used. */
  readonly alias?: string
  /** SHA-256 of the key policy, where the service may read it. */
  readonly policyHash?: string
  /** What the tag with the key's id held when it was taken in, empty without one. Absent: made here, or before this was pinned. */
  readonly taggedAs?: string
  /** Not marked with the owner tag: the compatible routes' own key, of which nothing but Sign is asked. */
  readonly unowned?: true
}

/** `emulator` marks keys that must never serve a main network (safety rule 13). */
export function pinnedData({ arn, alias, policyHash, taggedAs, unowned }: Pinned): JsonObject {
  return {
    arn,
    ...(alias !== undefined && { alias }),
    ...(policyHash !== undefined && { policyHash }),
    ...(taggedAs !== undefined && { taggedAs }),
    ...(unowned && { unowned }),
    ...(parseKeyArn(arn)?.account === emulatorAccount && { emulator: true }),
  }
}

/** @throws Refused `key-state` when the record no longer holds the key; Failed when it holds something else. */
export function pinnedOf({ data }: KeyRef, region: string): Pinned {
  if (Object.keys(data).length === 0) throw new Refused('key-state', 'The service has given this key up')
  const { arn, alias, policyHash, taggedAs, unowned } = data
  const parsed = typeof arn === 'string' ? parseKeyArn(arn) : undefined
  if (parsed === undefined) throw new Failed('backend-failed', 'The key record holds no ARN of an AWS KMS key')
  if (parsed.region !== region) {
    throw new Failed('not-configured', `The key is in ${parsed.region}, and the service uses AWS KMS in ${region}`, {
      particulars: { hint: `Set aws.region to ${parsed.region}, or use a key of ${region}` },
    })
  }
  return {
    arn: parsed.text,
    ...(typeof alias === 'string' && { alias }),
    ...(typeof policyHash === 'string' && { policyHash }),
    ...(typeof taggedAs === 'string' && { taggedAs }),
    ...(unowned === true && { unowned }),
  }
}

/** For people: ARN and alias. */
export function describePinned({ arn, alias }: JsonObject): Readonly<Record<string, string>> {
  return { ...(typeof arn === 'string' && { kmsKey: arn }), ...(typeof alias === 'string' && { alias }) }
}
