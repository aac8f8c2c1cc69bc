/** A start that is given up half way: it does not wait for what no longer matters, and leaves nothing open. */
import { Failed } from '../core/errors.ts'

/**
 * Waits for a step of a start, unless the start is given up first: then `close` gets what the step opens after all.
 * @throws Failed `shutting-down` when it is given up
 */
export async function unlessGivenUp<T>(
  signal: AbortSignal | undefined,
  step: Promise<T>,
  close: (late: T) => Promise<unknown> | void = () => {},
): Promise<T> {
  if (signal === undefined) return step
  const given = Promise.withResolvers<never>()
  const giveUp = () => given.reject(givenUp())
  signal.addEventListener('abort', giveUp)
  if (signal.aborted) giveUp()
  try {
    return await Promise.race([given.promise, step])
  } catch (error) {
    if (signal.aborted) step.then(close).catch(() => {})
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** @throws Failed `shutting-down` */
export function refuseGivenUp(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw givenUp()
}

function givenUp(): Failed {
  return new Failed('shutting-down', 'The service was told to stop before it had started')
}
