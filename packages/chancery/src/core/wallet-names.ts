/** What a wallet has alone, as names: two items of a round that want the same one do not go together. */
import type { WalletAddress, WalletRow } from './wallet-store.ts'

/** The row itself, its owner's place, and its address, account and provider id where it has them: of a deleted one too. */
export function walletNames({
  id,
  user,
  asset,
  network,
  address,
  key,
  account,
  provider,
}: WalletRow): readonly string[] {
  return [
    JSON.stringify(['wallet', id]),
    JSON.stringify(['owner', user, asset, network]),
    ...(address === undefined ? [] : [JSON.stringify(['first address', network, address])]),
    ...(key === undefined ? [] : [JSON.stringify(['account', key, account ?? null])]),
    ...(provider === undefined ? [] : [JSON.stringify(['provider', provider])]),
  ]
}

export function addressNames({ network, address, wallet, branch, index }: WalletAddress): readonly string[] {
  return [JSON.stringify(['address', network, address]), JSON.stringify(['place', wallet, branch, index])]
}
