/** The room of wallets over a house: what it is handed, and what the relay asks of it. */
import { operatorPrincipal } from '../access/operator.ts'
import { requireAdministrator } from '../access/administrator.ts'
import type { PaymentFreezeRooms } from '../access/payment-freeze.ts'
import { permits } from '../access/permit.ts'
import type { Config } from '../config/config.ts'
import type { Keyring } from '../core/keyring.ts'
import type { Network } from '../core/names.ts'
import type { PayingWallets, PaymentRelay } from '../core/payments.ts'
import type { SigningFlow } from '../core/services.ts'
import type { Store } from '../core/store.ts'
import type { Meters } from '../health/metrics.ts'
import { received } from '../relay/coins/received.ts'
import type { CoinNetwork, RelayNetwork } from '../relay/rooms.ts'
import { prove } from '../signing/prove.ts'
import { signShadow } from '../signing/shadow.ts'
import type { SigningRooms } from '../signing/rooms.ts'
import { assetsNamed } from '../wallets/assets.ts'
import { payingWallets } from '../wallets/paying.ts'
import { createWalletPolicies, type RunningWalletPolicies } from '../wallets/policy/policies.ts'
import { readingGenuine } from '../wallets/reading.ts'
import type { WalletRooms, WalletSettings } from '../wallets/rooms.ts'
import { createWallets, type RunningWallets } from '../wallets/wallets.ts'

/** Where the caller of a house says nothing: a tier is named with each wallet. */
export const usualWallets: WalletSettings = { networks: {}, gap: 20, tokens: [] }

export function walletSettings({ wallets, assets }: Pick<Config, 'wallets' | 'assets'>): WalletSettings {
  const tokens = assets.flatMap(({ asset, symbol }) => (symbol === undefined ? [] : [{ asset, symbol }]))
  return { ...wallets, tokens }
}

type Ground = Pick<WalletRooms, 'store' | 'stateKey' | 'settings'> & Pick<SigningRooms, 'chains'>

export function payingOf(ground: Ground & Pick<WalletRooms, 'recorder' | 'clock'>): PayingWallets {
  return payingWallets({ ...ground, store: readingGenuine(ground) })
}

export function walletPoliciesOf(
  ground: Ground & Pick<WalletRooms, 'state' | 'clock'> & { store: Store },
): RunningWalletPolicies {
  const { wallet } = readingGenuine(ground)
  return createWalletPolicies({ ...ground, store: { ...ground.store, wallet }, requireAdministrator })
}

/** What freezes of wallets and assets are held against. */
export function freezeRoomsOf(ground: Ground): PaymentFreezeRooms {
  return {
    hasWallet: async (id, deadline) => (await ground.store.wallet(id, deadline)) !== undefined,
    assetsNamed: (name) => assetsNamed(ground, name),
  }
}

export interface WalletParts extends SigningRooms, Ground {
  readonly store: WalletRooms['store'] & SigningRooms['store']
  readonly keyring: Keyring
  readonly signing: SigningFlow
  readonly payments: PaymentRelay
  readonly networks: ReadonlyMap<Network, RelayNetwork>
  readonly coinNetworks?: ReadonlyMap<Network, CoinNetwork>
  readonly meters: Meters
  readonly holder: string
  onError(error: unknown, about: string): void
}

export function buildWallets(parts: WalletParts): RunningWallets {
  return createWallets({
    ...parts,
    permits,
    self: operatorPrincipal,
    meter: parts.meters.wallets,
    prove: (request) => prove(parts, request),
    signShadow: (request) => signShadow(parts, request),
    nonces: (network, address, deadline) => nonces(parts, network, address, deadline),
    unconfirmed: (network, addresses, deadline) => unconfirmed(parts, network, addresses, deadline),
    transactions: (network, txids, deadline) => transactions(parts, network, txids, deadline),
    received: async (network, addresses, deadline) => {
      const coin = parts.coinNetworks?.get(network)
      return coin && received(coin, addresses, deadline)
    },
    holding: (network, addresses, deadline) => holding(parts, network, addresses, deadline),
    balance: (network, asset, address, deadline) => balance(parts, network, asset, address, deadline),
    depth: (network, hash, deadline) => depth(parts, network, hash, deadline),
  })
}

async function nonces(
  { networks }: WalletParts,
  ...[network, address, deadline]: Parameters<NonNullable<WalletRooms['nonces']>>
) {
  const node = networks.get(network)?.node
  if (node === undefined) return undefined
  const [mined, pending] = await Promise.all([node.minedNonce(address, deadline), node.pendingNonce(address, deadline)])
  return { mined, pending }
}

async function unconfirmed(
  { coinNetworks }: WalletParts,
  ...[network, addresses, deadline]: Parameters<NonNullable<WalletRooms['unconfirmed']>>
): Promise<readonly string[] | undefined> {
  const coins = await coinNetworks?.get(network)?.node.coins(addresses, deadline)
  return coins?.filter(({ confirmations }) => confirmations === 0).map(({ txid }) => txid)
}

async function transactions(
  { coinNetworks }: WalletParts,
  ...[network, txids, deadline]: Parameters<NonNullable<WalletRooms['transactions']>>
): Promise<readonly Uint8Array[] | undefined> {
  const node = coinNetworks?.get(network)?.node
  if (node === undefined) return undefined
  const found = await Promise.all(txids.map((txid) => node.transaction(txid, deadline)))
  return found.filter((one) => one !== undefined)
}

/** Which of the addresses hold the network's own coin. */
async function holding(
  { networks, coinNetworks }: WalletParts,
  ...[network, addresses, deadline]: Parameters<NonNullable<WalletRooms['holding']>>
): Promise<readonly string[] | undefined> {
  const coins = await coinNetworks?.get(network)?.node.coins(addresses, deadline)
  if (coins !== undefined) return [...new Set(coins.map(({ address }) => address))]
  const node = networks.get(network)?.node
  if (node === undefined) return undefined
  const balances = await Promise.all(addresses.map((address) => node.balance(address, deadline)))
  return addresses.filter((_, i) => balances[i] !== 0n)
}

async function balance(
  { networks }: WalletParts,
  ...[network, asset, address, deadline]: Parameters<NonNullable<WalletRooms['balance']>>
): Promise<bigint | undefined> {
  return networks.get(network)?.node.holding(asset, address, deadline)
}

/** Nodes of coins name transactions without 0x. */
async function depth(
  { networks, coinNetworks }: WalletParts,
  ...[network, hash, deadline]: Parameters<NonNullable<WalletRooms['depth']>>
): Promise<bigint | undefined> {
  const coin = coinNetworks?.get(network)
  const sighting = await (coin === undefined
    ? networks.get(network)?.node.sighting(hash, deadline)
    : coin.node.sighting(hash.slice(2), deadline))
  return sighting?.seen === 'block' ? sighting.depth : undefined
}
