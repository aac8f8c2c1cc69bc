/** What stands around a payload in a body of the Remote Signing API. Names it does not know are ignored, as Web3Signer does. */
import { readString } from '../../core/fields.ts'
import { invalid, refusal } from '../../core/refusals.ts'
import { forkInfo } from './containers/phase0.ts'
import type { ForkInfo } from './domains.ts'
import { duties, payloadFields } from './duties/duties.ts'
import type { Duty } from './duties/duty.ts'
import { isRecord } from './ssz/container.ts'

export interface Envelope {
  readonly type: string
  readonly duty: Duty
  readonly payload: unknown
  /** Path of the payload. */
  readonly where: string
  readonly forkInfo?: ForkInfo
  readonly body: Readonly<Record<string, unknown>>
}

/** @throws Refused */
export function readEnvelope(value: unknown): Envelope {
  const body = readBody(value)
  const { type, duty } = dutyOf(body)
  const where = payloadFieldOf(body, type, duty)
  const info = body['fork_info']
  return {
    type,
    duty,
    where,
    payload: body[where],
    body,
    ...(info !== undefined && { forkInfo: forkInfo.read(info, 'fork_info') }),
  }
}

export function readBody(value: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value
  throw invalid('duty', value, 'an object')
}

/** In either case, as Web3Signer reads it. */
export function dutyOf(body: Readonly<Record<string, unknown>>): { readonly type: string; readonly duty: Duty } {
  const type = readString(body['type'], 'type').toUpperCase()
  const duty = duties.get(type)
  if (duty !== undefined) return { type, duty }
  throw refusal(
    'unsupported-payload',
    'This type is not signed here',
    'type',
    body['type'],
    [...duties.keys()].join(', '),
  )
}

/** Two payloads would mean two things. */
function payloadFieldOf(body: Readonly<Record<string, unknown>>, type: string, { fields }: Duty): string {
  const present = Object.keys(body).filter((name) => payloadFields.has(name))
  const [only] = present
  if (only !== undefined && present.length === 1 && fields.includes(only)) return only
  throw invalid(
    fields[0] ?? type,
    present.length === 0 ? undefined : present.join(', '),
    `${fields.join(' or ')} with ${type}, and no other payload`,
  )
}
