/** A policy and a payment that it allows, to be changed by each test where it matters. */
import type { AssetId, Network } from '../../../src/core/names.ts'
import { noWalletPolicy, type WalletPolicy, type WalletRule } from '../../../src/core/wallet-policy.ts'
import { type AskedPayment } from '../../../src/core/wallet-policies.ts'

export const network: Network = 'eip155:31337'
export const ether: AssetId = `${network}/slip44:60`
export const token: AssetId = `${network}/erc20:0x5FbDB2315678afecb367f032d93F642f64180aa3`
export const alice = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'
export const mallory = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
export const treasury = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
export const walletId = 'wal_00000000000000000000000001'

/** Saturday noon. */
export const noon = Date.parse('2026-11-21T12:00:00.000Z')
export const hour = 3_600_000

export function rule(more: Partial<WalletRule> = {}): WalletRule {
  return { name: 'daily', asset: ether, recipients: '*', maximum: '100', maximumFee: '10', ...more }
}

export function policyOf(...rules: readonly WalletRule[]): WalletPolicy {
  return { ...noWalletPolicy, rules }
}

export function payment(more: Partial<AskedPayment> = {}): AskedPayment {
  const who = { wallet: walletId, user: '123', tier: 'sealed' } as const
  return { ...who, network, asset: ether, to: alice, amount: 50n, maxFee: 5n, ...more }
}
