/** Rows of wallets and their addresses are believed as this service wrote them, whatever the database says. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { Secret } from '../../src/base/secret.ts'
import { newId } from '../../src/base/id.ts'
import type { Network } from '../../src/core/names.ts'
import type { WalletAddress, WalletRow } from '../../src/core/wallet-store.ts'
import { readingGenuine } from '../../src/wallets/reading.ts'
import type { WalletRooms } from '../../src/wallets/rooms.ts'
import { walletItem } from '../../src/wallets/row.ts'

const stateKey = new Secret(new Uint8Array(32).fill(1))
const soon = () => deadlineIn(30_000, systemClock)
const network: Network = 'bip122:000000000933ea01ad0ee984209779ba'

function written(user: string) {
  const keyId = newId('key', 1_000)
  const row: WalletRow = {
    id: newId('wal', 1_000),
    version: 2,
    user,
    asset: 'BTC',
    network,
    tier: 'hd',
    state: 'CREATED',
    address: `${user} 0`,
    key: keyId,
    account: 0,
    provider: user,
    body: { providerId: user, form: 'p2wpkh', keyId },
    createdAt: 1_000,
    updatedAt: 1_000,
  }
  const at = (index: number) => ({
    network,
    address: `${user} ${index}`,
    wallet: row.id,
    branch: 0,
    index,
    createdAt: 1,
  })
  const { wallets = [], addresses = [] } = walletItem({ stateKey }, row, [at(0), at(1)])
  return { row, kept: wallets[0] ?? row, addresses }
}

const [victim, thief] = [written('victim'), written('thief')]

/** A database that answers `found` to whoever asks for the wallet at an address, with these addresses in it. */
function answering(found: WalletRow, addresses: readonly WalletAddress[]) {
  const store = {
    shared: false,
    wallet: async () => found,
    walletAt: async () => found,
    wallets: async () => [found],
    walletAddresses: async (id: string) => addresses.filter(({ wallet }) => wallet === id),
  } as unknown as WalletRooms['store']
  return readingGenuine({ store, stateKey })
}

const corrupt = { code: 'store-corrupt' }
const moved = victim.addresses.map((one) => ({ ...one, wallet: thief.row.id }))

test('a row is read as it was written, and no other', async () => {
  expect(await answering(victim.kept, []).wallet(victim.row.id, soon())).toEqual(victim.row)
  for (const edited of [
    { address: 'thief 0' },
    { user: 'thief' },
    { state: 'DELETED' as const },
    { provider: 'thief' },
    { body: { ...victim.kept.body, paid: 20 } },
  ]) {
    const read = answering({ ...victim.kept, ...edited }, []).wallet(victim.row.id, soon())
    await expect(read).rejects.toMatchObject(corrupt)
  }
})

describe.each(['victim 0', 'victim 1'])('the address %s', (address) => {
  const by = (store: ReturnType<typeof answering>) => [
    async () => [await store.walletAt(network, address, soon())],
    async () => store.wallets({ address }, { limit: 10 }, soon()),
  ]

  test('leads to its wallet', async () => {
    for (const read of by(answering(victim.kept, victim.addresses))) expect(await read()).toEqual([victim.row])
  })

  test.each([
    ['that the database was told of', [...thief.addresses, ...moved]],
    ['that has no such address', thief.addresses],
  ])('leads to no other wallet %s: it would be credited with what somebody else is paid', async (_, addresses) => {
    for (const read of by(answering(thief.kept, addresses))) await expect(read()).rejects.toMatchObject(corrupt)
  })
})
