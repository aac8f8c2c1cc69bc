/** A disk that takes long over each commit: a signature would not be waited for, a wallet is. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { deadlineIn } from '../../src/base/deadline.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createBitcoin } from '../../src/chains/bitcoin/chain.ts'
import { commitLimit } from '../../src/core/recorder.ts'
import type { Store } from '../../src/core/store.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { openHouse, removeFolder, type TestHouse } from './house.ts'

const network = 'bip122:000000000933ea01ad0ee984209779ba'

let slow = false

async function openSlowly(): Promise<TestHouse> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-house-'))
  const opened = await openSqlite({ path: join(folder, 'data', 'store.sqlite'), clock: systemClock, onFatal: () => {} })
  const store: Store = {
    ...opened,
    async commit(round, deadline) {
      const done = await opened.commit(round, deadline)
      if (slow) await after(commitLimit + 100)
      return done
    },
  }
  return openHouse({ folder, store, chains: [createBitcoin({ networks: [{ network }] })] })
}

test.each(['sealed', 'hd'] as const)(
  'a wallet of the tier %s is made',
  async (tier) => {
    const house = await openSlowly()
    const call = () => ({ ...house.operator(), deadline: deadlineIn(30_000, systemClock) })
    slow = true
    const made = await house.wallets.create({ user: '123', asset: 'BTC', network, tier }, call())
    expect(made.row).toMatchObject({ state: 'CREATED', address: expect.stringMatching(/^tb1q/) as string })
    if (tier === 'hd') expect(await house.wallets.newAddress(made.row.id, call())).toMatchObject({ index: 1 })
    slow = false
    await house.close()
    await removeFolder(house)
  },
  60_000,
)
