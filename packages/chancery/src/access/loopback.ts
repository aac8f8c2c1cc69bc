/** Validator clients on this machine bring no API key: they may sign duties, and nothing whose effects would outlast them. */
import type { Principal } from '../core/access.ts'
import { dutyOperations } from '../core/names.ts'

/** Never exits, deposits or changes of credentials: those go by grant only. */
export const loopbackPrincipal: Principal = {
  client: 'cli_loopback',
  name: 'loopback',
  grants: [{ operations: [...dutyOperations, 'keys:read'], keys: '*', networks: '*' }],
  scheme: 'built-in',
}
