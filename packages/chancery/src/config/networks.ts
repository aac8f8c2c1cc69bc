/** The networks and assets an operator lists: no other network is spoken to, no other asset is understood. */
import { isHex, toLowerHex, type Hex } from '../base/bytes.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isNetwork, type AssetId, type Network } from '../core/names.ts'
import {
  closedObject,
  integer,
  listOf,
  matching,
  oneOf,
  boolean,
  path,
  problem,
  secretUrl,
  type SecretUrl,
  type Shape,
} from './shapes.ts'

export interface NetworkConfig {
  readonly network: Network
  /** In order of preference. Empty: sign for it, but broadcast nothing. */
  readonly rpc: readonly SecretUrl[]
  /** `zero` for gas-free chains, where 0 is a value and not "unset". */
  readonly fees: 'auto' | 'zero'
  /** Blocks, the one that holds the transaction included, until it counts as final; absent: as the chain has it. */
  readonly confirmations?: number
  /** Where accounts are looked up by more than their address, on chains that have such a service beside their nodes. */
  readonly indexer?: SecretUrl
  /** Servers of the Esplora API, in order of preference: they find coins by address. */
  readonly esplora?: readonly SecretUrl[]
  /** Whether money is real there. Keys of the AWS emulator never serve such a network. */
  readonly main: boolean
  /** What a file says of a network that its chain does not know; all values are text. */
  readonly spec?: JsonObject
  /** Of a network of validators that its chain does not know, where its file does not say. */
  readonly genesisValidatorsRoot?: Hex
  /** Seconds since 1970. */
  readonly genesisTime?: number
}

/** As it is written: `spec` is still the name of a file. */
export type NetworkEntry = Omit<NetworkConfig, 'spec'> & { readonly spec?: string }

export interface AssetConfig {
  readonly asset: AssetId
  /** What people call it, such as `USDT`: then wallets are made for it. */
  readonly symbol?: string
}

/** Test, signet and regtest networks of Bitcoin, Litecoin and Dogecoin, by the beginning of their genesis block's hash. */
const bitcoinTests: readonly string[] = [
  '000000000933ea01ad0ee984209779ba',
  '00000000da84f2bafbbc53dee25a72ae',
  '00000008819873e925422c1ff0f99f7c',
  '0f9188f13cb7b2c71f2a335e3a4fc328',
  '4966625a4b2851d9fdee139e56211a0d',
  '530827f38f93b43ed12af0b3ad25a288',
  'bb0a78264637406b6360aad926284d54',
  '3d2160a3b5dc4a9d62e7e66a295f7031',
]

/**
 * Test and development chains; every other one is taken for real. https://chainlist.org for the numbers; for Algorand's
 * testnet, betanet and fnet the first 32 characters of the genesis hash in base64url, as its CAIP-2 profile has it.
 */
const testNetworks: readonly string[] = [
  ...[1337, 31337, 17000, 560048, 11155111].map((id) => `eip155:${id}`),
  'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe',
  'algorand:mFgazF-2uRS1tMiL9dsj01hJGySEmPN2',
  'algorand:kUt08LxeVAAGHnh4JoAoAMM9ql_hBwSo',
  ...['sepolia', 'hoodi', 'chiado'].map((name) => `beacon:${name}`),
  ...[97, 80002].map((id) => `eip155:${id}`),
  ...bitcoinTests.map((genesis) => `bip122:${genesis}`),
]

const rpcUrls = listOf(secretUrl)
const feeMode = oneOf('auto', 'zero')
const confirmationCount = integer(1, 10_000)

const genesisSeconds = integer(0, 2 ** 40)
const members = [
  'id',
  'rpc',
  'indexer',
  'esplora',
  'fees',
  'confirmations',
  'main',
  'spec',
  'genesisValidatorsRoot',
  'genesisTime',
]

export const network: Shape<NetworkEntry> = {
  label: '<network>',
  text: 'json',
  parse(value, where) {
    const given = closedObject(value, where, members)
    const { id, rpc = [], fees = 'auto', confirmations, indexer, esplora } = given
    const named = parseNetwork(id, `${where}.id`)
    return {
      network: named,
      rpc: rpcUrls.parse(rpc, `${where}.rpc`),
      ...(indexer === undefined ? {} : { indexer: secretUrl.parse(indexer, `${where}.indexer`) }),
      ...(esplora === undefined ? {} : { esplora: rpcUrls.parse(esplora, `${where}.esplora`) }),
      fees: feeMode.parse(fees, `${where}.fees`),
      ...(confirmations === undefined
        ? {}
        : { confirmations: confirmationCount.parse(confirmations, `${where}.confirmations`) }),
      main: boolean.parse(given['main'] ?? !testNetworks.includes(named), `${where}.main`),
      ...parseDescription(given, where),
    }
  },
}

/** What a network of validators is told by, where its chain does not know it. */
function parseDescription({ spec, genesisValidatorsRoot, genesisTime }: JsonObject, where: string) {
  return {
    ...(spec === undefined ? {} : { spec: path.parse(spec, `${where}.spec`) }),
    ...(genesisValidatorsRoot === undefined
      ? {}
      : { genesisValidatorsRoot: parseRoot(genesisValidatorsRoot, `${where}.genesisValidatorsRoot`) }),
    ...(genesisTime === undefined ? {} : { genesisTime: genesisSeconds.parse(genesisTime, `${where}.genesisTime`) }),
  }
}

function parseRoot(value: Json, where: string): Hex {
  if (isHex(value, 32)) return toLowerHex(value)
  throw problem(where, value, '0x and 64 hex digits')
}

/** Whether money is real on a network: as configured; where it is not, on every one but the known test networks. */
export function isMainNetwork(networks: readonly NetworkConfig[], id: Network): boolean {
  return networks.find((one) => one.network === id)?.main ?? !testNetworks.includes(id)
}

const symbol = matching(/^[A-Z0-9][A-Z0-9.]{0,15}$/, '<symbol>', 'a symbol such as USDT')

export const asset: Shape<AssetConfig> = {
  label: '<asset>',
  text: 'json',
  parse(value, where) {
    const { id, symbol: named } = closedObject(value, where, ['id', 'symbol'])
    const read = parseAsset(id, `${where}.id`)
    return { asset: read, ...(named === undefined ? {} : { symbol: symbol.parse(named, `${where}.symbol`) }) }
  },
}

export function parseNetwork(value: Json | undefined, where: string): Network {
  if (typeof value === 'string' && isNetwork(value)) return value
  throw problem(where, value, 'a CAIP-2 id such as eip155:1 or beacon:mainnet')
}

function parseAsset(value: Json | undefined, where: string): AssetId {
  if (isAssetId(value)) return value
  throw problem(where, value, 'a CAIP-19 id such as eip155:1/slip44:60')
}

function isAssetId(value: Json | undefined): value is AssetId {
  return (
    typeof value === 'string' &&
    /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}\/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}$/.test(value)
  )
}

/** The network a CAIP-19 id begins with. */
export function networkOf({ asset: id }: AssetConfig): string {
  return id.slice(0, id.indexOf('/'))
}
