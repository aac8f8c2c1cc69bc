/** A ledger is known by the hash of its genesis. https://namespaces.chainagnostic.org/algorand/caip2 */
import { Refused } from '../../core/errors.ts'
import type { Network } from '../../core/names.ts'
import { type Wire } from './wire.ts'

/** CAIP-2: the first 32 characters of the hash in base64url. Undefined for what is no hash of 32 bytes in base64. */
export function networkOf(genesisHash: Wire | undefined): Network | undefined {
  if (typeof genesisHash !== 'string' || !/^[A-Za-z0-9+/]{43}=$/.test(genesisHash)) return undefined
  return `algorand:${Buffer.from(genesisHash, 'base64').toString('base64url').slice(0, 32)}`
}

/** @throws Refused `wrong-network`; Error when there is no genesis hash: a node that is starting serves no other ledger */
export function requireNetwork(genesisHash: Wire | undefined, network: Network, host: string): void {
  const got = networkOf(genesisHash)
  if (got === undefined) throw new Error('it does not say its genesis hash')
  if (got === network) return
  throw new Refused('wrong-network', `The node at ${host} serves another network`, { got, wanted: network })
}

/** @throws Refused `unknown-network` */
export function requireAlgorand(network: Network): void {
  if (/^algorand:[-_A-Za-z0-9]{32}$/.test(network)) return
  const wanted = 'algorand:<first 32 characters of the genesis hash in base64url>'
  throw new Refused('unknown-network', 'Not an Algorand network', { got: network, wanted })
}
