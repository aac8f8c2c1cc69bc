/** What every use of a key may be refused for, whichever route asked for it: the flow of a signature is the same. */
import type { Code } from '../../core/errors.ts'

export const keyUseRefuses: readonly Code[] = [
  'key-not-found',
  'denied',
  'key-state',
  'frozen',
  'wrong-network',
  'message-too-large',
  'store-unavailable',
  'in-doubt',
  'behind-witness',
  'store-corrupt',
  'clock-in-doubt',
  'disk-full',
  'backend-unavailable',
  'backend-throttled',
  'backend-denied',
  'backend-failed',
  'bad-signature',
]
