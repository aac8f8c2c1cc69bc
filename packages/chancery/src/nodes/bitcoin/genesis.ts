/** A chain of blocks is known by its first. https://namespaces.chainagnostic.org/bip122/caip2 */
import { Refused } from '../../core/errors.ts'
import type { Network } from '../../core/names.ts'

/** @throws Refused `wrong-network`; Error when it is no hash: a node that is starting serves no other chain */
export function requireGenesis(genesisHash: string, network: Network, host: string): void {
  if (!/^[0-9a-f]{64}$/.test(genesisHash)) throw new Error('it does not say its genesis hash')
  const got = `bip122:${genesisHash.slice(0, 32)}`
  if (got === network) return
  throw new Refused('wrong-network', `The node at ${host} serves another network`, { got, wanted: network })
}

/** @throws Refused `unknown-network` */
export function requireBitcoin(network: Network): void {
  if (/^bip122:[0-9a-f]{32}$/.test(network)) return
  const wanted = 'bip122:<first 32 hex digits of the genesis hash>'
  throw new Refused('unknown-network', 'Not a network of the Bitcoin family', { got: network, wanted })
}
