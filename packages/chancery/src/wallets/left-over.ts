/** Creations that nobody waits for any more: their request was cut off, or its process ended. */
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import { Refused } from '../core/errors.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { finishOne } from './finish.ts'
import type { WalletDesk } from './rooms.ts'

/** Milliseconds after which a creation is looked after: whoever asked for it is gone by then. */
const patience = 60_000
const pageSize = 200
const creationLimit = 30_000

/** Finishes what it finds, one after the other. One that fails hinders no other, and is met again next time. */
export async function finishLeftOver(desk: WalletDesk, deadline: Deadline, signal: AbortSignal): Promise<void> {
  const creating = await allCreating(desk, deadline)
  const [oldest] = creating
  desk.meter.creating(creating.length, oldest?.createdAt)
  const old = creating.filter((row) => isLeft(desk, row))
  for (const row of old) {
    if (signal.aborted) return
    await finish(desk, row)
  }
}

/** All of them: a page of those that nobody can finish, of a network that is configured no longer, hides none behind it. */
async function allCreating({ store }: WalletDesk, deadline: Deadline): Promise<readonly WalletRow[]> {
  const all: WalletRow[] = []
  for (;;) {
    const after = all.at(-1)?.id
    const found = await store.wallets({ states: ['CREATING'] }, { limit: pageSize, ...(after && { after }) }, deadline)
    all.push(...found)
    if (found.length < pageSize) return all
  }
}

function isLeft({ clock, works }: WalletDesk, { id, updatedAt }: WalletRow): boolean {
  return !works.has(id) && updatedAt + patience <= clock.now()
}

async function finish(desk: WalletDesk, row: WalletRow): Promise<void> {
  try {
    await finishOne(desk, row, { principal: desk.self, deadline: deadlineIn(creationLimit, desk.clock) })
    desk.meter.created(row.tier, 'done')
  } catch (error) {
    // Another process is at it, and counts what becomes of it.
    if (error instanceof Refused && error.code === 'wallet-state') return
    desk.meter.created(row.tier, 'failed')
    desk.onError(error, `wallet ${row.id}`)
  }
}
