/** Wallets: what a request that leaves tier or network open means, and the networks that come with that. */
import type { Network } from '../core/names.ts'
import type { WalletConfig } from './config.ts'
import { isMainNetwork, type NetworkConfig } from './networks.ts'
import { settings, type Setting } from './settings.ts'

type Take = <T>(setting: Setting<T>) => T | undefined

/** By what people call them: one a coin. The chains know more of each. */
const utxoNetworks: Readonly<Record<string, readonly Network[]>> = {
  mainnet: [
    'bip122:000000000019d6689c085ae165831e93',
    'bip122:12a765e31ffd4059bada1e25190f6e98',
    'bip122:1a91e3dace36e2be3bf030a65679fe82',
  ],
  testnet: [
    'bip122:000000000933ea01ad0ee984209779ba',
    'bip122:4966625a4b2851d9fdee139e56211a0d',
    'bip122:bb0a78264637406b6360aad926284d54',
  ],
  testnet4: ['bip122:00000000da84f2bafbbc53dee25a72ae'],
  signet: ['bip122:00000008819873e925422c1ff0f99f7c'],
  regtest: [
    'bip122:0f9188f13cb7b2c71f2a335e3a4fc328',
    'bip122:530827f38f93b43ed12af0b3ad25a288',
    'bip122:3d2160a3b5dc4a9d62e7e66a295f7031',
  ],
}

const evmNetworks: Readonly<Record<string, readonly Network[]>> = {
  mainnet: ['eip155:1', 'eip155:56', 'eip155:137'],
  sepolia: ['eip155:11155111', 'eip155:97', 'eip155:80002'],
}

export function walletConfig(take: Take): WalletConfig {
  take(settings.walletProvider)
  const [tier, gap] = [take(settings.walletTier), take(settings.walletGap) ?? 20]
  const [bitcoin, evm] = [take(settings.walletUtxoNetwork), take(settings.walletEvmNetwork)]
  const networks = { ...(bitcoin !== undefined && { bitcoin }), ...(evm !== undefined && { evm }) }
  return { ...(tier !== undefined && { tier }), networks, gap }
}

/** The networks that are listed, and those that the wallets' networks mean: signed for, and sent to by nobody. */
export function withWalletNetworks(
  listed: readonly NetworkConfig[],
  { networks }: WalletConfig,
): readonly NetworkConfig[] {
  const meant = [utxoNetworks[networks['bitcoin'] ?? ''] ?? [], evmNetworks[networks['evm'] ?? ''] ?? []].flat()
  const more = meant.filter((network) => !listed.some((one) => one.network === network))
  return [
    ...listed,
    ...more.map((network) => ({ network, rpc: [], fees: 'auto', main: isMainNetwork([], network) }) as const),
  ]
}
