/** The contract of coin nodes over both protocols and in each way they are asked, against a chain in memory. */
import { randomUUID } from 'node:crypto'
import { describe } from 'vitest'
import { coinNodeContract, type CoinScene } from '../../contract/coin-node.ts'
import { createBitcoinNode } from '../../../src/nodes/bitcoin/node.ts'
import { createChain, transaction, type FakeChain } from './fake/chain.ts'
import { startEsplora } from './fake/esplora-server.ts'
import { startRpc, type RpcServerOptions } from './fake/rpc-server.ts'
import { networkOf } from './fixture.ts'

function sceneOf(chain: FakeChain, urls: readonly URL[], esplora: readonly URL[]): CoinScene {
  return {
    node: createBitcoinNode({ network: networkOf(chain), urls, esplora }),
    newAddress: async () => `rltc1q${randomUUID().replaceAll('-', '')}`,
    pay: async (address, amount) => chain.pay(address, amount),
    mine: async (blocks) => chain.mine(blocks),
    spend: async (coin, to, fee) => {
      const amount = chain.unspent(false).find((one) => one.txid === coin.txid)?.amount ?? 150_000_000n
      return transaction([coin], to, amount - fee)
    },
    undo: async () => chain.undo(),
  }
}

const servers: readonly (Omit<RpcServerOptions, 'chain'> & { readonly name: string; readonly path: string })[] = [
  { name: 'a scan', path: '' },
  { name: 'a scan, and an index of transactions', path: '', txindex: true },
  { name: 'a legacy wallet', path: 'wallet/watch', wallet: 'legacy' },
  { name: 'a wallet of descriptors', path: 'wallet/watch', wallet: 'descriptors', feerate: '0.00012345' },
  { name: 'the only wallet of a node too old to scan', path: '', wallet: 'legacy', old: true },
]

describe.each(servers)('JSON-RPC, by $name', ({ path, ...options }) => {
  const scene = async () => {
    const chain = createChain()
    const { url } = await startRpc({ ...options, chain })
    return sceneOf(chain, [new URL(path, url)], [])
  }
  coinNodeContract({ scene, seesPool: options.wallet !== undefined, keepsHistory: false })
})

describe('Esplora', () => {
  const scene = async () => {
    const chain = createChain()
    const { url } = await startEsplora({ chain, fees: '{"1":20.5,"3":10.001}' })
    return sceneOf(chain, [], [url])
  }
  coinNodeContract({ scene, seesPool: true, keepsHistory: true })
})

describe('both', () => {
  const scene = async () => {
    const chain = createChain()
    const [rpc, esplora] = [await startRpc({ chain }), await startEsplora({ chain })]
    return sceneOf(chain, [rpc.url], [esplora.url])
  }
  coinNodeContract({ scene, seesPool: true, keepsHistory: true })
})
