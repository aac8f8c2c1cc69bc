/** Parts of the service that are there only where the configuration names what they need. */
import { Refused } from '../core/errors.ts'
import type { Services } from '../core/services.ts'
import type { KeyLoading, Validators } from '../core/validators.ts'

/** @throws Refused `not-configured` */
export function validatorsOf({ validators }: Services): Validators {
  if (validators !== undefined) return validators
  throw new Refused('not-configured', 'No validator network is configured')
}

/** @throws Refused `not-configured` */
export function loadingOf({ loading }: Services): KeyLoading {
  if (loading !== undefined) return loading
  throw new Refused('not-configured', 'No folder of keystores is configured', {
    hint: 'set validators.keystores and start again',
  })
}
