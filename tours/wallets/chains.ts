/** Networks that are played on this machine: three chains of coins in memory, and three development nodes. */
import { placeToken } from '../../packages/chancery/test/integration/token.ts'
import { createCoinLedger } from '../../packages/chancery/test/relay/coin-ledger.ts'
import { startCoinServer } from '../../packages/chancery/test/relay/coin-server.ts'
import { startAnvil, type EvmNode } from '../nodes.ts'

/** A network as the service is told of it. */
export interface Chain {
  readonly id: string
  readonly url: string
  /** Mines what waits, where nobody else does. */
  mine(): void
  give(address: string, amount: bigint): Promise<void>
  held(address: string): Promise<bigint>
  close(): Promise<void>
}

type CoinChain = `bip122:${string}`

/** A chain of coins in memory, behind the API of an Esplora server. `rate` is base units for 1,000 virtual bytes. */
async function coinChain(id: CoinChain, rate: bigint): Promise<Chain> {
  const ledger = createCoinLedger(id)
  ledger.treat.feeRate = () => rate
  const server = await startCoinServer(ledger.node, id.slice('bip122:'.length).padEnd(64, '0'))
  return {
    id,
    url: server.url.href,
    mine: () => ledger.mine(),
    give: async (address, amount) => {
      ledger.deposit(address, amount)
      ledger.mine()
    },
    held: async (address) => ledger.held(address),
    close: () => server.close(),
  }
}

async function evmChain(cwd: string, number: string): Promise<Chain & { readonly node: EvmNode }> {
  const node = await startAnvil(cwd, '--chain-id', number)
  return {
    id: `eip155:${number}`,
    url: node.url,
    node,
    mine: () => {},
    give: async (address, amount) => void (await node.rpc('anvil_setBalance', address, `0x${amount.toString(16)}`)),
    held: async (address) => BigInt(String(await node.rpc('eth_getBalance', address, 'latest'))),
    close: async () => void (await node.program.end('SIGTERM')),
  }
}

export interface Chains {
  readonly bitcoin: Chain
  readonly litecoin: Chain
  readonly dogecoin: Chain
  readonly ethereum: Chain & { readonly node: EvmNode }
  readonly binance: Chain
  readonly polygon: Chain
}

export async function startChains(cwd: string): Promise<Chains> {
  const [bitcoin, litecoin, dogecoin, ethereum, binance, polygon] = await Promise.all([
    coinChain('bip122:000000000933ea01ad0ee984209779ba', 2_000n),
    coinChain('bip122:4966625a4b2851d9fdee139e56211a0d', 2_000n),
    coinChain('bip122:bb0a78264637406b6360aad926284d54', 1_000_000n),
    evmChain(cwd, '11155111'),
    evmChain(cwd, '97'),
    evmChain(cwd, '80002'),
  ])
  await placeToken(ethereum.node)
  return { bitcoin, litecoin, dogecoin, ethereum, binance, polygon }
}
