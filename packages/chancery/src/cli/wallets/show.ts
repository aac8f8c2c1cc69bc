/** Wallets as the command line shows them. */
import type { Wallet } from '@chancery/client'
import type { Given, Terminal } from '../command.ts'
import { printOne, type Row } from '../output.ts'

export function rowOf({ id, userId, asset, network, tier, status, address }: Wallet): Row {
  return { id, user: userId, asset, network, tier, status, address: address ?? '' }
}

export function printWallet(given: Given, terminal: Terminal, wallet: Wallet): void {
  const { addressType, derivationPath: path, keyId: key, kmsKeyId, createdAt, deletionDate } = wallet
  const more = { 'address type': addressType, path, 'provider id': wallet.providerId, key, 'KMS key': kmsKeyId }
  printOne(given, terminal, wallet, { ...rowOf(wallet), ...more, made: createdAt, 'deleted from': deletionDate })
}
