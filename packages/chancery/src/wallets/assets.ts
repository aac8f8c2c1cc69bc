/** What people call a coin, and which chain, network and asset that is here. */
import { didYouMean } from '../base/nearest.ts'
import type { AddressForm, Chain, NativeAsset } from '../core/chain.ts'
import { Refused } from '../core/errors.ts'
import { isNetwork, type AssetId, type Network } from '../core/names.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { knownCoin } from './known-coins.ts'
import type { WalletRooms } from './rooms.ts'

/** An asset on a network. */
export interface Place {
  readonly chain: Chain
  readonly network: Network
  /** As asked for: `BTC`, `USDT`. */
  readonly symbol: string
  readonly asset: AssetId
  /** The network's own coin, in which fees are paid; for such a coin the same asset. */
  readonly native: NativeAsset
}

type Rooms = Pick<WalletRooms, 'chains' | 'settings'>

/** A symbol everywhere it is served: one entry a network. */
export function placesOf({ chains, settings }: Rooms): readonly Place[] {
  return [...chains.values()].flatMap((chain) =>
    (chain.natives ?? []).flatMap((native) => {
      const { network, symbol, asset } = native
      const own = { chain, network, symbol, asset, native }
      return [
        own,
        ...tokensBeside(own).flatMap((token) =>
          namesOf(settings, token).map((name) => ({ ...own, symbol: name, asset: token })),
        ),
      ]
    }),
  )
}

/** Every listed token of the network, whether or not it has a symbol here: a wallet of the network's own coin holds them too. */
export function tokensBeside({ chain, network }: Place): readonly AssetId[] {
  return (chain.tokens ?? []).filter((token) => token.startsWith(`${network}/`))
}

/** What people call a token: the configuration may spell its address otherwise than facts do. */
function namesOf({ tokens }: Rooms['settings'], token: AssetId): readonly string[] {
  return tokens.flatMap(({ asset, symbol }) => (asset.toLowerCase() === token.toLowerCase() ? [symbol] : []))
}

/** Everything that is called so, on whatever network: a symbol, or one CAIP-19 id. */
export function assetsNamed(rooms: Rooms, name: string): readonly AssetId[] {
  return placesOf(rooms).flatMap((place) => (isCalled(place, name) ? [place.asset] : []))
}

/**
 * @param name a symbol or a CAIP-19 id
 * @param network a CAIP-2 id, or what people call the network; absent: the only one there is, or the configured one
 * @throws Refused `not-supported`, `unknown-network`
 */
export function placeOf(rooms: Rooms, name: string, network: string | undefined): Place {
  const all = placesOf(rooms)
  const named = all.filter((place) => isCalled(place, name))
  if (named.length === 0) throw unknownAsset(rooms, name, all)
  const wanted = network ?? usualNetwork(rooms, named)
  const found = named.filter((place) => wanted === undefined || isAt(place, wanted))
  const [only, second] = found
  if (only !== undefined && second === undefined) return only
  throw unknownNetwork(
    name,
    network,
    named.map(({ native: one }) => one),
  )
}

export function isCalled({ symbol, asset }: Place, name: string): boolean {
  const wanted = name.toUpperCase()
  return asset.toUpperCase() === wanted || symbol.toUpperCase() === wanted
}

/** The configured name is one coin's: another coin's test network is called otherwise, and is meant where it is the only one. */
function usualNetwork({ settings }: Rooms, places: readonly Place[]): string | undefined {
  const [first] = places
  const usual = first && settings.networks[first.chain.id]
  return usual !== undefined && places.some((place) => isAt(place, usual)) ? usual : undefined
}

function isAt({ network, native }: Place, wanted: string): boolean {
  return isNetwork(wanted) ? network === wanted : native.networkName === wanted
}

function unknownAsset(rooms: Rooms, got: string, all: readonly Place[]): Refused {
  const names = [...new Set(all.map(({ symbol }) => symbol))]
  // Of two or three letters another coin's symbol is always near: nobody who asked for BTC means LTC.
  const nearest = got.length < 4 ? undefined : didYouMean(got.toUpperCase(), names)
  const hint =
    knownCoin(rooms, got)?.hint ??
    nearest ??
    'A coin is served where its network is configured (networks, wallet), a token where it has a symbol (assets)'
  const wanted = names.join(', ') || 'an asset of a configured network'
  return new Refused('not-supported', 'No wallet is made for this asset here', { where: 'asset', got, wanted, hint })
}

/** Goerli ended in 2024: who still asks for it is told what took its place. https://ethereum.org/en/developers/docs/networks/ */
const ended: Readonly<Record<string, string>> = {
  goerli: 'Goerli was shut down in 2024; Sepolia took its place',
  ropsten: 'Ropsten was shut down in 2022; Sepolia took its place',
  rinkeby: 'Rinkeby was shut down in 2023; Sepolia took its place',
  mumbai: 'Mumbai was shut down in 2024; Amoy took its place',
}

const otherNetworks =
  'A network is served where the configuration lists it (networks) or means it (wallet.utxoNetwork, wallet.evmNetwork)'

/** `networks` are those on which the asset is served. */
export function unknownNetwork(
  asset: string,
  got: string | undefined,
  networks: readonly Pick<NativeAsset, 'network' | 'networkName'>[],
): Refused {
  const wanted = networks.map(({ network, networkName }) => `${networkName} (${network})`).join(', ')
  const hint = got === undefined ? undefined : (ended[got.toLowerCase()] ?? otherNetworks)
  const particulars = { where: 'network', got: got ?? 'none', wanted, ...(hint && { hint }) }
  const detail = got === undefined ? `${asset} is served on several networks: name one` : `${asset} is not served there`
  return new Refused('unknown-network', detail, particulars)
}

/** The place a wallet's row speaks of. @throws Refused when its network is configured no longer, or its symbol is another token's */
export function placeOfRow(rooms: Rooms, row: WalletRow): Place {
  return requireMeaning(row, placeOf(rooms, row.asset, row.network))
}

/** Which token a wallet was made for; undefined for one that was made before wallets remembered it. */
export function meantBy({ body: { assetId } }: Pick<WalletRow, 'body'>): AssetId | undefined {
  return typeof assetId === 'string' && isAsset(assetId) ? assetId : undefined
}

/** As this service wrote it. */
function isAsset(text: string): text is AssetId {
  return text.includes('/')
}

/**
 * A symbol is the configuration's word: where it comes to mean another token, a wallet of the first neither pays the second
 * nor ends while it holds the first.
 * @throws Refused `not-configured`
 */
export function requireMeaning(row: WalletRow, place: Place): Place {
  const wanted = meantBy(row)
  if (wanted === undefined || wanted.toLowerCase() === place.asset.toLowerCase()) return place
  const { id, asset, network } = row
  throw new Refused('not-configured', `${asset} on ${network} is another token than the wallet ${id} was made for`, {
    where: 'assets',
    got: place.asset,
    wanted,
    hint: `Give ${wanted} the symbol ${asset} back in the configuration (assets), and the other token another one`,
  })
}

/** As `placeOfRow`, for what is shown: a wallet stays to be seen when its network or token is taken out of the configuration. */
export function placeIfServed(
  rooms: Rooms,
  { asset, network }: { readonly asset: string; readonly network: Network },
): Place | undefined {
  return placesOf(rooms).find((place) => place.network === network && isCalled(place, asset))
}

/** What people call a network, where it is configured. */
export function networkNameOf({ chains }: Rooms, network: Network): string {
  const natives = [...chains.values()].flatMap((chain) => chain.natives ?? [])
  return natives.find((native) => native.network === network)?.networkName ?? network
}

/** What wallets of an asset say they are of, and where, if the name says that. */
export function wantedAsset(
  rooms: Rooms,
  name: string,
  network: Network | undefined,
): { readonly asset: string; readonly network?: Network } {
  const named = placesOf(rooms).filter((place) => isCalled(place, name))
  const found = named.find((place) => network === undefined || place.network === network)
  if (found === undefined) return { asset: name.toUpperCase() }
  return { asset: found.symbol, ...(name.includes('/') && { network: found.network }) }
}

/** @throws Refused `not-supported` for a form the network does not have */
export function formOf({ native }: Place, name: string | undefined): AddressForm {
  return formIn(native, name)
}

/** @throws Refused `not-supported` for a form the coin does not have */
export function formIn<F extends Pick<AddressForm, 'name'>>(
  { symbol, forms }: { readonly symbol: string; readonly forms: readonly F[] },
  name: string | undefined,
): F {
  const found = name === undefined ? forms[0] : forms.find((form) => form.name === name)
  if (found !== undefined) return found
  const wanted = forms.map((form) => form.name).join(', ')
  const particulars = { where: 'addressType', got: name ?? 'none', wanted }
  throw new Refused('not-supported', `${symbol} has no such addresses`, particulars)
}
