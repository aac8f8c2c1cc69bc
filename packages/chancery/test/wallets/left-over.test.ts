/** What a process says of creations that nobody waits for any more. */
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { newId } from '../../src/base/id.ts'
import type { WalletRow } from '../../src/core/wallet-store.ts'
import { finishLeftOver } from '../../src/wallets/left-over.ts'
import type { WalletDesk } from '../../src/wallets/rooms.ts'
import { Works } from '../../src/wallets/works.ts'

const keyId = newId('key', 1_000)
const row: WalletRow = {
  id: newId('wal', 1_000),
  version: 1,
  user: '123',
  asset: 'ETH',
  network: 'eip155:1',
  tier: 'native',
  state: 'CREATING',
  provider: 'p',
  body: { providerId: 'p', form: 'account', keyId },
  createdAt: 1_000,
  updatedAt: 1_000,
}

test('one that another process is making has not failed here', async () => {
  const said: unknown[] = []
  const desk = {
    clock: systemClock,
    works: new Works(),
    asked: new Map(),
    holder: 'here',
    store: { shared: true, wallets: async () => [row], wallet: async () => row, lease: async () => undefined },
    meter: { creating: () => {}, created: (...what: unknown[]) => void said.push(what) },
    onError: (error: unknown) => void said.push(error),
  } as unknown as WalletDesk
  await finishLeftOver(desk, deadlineIn(30_000, systemClock), new AbortController().signal)
  expect(said).toEqual([])
})
