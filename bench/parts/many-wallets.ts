/** A store with as many wallets as an exchange has, each authenticated as the service does it, written past the service. */
import { DatabaseSync } from 'node:sqlite'
import { fromHex, toHex } from '../../packages/chancery/src/base/bytes.ts'
import { systemClock } from '../../packages/chancery/src/base/clock.ts'
import { newId } from '../../packages/chancery/src/base/id.ts'
import { canonical } from '../../packages/chancery/src/base/json.ts'
import type { Secret } from '../../packages/chancery/src/base/secret.ts'
import type { Network, WalletId } from '../../packages/chancery/src/core/names.ts'
import type { WalletAddress, WalletRow } from '../../packages/chancery/src/core/wallet-store.ts'
import { openSqlite } from '../../packages/chancery/src/store/sqlite/open.ts'
import { walletItem } from '../../packages/chancery/src/wallets/row.ts'

export const asset = 'ETH'
export const network: Network = 'eip155:11155111'

/** What a wallet is found by. */
export interface Known {
  readonly id: WalletId
  readonly user: string
  readonly address: string
}

/** @returns how each of `count` wallets can be found */
export async function writeWallets(path: string, count: number, stateKey: Secret): Promise<readonly Known[]> {
  await (await openSqlite({ path, clock: systemClock })).close()
  const db = new DatabaseSync(path)
  try {
    db.exec('BEGIN')
    const insert = inserts(db)
    const known = Array.from({ length: count }, (_, i) => {
      const { row, address } = walletNumber(i)
      const { wallets = [], addresses = [] } = walletItem({ stateKey }, row, [address])
      for (const one of wallets) insert.wallet(one)
      for (const one of addresses) insert.address(one)
      return { id: row.id, user: row.user, address: address.address }
    })
    db.exec('COMMIT')
    return known
  } finally {
    db.close()
  }
}

function walletNumber(i: number): { readonly row: WalletRow; readonly address: Omit<WalletAddress, 'mac'> } {
  const now = systemClock.now()
  const id = newId('wal', now)
  const address = `0x${(BigInt(i) * 0x9e3779b97f4a7c15n).toString(16).padStart(40, '0').slice(-40)}`
  const provider = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`
  const body = { providerId: provider, form: 'account', keyId: key }
  const row: WalletRow = {
    id,
    version: 2,
    user: `user ${i}`,
    asset,
    network,
    tier: 'hd',
    state: 'CREATED',
    address,
    key,
    account: i,
    provider,
    body: { ...body, publicKey: toHex(new Uint8Array(33)), xpub: { publicKey: node.publicKey, chainCode: node.chain } },
    createdAt: now,
    updatedAt: now,
  }
  return { row, address: { network, address, wallet: id, branch: 0, index: 0, createdAt: now } }
}

/** The tree of them all. */
const key = newId('key', systemClock.now())
const node = { publicKey: toHex(new Uint8Array(33)), chain: toHex(new Uint8Array(32)) }

function inserts(db: DatabaseSync) {
  const wallet = db.prepare('INSERT INTO wallet VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const address = db.prepare('INSERT INTO wallet_address VALUES (?, ?, ?, ?, ?, ?, ?)')
  return {
    wallet(row: WalletRow): void {
      const { id, version, user, tier, state, body, createdAt, updatedAt, provider = null } = row
      const [first = null, tree = null, account = null] = [row.address, row.key, row.account]
      const place = [row.asset, row.network, tier, state]
      wallet.run(id, version, user, ...place, first, tree, account, canonical(body), createdAt, updatedAt, provider)
    },
    address(row: WalletAddress): void {
      address.run(row.address, row.network, row.wallet, row.branch, row.index, row.createdAt, fromHex(row.mac))
    },
  }
}
