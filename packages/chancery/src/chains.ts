/** Every chain this build knows, with its node. Each loads only where it is configured. */
import type { Chain } from './core/chain.ts'
import type { AssetId, ChainId, Network } from './core/names.ts'
import type { ChainNode, NodeCall } from './core/node.ts'

export interface ChainConfig {
  readonly networks: readonly { readonly network: Network }[]
  readonly assets: readonly { readonly asset: AssetId }[]
}

export interface NodeConfig {
  readonly network: Network
  readonly urls: readonly URL[]
  readonly fees: 'auto' | 'zero'
  observe(call: NodeCall): void
}

export interface ChainPlugIn {
  readonly id: ChainId
  /** The CAIP-2 namespace of its networks. */
  readonly namespace: string
  load(config: ChainConfig): Promise<Chain>
  loadNode(config: NodeConfig): Promise<ChainNode>
}

export const chainPlugIns: readonly ChainPlugIn[] = [
  {
    id: 'evm',
    namespace: 'eip155',
    load: async (config) => (await import('./chains/evm/chain.ts')).createEvm(config),
    loadNode: async (config) => (await import('./nodes/evm/node.ts')).createEvmNode(config),
  },
]
