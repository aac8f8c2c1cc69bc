/** The first step of the flow: was this very request made before? */
import { atMost } from '../base/deadline.ts'
import { isId } from '../base/id.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { AttemptId } from '../core/names.ts'
import { commitLimit } from '../core/recorder.ts'
import type { SignRequest } from '../core/services.ts'
import type { SigningRooms } from './rooms.ts'

/**
 * The attempt an idempotency key already made, to be gone through again: judged afresh, the same claims, and the stored
 * or deterministic signature, so the same answer.
 * @throws Refused `idempotency-conflict` when the key was used for another body.
 */
export async function resume(rooms: SigningRooms, request: SignRequest, call: Call): Promise<AttemptId | undefined> {
  if (request.idempotency === undefined) return undefined
  const { route, key, bodyHash } = request.idempotency
  const earlier = await rooms.store.idempotency(call.principal.client, route, key, atMost(call.deadline, commitLimit))
  if (earlier === undefined) return undefined
  if (earlier.bodyHash === bodyHash && isId('att', earlier.made)) return earlier.made
  throw new Refused('idempotency-conflict', 'This Idempotency-Key was used for another request', {
    where: 'Idempotency-Key',
  })
}
