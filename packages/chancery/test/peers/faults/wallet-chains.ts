/** Chains that wallets pay on: coins in memory behind an Esplora server, and anvil. */
import { expect } from 'vitest'
import { createBitcoin } from '../../../src/chains/bitcoin/chain.ts'
import { startAnvil, type Anvil } from '../../integration/anvil.ts'
import { createCoinLedger, type CoinLedger } from '../../relay/coin-ledger.ts'
import { startCoinServer } from '../../relay/coin-server.ts'

export const bitcoin = 'bip122:000000000933ea01ad0ee984209779ba'
export const local = 'eip155:31337'
export const payees = {
  BTC: 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
  ETH: '0x00000000000000000000000000000000000000a1',
} as const

export interface Chains {
  readonly ledger: CoinLedger
  readonly anvil: Anvil
  readonly networks: readonly object[]
  /** Blocks of coins from here on. */
  mine(): void
  close(): Promise<void>
}

export async function startChains(): Promise<Chains> {
  const ledger = createCoinLedger(bitcoin)
  const server = await startCoinServer(ledger.node, bitcoin.slice('bip122:'.length).padEnd(64, '0'))
  const anvil = await startAnvil()
  const networks = [
    { id: bitcoin, esplora: [server.url.href], confirmations: 2 },
    { id: local, rpc: [anvil.url.href], confirmations: 1 },
  ]
  let mining: NodeJS.Timeout | undefined
  return {
    ledger,
    anvil,
    networks,
    mine: () => void (mining ??= setInterval(() => ledger.mine(), 150)),
    close: async () => {
      clearInterval(mining)
      await server.close()
      await anvil.close()
    },
  }
}

const { coins } = createBitcoin({ networks: [{ network: bitcoin }] })

/** Neither in a block nor in anything that was ever sent. */
export function nothingSpentTwice({ ledger }: Chains): void {
  expect(ledger.doubleSpent()).toBe(false)
  const spent = [...ledger.sent.values()].flatMap((raw) => coins?.inputs(raw) ?? [])
  expect(new Set(spent.map(({ txid, index }) => `${txid}:${index}`)).size).toBe(spent.length)
}

/** In base units. */
export async function heldBy({ ledger, anvil }: Chains, asset: string, address: string): Promise<bigint> {
  if (asset === 'BTC') return ledger.held(address)
  return BigInt(String(await anvil.rpc('eth_getBalance', address, 'latest')))
}
