/** The operator's unix socket: who can open the file (0600) is the operator, so every caller is one principal. */
import type { Principal } from '../../core/access.ts'
import type { Identify } from './identify.ts'

export function socketAuth(principal: Principal): Identify {
  return async () => principal
}
