/** Whether a text is an address of an asset, also of coins for which no wallets are made here. */
import type { AddressReading, Chain } from '../core/chain.ts'
import { isNetwork, type Network } from '../core/names.ts'
import type { AddressQuestion } from '../core/wallets.ts'
import { readAddress } from './address.ts'
import { assetsNamed, placeOf, unknownNetwork } from './assets.ts'
import { knownCoin } from './known-coins.ts'
import type { WalletRooms } from './rooms.ts'

type Rooms = Pick<WalletRooms, 'chains' | 'settings'>

/** @throws Refused `not-supported`, `unknown-network` */
export function checkAddress(
  rooms: Rooms,
  { asset, network, address }: AddressQuestion,
): AddressReading & { readonly network: Network } {
  const chain = withoutWallets(rooms, asset)
  const place =
    chain === undefined ? placeOf(rooms, asset, network) : { chain, network: networkIn(chain, asset, network) }
  return { ...readAddress(place.chain, address, place.network), network: place.network }
}

/** A chain that reads addresses of a coin, and makes no wallets. */
function withoutWallets(rooms: Rooms, asset: string): Chain | undefined {
  if (assetsNamed(rooms, asset).length > 0) return undefined
  const chain = knownCoin(rooms, asset)?.chain
  return chain?.natives === undefined && chain?.readAddress !== undefined ? chain : undefined
}

function networkIn({ networks, networkName }: Chain, asset: string, wanted: string | undefined): Network {
  const named = networks.map((network) => ({ network, networkName: networkName?.(network) ?? network }))
  const isWanted = (one: (typeof named)[number]) =>
    wanted === undefined || wanted === (isNetwork(wanted) ? one.network : one.networkName)
  const [only, second] = named.filter(isWanted)
  if (only !== undefined && second === undefined) return only.network
  throw unknownNetwork(asset, wanted, named)
}
