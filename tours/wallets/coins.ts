/** The coins of this tour: for each a network, a tier, and whom its wallet pays. */
import { giveTokens, heldTokens, token } from '../../packages/chancery/test/integration/token.ts'
import type { Wallet } from '../../packages/client/src/index.ts'
import type { Chain, Chains } from './chains.ts'

export interface Coin {
  readonly symbol: string
  readonly network: string
  readonly tier: Wallet['tier']
  readonly asset: string
  readonly chain: Chain
  /** Somebody else's. */
  readonly payee: string
  /** Base units. */
  readonly deposit: bigint
  readonly payment: bigint
}

const ether = 10n ** 18n
const someone = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

export function coinsOn(chains: Chains): readonly Coin[] {
  return [...outputsOn(chains), ...accountsOn(chains)]
}

function outputsOn({ bitcoin, litecoin, dogecoin }: Chains): readonly Coin[] {
  return [
    {
      symbol: 'BTC',
      network: 'testnet',
      tier: 'native',
      chain: bitcoin,
      asset: `${bitcoin.id}/slip44:1`,
      payee: 'tb1q0xcqpzrky6eff2g52qdye53xkk9jxkvraulyla',
      deposit: 500_000n,
      payment: 150_000n,
    },
    {
      symbol: 'LTC',
      network: 'testnet',
      tier: 'datakey',
      chain: litecoin,
      asset: `${litecoin.id}/slip44:1`,
      payee: 'tltc1q0xcqpzrky6eff2g52qdye53xkk9jxkvry5a605',
      deposit: 5_000_000n,
      payment: 1_500_000n,
    },
    {
      symbol: 'DOGE',
      network: 'testnet',
      tier: 'sealed',
      chain: dogecoin,
      asset: `${dogecoin.id}/slip44:1`,
      payee: 'nfHasKcaJsev32P7yzQvgkbZSWxJC8W4Vf',
      deposit: 5_000_000_000n,
      payment: 500_000_000n,
    },
  ]
}

function accountsOn({ ethereum, binance, polygon }: Chains): readonly Coin[] {
  const evm = { payee: someone, deposit: ether, payment: ether / 4n } as const
  return [
    {
      symbol: 'ETH',
      network: 'sepolia',
      tier: 'native',
      chain: ethereum,
      asset: `${ethereum.id}/slip44:60`,
      ...evm,
    },
    {
      symbol: 'BNB',
      network: 'testnet',
      tier: 'hd',
      chain: binance,
      asset: `${binance.id}/slip44:60`,
      ...evm,
    },
    {
      symbol: 'POL',
      network: 'amoy',
      tier: 'sealed',
      chain: polygon,
      asset: `${polygon.id}/slip44:60`,
      ...evm,
    },
    {
      symbol: 'USDT',
      network: 'sepolia',
      tier: 'datakey',
      asset: `${ethereum.id}/erc20:${token}`,
      chain: tokensOn(ethereum),
      payee: someone,
      deposit: 50_000_000n,
      payment: 20_000_000n,
    },
  ]
}

/** Whoever gets tokens gets a little of the network's own coin with them: fees are paid in that. */
function tokensOn(chain: Chains['ethereum']): Chain {
  return {
    ...chain,
    give: async (address, amount) => {
      await giveTokens(chain.node, address, amount)
      await chain.give(address, ether / 10n)
    },
    held: (address) => heldTokens(chain.node, address),
  }
}
