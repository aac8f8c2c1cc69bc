/** An EVM node as the relay sees it. */
import { isHex, toHex } from '../../base/bytes.ts'
import type { Deadline } from '../../base/deadline.ts'
import type { Network } from '../../core/names.ts'
import type { ChainNode, NodeCall, Sent } from '../../core/node.ts'
import { Refused } from '../../core/errors.ts'
import type { FeeMode } from './fees.ts'
import { askChainId, createJsonRpc, type JsonRpc } from './json-rpc.ts'
import { holding } from './holding.ts'
import { draft, prepare } from './prepare.ts'
import { answered, hexQuantity } from './quantity.ts'
import { mostBlocks, sighting } from './sighting.ts'

export interface EvmNodeOptions {
  readonly network: Network
  readonly urls: readonly URL[]
  readonly fees: FeeMode
  /** The longest one endpoint may take, in milliseconds. */
  readonly patience?: number
  observe?(call: NodeCall): void
}

const mostNonces = (1n << 64n) - 2n

export function createEvmNode(options: EvmNodeOptions): ChainNode {
  const { network, urls, fees, patience = 5_000, observe = () => {} } = options
  const rpc = createJsonRpc({ urls, chainId: chainIdOf(network), patience, observe })
  const count = async (sender: string, block: string, deadline: Deadline) =>
    answered(await rpc.call('eth_getTransactionCount', [sender, block], deadline), 'nonce', mostNonces)
  return {
    network,
    check: rpc.check,
    minedNonce: async (sender, deadline, depth) => {
      const block = depth === undefined ? 'latest' : await blockAt(depth, rpc, deadline)
      return block === undefined ? 0n : count(sender, block, deadline)
    },
    pendingNonce: (sender, deadline) => count(sender, 'pending', deadline),
    draft: (value) => draft(value, fees),
    prepare: (value, sender, deadline) => prepare(value, sender, fees, rpc, deadline),
    withNonce: (value, nonce) => ({ ...value, nonce: nonce.toString() }),
    send: (raw, deadline) => send(raw, rpc, deadline),
    sighting: (hash, deadline) => sighting(hash, rpc, deadline),
    forward: async (raw, deadline) => {
      const { ok, whole } = await rpc.ask('eth_sendRawTransaction', [toHex(raw)], deadline)
      return { ok, answer: whole }
    },
    balance: async (address, deadline) =>
      answered(await rpc.call('eth_getBalance', [address, 'latest'], deadline), 'balance'),
    holding: (asset, address, deadline) => holding(asset, address, rpc, deadline),
    close: () => {},
  }
}

/** Undefined where the chain is not that long yet. */
async function blockAt(depth: bigint, rpc: JsonRpc, deadline: Deadline): Promise<string | undefined> {
  const head = answered(await rpc.call('eth_blockNumber', [], deadline), 'block number', mostBlocks)
  return head + 1n < depth ? undefined : hexQuantity(head + 1n - depth)
}

async function send(raw: Uint8Array, rpc: JsonRpc, deadline: Deadline): Promise<Sent> {
  const answer = await rpc.ask('eth_sendRawTransaction', [toHex(raw)], deadline)
  if (!answer.ok) return { accepted: false, words: answer.words }
  return isHex(answer.result, 32) ? { accepted: true } : { accepted: false, words: 'the answer is not a hash' }
}

/** Which network a node serves, by its own word. @throws Failed `node-unavailable` */
export async function networkAt(url: URL, patience = 5_000): Promise<Network> {
  return `eip155:${await askChainId(url, patience)}`
}

function chainIdOf(network: Network): bigint {
  const [namespace, reference = ''] = network.split(':')
  if (namespace === 'eip155' && /^[1-9][0-9]*$/.test(reference)) return BigInt(reference)
  throw new Refused('unknown-network', 'Not an EVM network', { got: network, wanted: 'eip155:<chain id>' })
}
