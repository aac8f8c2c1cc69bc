/** Chains of coins: what pays for what, as unsigned transactions. Pure. */
import type { ChainCoins } from '../../../core/coins.ts'
import type { Network } from '../../../core/names.ts'
import { refusal } from '../../../core/refusals.ts'
import { scriptOfAddress } from '../address.ts'
import type { BitcoinNetwork } from '../networks.ts'
import { payForParent } from './child.ts'
import { ownerOf, ownOutputsOf, paysTo } from './owner.ts'
import { replace } from './replace.ts'
import { spend } from './spend.ts'
import { spentFrom } from './spent-from.ts'
import { dustOf } from './terms.ts'
import { readWhole } from './whole.ts'

/** Of the configured networks. */
export function bitcoinCoins(networks: readonly BitcoinNetwork[]): ChainCoins {
  const on = (network: Network): BitcoinNetwork => configured(network, networks)
  return {
    dustLimit: (address, network) => dustOf(scriptOfAddress(address, 'address', on(network)), on(network)),
    spend: (order) => spend(order, on(order.network)),
    replace: (order) => replace(order, on(order.network)),
    payForParent: (order) => payForParent(order, on(order.network)),
    ownOutputs: (transaction, spender, network) =>
      ownOutputsOf(readWhole(transaction, 'transaction'), ownerOf(spender, on(network))),
    pays: (transaction, address, network) =>
      paysTo(readWhole(transaction, 'transaction'), scriptOfAddress(address, 'address', on(network))),
    spentFrom: (value, network) => spentFrom(value, on(network)),
    inputs: (transaction) => readWhole(transaction, 'transaction').inputs,
    virtualSize: (transaction) => readWhole(transaction, 'transaction').virtualSize,
  }
}

function configured(network: Network, networks: readonly BitcoinNetwork[]): BitcoinNetwork {
  const found = networks.find((one) => one.network === network)
  if (found !== undefined) return found
  const wanted = networks.map((one) => one.network).join(', ')
  throw refusal('unknown-network', 'The network is not configured', 'network', network, wanted)
}
