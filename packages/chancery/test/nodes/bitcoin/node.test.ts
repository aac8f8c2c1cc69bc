/** The contract of coin nodes over both protocols and in each way they are asked, against a chain in memory. */
import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { coinNodeContract, soon, type CoinScene } from '../../contract/coin-node.ts'
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

  /** A page is 25 in blocks, and 50 that wait. */
  test('tells what was paid to an address whose newest page is of spends alone', async () => {
    const at = await scene()
    const address = await at.newAddress()
    const paid: string[] = []
    for (let i = 0; i < 26; i++) paid.push(await at.pay(address, 10_000n))
    await at.mine(1)
    const spend = async (txid = '') => at.node.send(await at.spend({ txid, index: 0 }, 'else', 1_000n), soon())
    for (const txid of paid) await spend(txid)
    const known = { address, inBlock: true }
    const waiting = await at.node.received([address], soon())
    expect(waiting).toContainEqual({ ...known, txid: paid.at(-1) })
    await at.mine(1)
    const found = await at.node.received([address], soon())
    expect(found).toHaveLength(25)
    for (const { txid, inBlock } of found) expect([paid.includes(txid), inBlock]).toEqual([true, true])
  })
})

describe('both', () => {
  const startBoth = async (chain: FakeChain) => ({
    rpc: await startRpc({ chain }),
    esplora: await startEsplora({ chain }),
  })

  coinNodeContract({
    scene: async () => {
      const chain = createChain()
      const { rpc, esplora } = await startBoth(chain)
      return sceneOf(chain, [rpc.url], [esplora.url])
    },
    seesPool: true,
    keepsHistory: true,
  })

  describe('while the one that remembers does not answer', () => {
    const silent = async () => {
      const chain = createChain()
      const { rpc, esplora } = await startBoth(chain)
      const at = sceneOf(chain, [rpc.url], [esplora.url])
      await at.node.check(soon())
      esplora.faults.push({ name: '/address/', drop: 'before' })
      const [held, spent] = [await at.newAddress(), await at.newAddress()]
      const [txid, gone] = [await at.pay(held, 10_000n), await at.pay(spent, 10_000n)]
      await at.mine(1)
      await at.node.send(await at.spend({ txid: gone, index: 0 }, 'else', 1_000n), soon())
      await at.mine(1)
      return { at, esplora, held, spent, known: { txid, address: held, inBlock: true } }
    }

    test('nobody says that an address was never paid', async () => {
      const { at, esplora, held, spent, known } = await silent()
      for (const addresses of [[spent], [await at.newAddress(), spent]]) {
        await expect(at.node.received(addresses, soon())).rejects.toMatchObject({ code: 'node-unavailable' })
      }
      esplora.faults.length = 0
      const found = await at.node.received([held, spent], soon())
      expect(found).toEqual([known, expect.objectContaining({ address: spent })])
    })

    test('the other says which hold something', async () => {
      const { at, held, spent, known } = await silent()
      await expect(at.node.received([held, spent], soon())).resolves.toEqual([known])
    })
  })
})
