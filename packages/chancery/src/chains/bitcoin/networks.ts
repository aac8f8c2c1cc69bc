/** Bitcoin, Litecoin and Dogecoin are one chain: what differs between their networks is data. */
import type { AddressForm, KnownCoin, NativeAsset } from '../../core/chain.ts'
import type { AssetId, Network } from '../../core/names.ts'

export interface BitcoinNetwork {
  /** `bip122:` and the first 32 hex digits of the genesis block's hash. https://namespaces.chainagnostic.org/bip122/caip2 */
  readonly network: Network
  readonly symbol: string
  readonly networkName: string
  /** The version byte of base58check. */
  readonly pubKeyHash: number
  readonly scriptHash: number
  /** What addresses of scripts began with before the coin had a version of its own: read, never written. */
  readonly legacyScriptHash?: number
  /** What segwit addresses begin with (BIP-173); absent where there is no segwit. */
  readonly bech32?: string
  /** SLIP-44. */
  readonly coinType: number
  /** How its own keys get addresses; the first is usual. */
  readonly forms: readonly AddressForm[]
  /** All base units there can ever be: no sum is larger. */
  readonly supply: bigint
  /** Base units for 1,000 bytes, by which nodes reckon what it costs to spend an output: less is dust. */
  readonly dustRate: bigint
  /** Base units below which an output is dust however small it is. */
  readonly dustFloor: bigint
  /** Base units for 1,000 virtual bytes below which nodes do not relay. */
  readonly relayFee: bigint
  /** Confirmations after which the new coins of a block may be spent. */
  readonly maturity: number
}

const legacy: AddressForm = { name: 'p2pkh', purpose: 44, algorithm: 'secp256k1-ecdsa' }
const segwit: readonly AddressForm[] = [
  { name: 'p2wpkh', purpose: 84, algorithm: 'secp256k1-ecdsa' },
  legacy,
  { name: 'p2sh-p2wpkh', purpose: 49, algorithm: 'secp256k1-ecdsa', readsAs: 'p2sh' },
  { name: 'p2tr', purpose: 86, algorithm: 'secp256k1-schnorr' },
]

const coin = 100_000_000n

/** bitcoin/bitcoin: src/policy/policy.h; SLIP-44 gives all test networks the coin type 1. */
const bitcoin = {
  symbol: 'BTC',
  forms: segwit,
  supply: 21_000_000n * coin,
  dustRate: 3_000n,
  dustFloor: 0n,
  relayFee: 1_000n,
  maturity: 100,
}
const bitcoinTest = { ...bitcoin, pubKeyHash: 0x6f, scriptHash: 0xc4, bech32: 'tb', coinType: 1 }

/** litecoin-project/litecoin: src/chainparams.cpp, src/policy/policy.h. */
const litecoin = {
  symbol: 'LTC',
  forms: segwit,
  supply: 84_000_000n * coin,
  dustRate: 30_000n,
  dustFloor: 0n,
  relayFee: 1_000n,
  maturity: 100,
}
const litecoinTest = { ...litecoin, pubKeyHash: 0x6f, scriptHash: 0x3a, legacyScriptHash: 0xc4, coinType: 1 }

/**
 * dogecoin/dogecoin: doc/fee-recommendation.md: 0.01 a kilobyte, and 0.01 an output. New coins never end (5.256 billion a
 * year); no output holds more than 10 billion (MAX_MONEY).
 */
const dogecoin = {
  symbol: 'DOGE',
  forms: [legacy],
  supply: 10_000_000_000n * coin,
  dustRate: 0n,
  dustFloor: 1_000_000n,
  relayFee: 1_000_000n,
  maturity: 240,
}

export const knownNetworks: readonly BitcoinNetwork[] = [
  {
    ...bitcoin,
    network: 'bip122:000000000019d6689c085ae165831e93',
    networkName: 'mainnet',
    pubKeyHash: 0x00,
    scriptHash: 0x05,
    bech32: 'bc',
    coinType: 0,
  },
  { ...bitcoinTest, network: 'bip122:000000000933ea01ad0ee984209779ba', networkName: 'testnet' },
  { ...bitcoinTest, network: 'bip122:00000000da84f2bafbbc53dee25a72ae', networkName: 'testnet4' },
  { ...bitcoinTest, network: 'bip122:00000008819873e925422c1ff0f99f7c', networkName: 'signet' },
  { ...bitcoinTest, network: 'bip122:0f9188f13cb7b2c71f2a335e3a4fc328', networkName: 'regtest', bech32: 'bcrt' },
  {
    ...litecoin,
    network: 'bip122:12a765e31ffd4059bada1e25190f6e98',
    networkName: 'mainnet',
    pubKeyHash: 0x30,
    scriptHash: 0x32,
    legacyScriptHash: 0x05,
    bech32: 'ltc',
    coinType: 2,
  },
  { ...litecoinTest, network: 'bip122:4966625a4b2851d9fdee139e56211a0d', networkName: 'testnet', bech32: 'tltc' },
  { ...litecoinTest, network: 'bip122:530827f38f93b43ed12af0b3ad25a288', networkName: 'regtest', bech32: 'rltc' },
  {
    ...dogecoin,
    network: 'bip122:1a91e3dace36e2be3bf030a65679fe82',
    networkName: 'mainnet',
    pubKeyHash: 0x1e,
    scriptHash: 0x16,
    coinType: 3,
  },
  {
    ...dogecoin,
    network: 'bip122:bb0a78264637406b6360aad926284d54',
    networkName: 'testnet',
    pubKeyHash: 0x71,
    scriptHash: 0xc4,
    coinType: 1,
  },
  {
    ...dogecoin,
    network: 'bip122:3d2160a3b5dc4a9d62e7e66a295f7031',
    networkName: 'regtest',
    pubKeyHash: 0x6f,
    scriptHash: 0xc4,
    coinType: 1,
  },
]

const byId = new Map(knownNetworks.map((one) => [one.network, one]))

/** @throws RangeError for a network nobody here knows. */
export function networkOf(network: Network): BitcoinNetwork {
  const found = byId.get(network)
  if (found !== undefined) return found
  const all = knownNetworks.map(({ network: id, symbol, networkName }) => `${id} (${symbol} ${networkName})`)
  throw new RangeError(`not a network of Bitcoin, Litecoin or Dogecoin: ${network}. Known are ${all.join(', ')}`)
}

/** What fees are paid in, too. The coin type is that of the network, so 1 on test networks. */
export function nativeAsset({ network, coinType }: BitcoinNetwork): AssetId {
  return `${network}/slip44:${coinType}`
}

export function native(one: BitcoinNetwork): NativeAsset {
  const { symbol, network, networkName, coinType, forms } = one
  return { symbol, network, networkName, asset: nativeAsset(one), decimals: 8, coinType, forms }
}

/** Of all networks, each once. */
export const knownCoins: readonly KnownCoin[] = knownNetworks
  .filter(({ networkName }) => networkName === 'mainnet')
  .map(({ symbol, forms }) => ({ symbol, otherNames: {}, forms }))
