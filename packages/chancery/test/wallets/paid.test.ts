/** That addresses of a wallet were paid is kept in its row, and costs no more than what is new of it. */
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { Secret } from '../../src/base/secret.ts'
import { newId } from '../../src/base/id.ts'
import type { Page } from '../../src/core/page.ts'
import type { RecordItem } from '../../src/core/recorder.ts'
import type { WalletRow } from '../../src/core/wallet-store.ts'
import { notePaid } from '../../src/wallets/paid.ts'
import type { WalletRooms } from '../../src/wallets/rooms.ts'

const network = 'bip122:000000000933ea01ad0ee984209779ba'
const keyId = newId('key', 1_000)
const id = newId('wal', 1_000)

/** A wallet of 3,000 deposit addresses and one for change. */
const addresses = [
  ...Array.from({ length: 3_000 }, (_, index) => ({ branch: 0, index, address: `deposit ${index}` })),
  { branch: 1, index: 0, address: 'change' },
].map((one) => ({ ...one, network, wallet: id, createdAt: 1, mac: '0x' }))

function kept(paid?: number) {
  let row: WalletRow = {
    id,
    version: 1,
    user: '123',
    asset: 'BTC',
    network,
    tier: 'hd',
    state: 'CREATED',
    key: keyId,
    account: 0,
    body: { providerId: '123', form: 'p2wpkh', keyId, ...(paid !== undefined && { paid }) },
    createdAt: 1,
    updatedAt: 1,
  }
  const read: number[] = []
  const rooms = {
    clock: systemClock,
    stateKey: new Secret(new Uint8Array(32)),
    store: {
      wallet: async () => row,
      walletAddresses: async (_: string, { after = '0/-1', limit }: Page) => {
        const [branch = 0, index = 0] = after.split('/').map(Number)
        const behind = addresses.filter((one) => one.branch > branch || (one.branch === branch && one.index > index))
        read.push(Math.min(behind.length, limit))
        return behind.slice(0, limit)
      },
    },
    recorder: {
      record: async ({ wallets: [next] = [] }: RecordItem) => {
        row = next ?? row
        return { status: 'recorded' }
      },
    },
  } as unknown as WalletRooms
  const note = (...paidTo: readonly string[]) => notePaid(rooms, id, paidTo, deadlineIn(30_000, systemClock))
  return { note, read, now: () => ({ paid: row.body['paid'], version: row.version }) }
}

test('the highest stays, and addresses of change are none that anybody was given', async () => {
  const { note, now } = kept()
  await note('change', 'a stranger')
  expect(now()).toEqual({ paid: undefined, version: 1 })
  await note('deposit 7', 'deposit 2500', 'change')
  expect(now()).toEqual({ paid: 2_500, version: 2 })
  await note('deposit 2499', 'deposit 2500', 'deposit 0')
  expect(now()).toEqual({ paid: 2_500, version: 2 })
})

test('only the addresses behind the last that is known to be paid are read', async () => {
  const { note, now, read } = kept(2_980)
  await note('deposit 0', 'deposit 2980')
  await note('deposit 2990')
  expect([now().paid, read]).toEqual([2_990, [20, 20]])
})
