/** The operator on this machine, who comes over the 0600 socket: administers everything and signs nothing. */
import type { Principal } from '../core/access.ts'

export const operatorPrincipal: Principal = {
  client: 'cli_operator',
  name: 'operator',
  grants: [
    {
      operations: ['admin', 'keys:read', 'keys:create', 'keys:delete', 'register:read'],
      keys: '*',
      networks: '*',
    },
  ],
  scheme: 'socket',
}
