/** Every chain this build knows, with its node. Each loads only where it is configured. */
import type { Hex } from './base/bytes.ts'
import type { JsonObject } from './base/json.ts'
import type { Chain } from './core/chain.ts'
import type { AssetId, ChainId, Network } from './core/names.ts'
import type { ChainNode, CoinNode, LedgerNode, NodeCall } from './core/node.ts'

export interface ChainConfig {
  readonly networks: readonly {
    readonly network: Network
    /** What a file says of a network its chain does not know; all values are text. */
    readonly spec?: JsonObject
    readonly genesisValidatorsRoot?: Hex
    /** Seconds since 1970. */
    readonly genesisTime?: number
  }[]
  readonly assets: readonly { readonly asset: AssetId }[]
  readonly applications: readonly { readonly network: Network; readonly id: bigint; readonly interface: JsonObject }[]
}

export interface NodeConfig {
  readonly network: Network
  readonly urls: readonly URL[]
  readonly fees: 'auto' | 'zero'
  observe(call: NodeCall): void
}

export interface LedgerConfig {
  readonly network: Network
  readonly urls: readonly URL[]
  /** Of a service that looks accounts up by more than their address. */
  readonly indexer?: URL
  observe(call: NodeCall): void
}

export interface CoinConfig {
  readonly network: Network
  readonly urls: readonly URL[]
  /** Of servers that find coins by address. */
  readonly esplora: readonly URL[]
  observe(call: NodeCall): void
}

export interface ChainPlugIn {
  readonly id: ChainId
  /** The CAIP-2 namespace of its networks. */
  readonly namespace: string
  /** Blocks, the one that holds a transaction included, until it counts as final, where the operator says nothing. */
  readonly confirmations: number
  load(config: ChainConfig): Promise<Chain>
  /** The node the relay sends through. */
  loadNode?(config: NodeConfig): Promise<ChainNode>
  /** The node of a chain without nonces. */
  loadLedger?(config: LedgerConfig): Promise<LedgerNode>
  /** The node of a chain whose accounts are sets of coins. */
  loadCoins?(config: CoinConfig): Promise<CoinNode>
}

export const chainPlugIns: readonly ChainPlugIn[] = [
  {
    id: 'evm',
    namespace: 'eip155',
    confirmations: 12,
    load: async (config) => (await import('./chains/evm/chain.ts')).createEvm(config),
    loadNode: async (config) => (await import('./nodes/evm/node.ts')).createEvmNode(config),
  },
  {
    id: 'algorand',
    namespace: 'algorand',
    confirmations: 1,
    load: async (config) => (await import('./chains/algorand/chain.ts')).createAlgorand(config),
    loadLedger: async (config) => (await import('./nodes/algorand/node.ts')).createAlgorandNode(config),
  },
  {
    id: 'bitcoin',
    namespace: 'bip122',
    confirmations: 6,
    load: async (config) => (await import('./chains/bitcoin/chain.ts')).createBitcoin(config),
    loadCoins: async (config) => (await import('./nodes/bitcoin/node.ts')).createBitcoinNode(config),
  },
  {
    id: 'consensus',
    namespace: 'beacon',
    // Nothing is sent: a validator's client publishes what was signed.
    confirmations: 1,
    load: async (config) => (await import('./chains/consensus/chain.ts')).createConsensus(config),
  },
]
