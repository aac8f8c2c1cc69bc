/** A "no", as an answer and as an entry. */
import type { Call } from '../core/call.ts'
import type { Decision } from '../core/decision.ts'
import type { RefusedEntry } from '../core/entries.ts'
import { Refused } from '../core/errors.ts'
import type { SignRequest } from '../core/services.ts'
import type { SigningRooms } from './rooms.ts'

export function denied(decision: Decision): Refused {
  const failed = decision.checks.filter((check) => !check.ok).map((check) => check.name)
  const detail = `The key's rules do not allow it: ${failed.join(', ') || 'no rule allows it'}`
  const code = decision.verdict === 'needs-approval' ? 'needs-approval' : 'denied'
  return new Refused(code, detail, { checks: decision.checks, ...(decision.hint && { hint: decision.hint }) })
}

/** Joins a later commit without being waited for: a refusal costs its sender nothing and us no latency (safety rule 22). */
export function trailRefusal(rooms: SigningRooms, request: SignRequest, call: Call, refused: Refused): void {
  const key = rooms.state.current().findKey(request.key)
  const failed = refused.particulars.checks?.filter((check) => !check.ok).map((check) => ({ ...check }))
  const entry: RefusedEntry = {
    kind: 'refused',
    client: call.principal.client,
    code: refused.code,
    operation: request.operation,
    ...(key && { key: key.id }),
    ...(failed && { checks: failed }),
  }
  rooms.recorder.trail({ bodies: [entry], guards: [], signs: false })
}
