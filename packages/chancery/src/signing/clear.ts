/** The only maker of a cleared payload: every other file takes `Cleared` as proof that the flow reached this point. */
import type { Clock } from '../base/clock.ts'
import type { GuardRow } from '../core/claim.ts'
import type { AttemptId } from '../core/names.ts'
import type { Cleared, Payload } from '../core/payload.ts'

/** Safety rule 8: a decision older than this is not acted on. */
export const clearedLifetime = 5_000

/** Call only after the attempt and its claims are durable. */
export function clear(
  payload: Payload,
  attempt: AttemptId,
  { guards, duties }: Pick<Cleared, 'guards' | 'duties'>,
  clock: Clock,
): Cleared {
  const own = answeredFor(payload, guards)
  const proof = { payload, attempt, guards: own, duties, expiresAt: clock.monotonic() + clearedLifetime }
  return proof as unknown as Cleared
}

/** A coin moves only with the signature that spends it, so that one alone goes along: 300 payloads would each carry 300. */
function answeredFor({ outpoint }: Payload, guards: readonly GuardRow[]): readonly GuardRow[] {
  if (outpoint === undefined) return guards
  return guards.filter(({ kind, item }) => kind !== 'outpoint' || item === outpoint)
}
