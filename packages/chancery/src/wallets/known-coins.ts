/** Coins by the names that people and other services have for them, whether or not a network of theirs is configured. */
import type { Chain, KnownCoin } from '../core/chain.ts'
import type { WalletRooms } from './rooms.ts'

export interface NamedCoin {
  readonly chain: Chain
  readonly coin: KnownCoin
  /** Where it was called by a name that is not its symbol. */
  readonly hint?: string
}

/** Of the chains that are loaded; undefined for what none of them knows. */
export function knownCoin({ chains }: Pick<WalletRooms, 'chains'>, name: string): NamedCoin | undefined {
  const wanted = name.toUpperCase()
  const all = [...chains.values()].flatMap((chain) => (chain.knownCoins ?? []).map((coin) => ({ chain, coin })))
  const own = all.find(({ coin }) => coin.symbol === wanted)
  return own ?? otherwiseCalled(all, wanted) ?? all.find(({ chain }) => chain.collectiveName === wanted)
}

function otherwiseCalled(all: readonly NamedCoin[], wanted: string): NamedCoin | undefined {
  const found = all.find(({ coin }) => Object.hasOwn(coin.otherNames, wanted))
  return found && { ...found, hint: `${found.coin.otherNames[wanted]}: its symbol here is ${found.coin.symbol}` }
}
