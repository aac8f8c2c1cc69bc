/** Nodes of a chain in memory. */
import type { Network } from '../../../src/core/names.ts'
import type { CoinNode, NodeCall } from '../../../src/core/node.ts'
import { createBitcoinNode } from '../../../src/nodes/bitcoin/node.ts'
import { createChain, type FakeChain } from './fake/chain.ts'
import { startEsplora } from './fake/esplora-server.ts'
import type { Loopback } from './fake/loopback.ts'
import { startRpc } from './fake/rpc-server.ts'

export function networkOf(chain: FakeChain): Network {
  return `bip122:${chain.blocks[0]?.hash.slice(0, 32) ?? ''}`
}

export const kinds = ['JSON-RPC', 'Esplora'] as const
export type Kind = (typeof kinds)[number]

/** What each kind calls it. */
export const names = {
  'JSON-RPC': {
    genesis: 'getblockhash',
    transaction: 'getrawtransaction',
    send: 'sendrawtransaction',
    coins: 'scantxoutset',
  },
  Esplora: { genesis: '/block-height/0', transaction: '/tx/', send: '/tx', coins: '/address/' },
} as const

export const result = (kind: Kind, value: unknown) =>
  kind === 'Esplora' ? String(value) : JSON.stringify({ result: value, error: null, id: 0 })

export interface Scene {
  readonly chain: FakeChain
  readonly server: Loopback
  readonly node: CoinNode
}

export async function scene(kind: Kind): Promise<Scene> {
  const chain = createChain()
  const server = kind === 'Esplora' ? await startEsplora({ chain }) : await startRpc({ chain, txindex: true })
  return { chain, server, node: nodeAt(kind, chain, [server.url]) }
}

export function nodeAt(
  kind: Kind,
  chain: FakeChain,
  urls: readonly URL[],
  patience = 5_000,
  calls: NodeCall[] = [],
): CoinNode {
  const observe = (call: NodeCall) => void calls.push(call)
  const ends = kind === 'Esplora' ? { urls: [], esplora: urls } : { urls }
  return createBitcoinNode({ network: networkOf(chain), ...ends, patience, observe })
}
