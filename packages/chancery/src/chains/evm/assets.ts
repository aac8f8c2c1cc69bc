/** The networks and assets an operator listed: only for these are facts about money stated (safety rule 17). */
import { isNetwork, type AssetId, type Network } from '../../core/names.ts'
import { checksummed, readAddress } from './address.ts'
import { toHex } from '../../base/bytes.ts'

export interface EvmConfig {
  /** `eip155:N`. https://namespaces.chainagnostic.org/eip155/caip2 */
  readonly networks: readonly { readonly network: Network }[]
  /** `eip155:N/erc20:0x…`, or `eip155:N/slip44:60` to name the native asset. */
  readonly assets: readonly { readonly asset: AssetId }[]
}

export interface Assets {
  /** All listed tokens. */
  readonly tokens: readonly AssetId[]
  /** The listed ERC-20 token at a contract, in its one text form: the address checksummed. */
  token(network: Network, contract: Uint8Array): AssetId | undefined
}

/** @throws RangeError for a network that is not `eip155:N`. */
export function chainIdOf(network: Network): bigint {
  const reference = /^eip155:([1-9][0-9]{0,18})$/.exec(network)?.[1]
  if (reference === undefined) throw new RangeError(`not an EVM network: ${network}`)
  return BigInt(reference)
}

/** What fees are paid in. The coin type 60 stands for the native asset of every network here. */
export function nativeAsset(network: Network): AssetId {
  return `${network}/slip44:60`
}

/** @throws RangeError for an asset of a network that is not configured, or of a kind nobody reads; Refused for its address. */
export function readAssets(config: EvmConfig): Assets {
  const networks = new Set(config.networks.map(({ network }) => network))
  const tokens = new Map<string, AssetId>()
  for (const { asset } of config.assets) {
    const [network, address] = readAsset(asset)
    if (!networks.has(network)) throw new RangeError(`${asset}: the network is not configured`)
    if (address !== undefined) tokens.set(`${network}/${toHex(address)}`, `${network}/erc20:${checksummed(address)}`)
  }
  return { tokens: [...tokens.values()], token: (network, contract) => tokens.get(`${network}/${toHex(contract)}`) }
}

function readAsset(asset: AssetId): [Network, Uint8Array | undefined] {
  const [, network = '', address] = /^(eip155:[0-9]+)\/(?:slip44:60|erc20:(0x[0-9a-fA-F]{40}))$/.exec(asset) ?? []
  if (!isNetwork(network)) throw new RangeError(`${asset}: expected eip155:N/erc20:0x… or eip155:N/slip44:60`)
  return [network, address === undefined ? undefined : readAddress(address, asset)]
}
