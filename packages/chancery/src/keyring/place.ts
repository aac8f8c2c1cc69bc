/** Where a key is kept when others find it by name: a path, and labels that say whose it is. */
import type { KeyPlace } from '../core/backend.ts'
import type { Chain } from '../core/chain.ts'
import { Refused } from '../core/errors.ts'
import type { CreateKey } from '../core/keyring.ts'

/** The layout `/<project>/<family>/<name>/private-key`, for a key that is bound to a network. */
export function placeOf(chain: Chain, { place, network }: CreateKey): { readonly place?: KeyPlace } {
  if (place === undefined) return {}
  if (network === undefined) {
    const wanted = 'the network the key is for: its labels name it'
    throw new Refused('invalid-request', 'A key with a place needs its network', {
      where: 'network',
      got: 'none',
      wanted,
    })
  }
  const { project, name } = place
  const networkName = chain.networkName?.(network) ?? network.slice(network.indexOf(':') + 1)
  return {
    place: {
      name,
      path: `/${project}/${chain.id}/${name}/private-key`,
      labels: (publicKey) => ({ address: chain.address(publicKey, network), network: networkName, project }),
    },
  }
}
