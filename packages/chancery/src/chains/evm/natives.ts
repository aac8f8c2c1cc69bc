/** The coins of EVM networks for which wallets are made. */
import type { AddressForm, KnownCoin, NativeAsset } from '../../core/chain.ts'
import type { Network } from '../../core/names.ts'
import { nativeAsset } from './assets.ts'

/** There is one way to make an address, on all networks alike. */
export const accountForm: AddressForm = { name: 'account', purpose: 44, algorithm: 'secp256k1-ecdsa' }

/** By chain id. https://chainid.network */
const known: Readonly<Record<string, readonly [symbol: string, networkName: string]>> = {
  '1': ['ETH', 'mainnet'],
  '11155111': ['ETH', 'sepolia'],
  '17000': ['ETH', 'holesky'],
  '560048': ['ETH', 'hoodi'],
  '31337': ['ETH', 'local'],
  '1337': ['ETH', 'local'],
  '56': ['BNB', 'mainnet'],
  '97': ['BNB', 'testnet'],
  '137': ['POL', 'mainnet'],
  '80002': ['POL', 'amoy'],
}

/** Of the networks whose coins are known here. Where both local ones are configured, the first is what `local` means. */
export function nativesOf(networks: readonly Network[]): readonly NativeAsset[] {
  const found = networks.flatMap(native)
  return found.filter((one, i) => found.findIndex((other) => isSameName(one, other)) === i)
}

function isSameName(one: NativeAsset, other: NativeAsset): boolean {
  return one.symbol === other.symbol && one.networkName === other.networkName
}

/** Wallets derive by the coin type of Ether on all of them: that is where people look for their coins. */
function native(network: Network): readonly NativeAsset[] {
  const [symbol, networkName] = known[network.slice('eip155:'.length)] ?? []
  if (symbol === undefined || networkName === undefined) return []
  const asset = nativeAsset(network)
  return [{ symbol, network, networkName, asset, decimals: 18, coinType: 60, forms: [accountForm] }]
}

/** https://polygon.technology/blog/save-the-date-matic-pol-migration-coming-september-4th-everything-you-need-to-know */
const otherNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  BNB: { BSC: 'The coin of BNB Smart Chain is BNB' },
  POL: { MATIC: 'MATIC became POL in September 2024', POLYGON: 'The coin of Polygon is POL' },
}

/** Of all networks, each once. */
export const knownCoins: readonly KnownCoin[] = [...new Set(Object.values(known).map(([symbol]) => symbol))].map(
  (symbol) => ({ symbol, otherNames: otherNames[symbol] ?? {}, forms: [accountForm] }),
)
