/** The node of the Bitcoin family against a real one: by a scan of all outputs, and by a watch-only wallet. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import type { CoinNode } from '../../src/core/node.ts'
import { createBitcoinNode } from '../../src/nodes/bitcoin/node.ts'
import { coinNodeContract, type CoinScene } from '../contract/coin-node.ts'
import { litecoindIsThere, litecoindMissing, spendByWallet, startLitecoind, type Litecoind } from './litecoind.ts'

const cases = [
  { name: 'a scan of all outputs', options: [], wallet: false },
  { name: 'a scan, and an index of transactions', options: ['-txindex'], wallet: false },
  { name: 'a watch-only wallet', options: [], wallet: true },
]

beforeEach(({ skip }) => {
  if (!litecoindIsThere) skip(litecoindMissing)
})

describe.each(cases)('Litecoin Core by $name', ({ options, wallet }) => {
  let litecoind: Litecoind | undefined
  beforeAll(async () => {
    if (litecoindIsThere) litecoind = await startLitecoind(...options)
  })
  afterAll(() => litecoind?.stop())

  const scene = async (): Promise<CoinScene> => {
    if (litecoind === undefined) throw new Error(litecoindMissing)
    const name = randomUUID()
    if (wallet) await litecoind.rpc('createwallet', name, true, true)
    const urls = [wallet ? litecoind.walletUrl(name) : litecoind.url]
    return sceneAt(litecoind, createBitcoinNode({ network: litecoind.network, urls }))
  }
  coinNodeContract({ scene, seesPool: wallet, keepsHistory: false })
})

function sceneAt(litecoind: Litecoind, node: CoinNode): CoinScene {
  return {
    node,
    newAddress: async () => String(await litecoind.payee('getnewaddress', '', 'bech32')),
    pay: litecoind.pay,
    mine: litecoind.mine,
    spend: (coin, to, fee) => spendByWallet(litecoind, coin, to, fee),
    undo: async () => void (await litecoind.rpc('invalidateblock', await litecoind.rpc('getbestblockhash'))),
  }
}
