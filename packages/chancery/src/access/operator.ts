/** The operator on this machine, who comes over the 0600 socket: administers everything and signs nothing. */
import type { Principal } from '../core/access.ts'

/** Made, seen and ended; what they pay is asked for by clients. */
const wallets = ['wallets:read', 'wallets:create', 'wallets:delete'] as const

export const operatorPrincipal: Principal = {
  client: 'cli_operator',
  name: 'operator',
  grants: [
    {
      operations: ['admin', 'keys:read', 'keys:create', 'keys:delete', ...wallets, 'register:read'],
      keys: '*',
      networks: '*',
    },
  ],
  scheme: 'socket',
}
