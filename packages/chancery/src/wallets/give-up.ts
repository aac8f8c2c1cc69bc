/**
 * The end of a creation that nobody can finish. No address of it was ever shown, so nothing can have been paid to it; its place
 * is free at once. A key that was made for it ends as keys do, after a window; one that nobody recorded `doctor` lists.
 */
import { isoTime } from '../base/clock.ts'
import { deadlineIn } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { Failed, Refused } from '../core/errors.ts'
import type { KeyRecord } from '../core/key.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { onBehalf } from './behalf.ts'
import { alone } from './finish.ts'
import { refuseOwnRules } from './own-rules.ts'
import type { WalletDesk } from './rooms.ts'
import { bodyOf, nextRow, rowLimit, walletItem } from './row.ts'

/** Whether the row is of a creation that was given up. */
export function isGivenUp({ state, body }: WalletRow): boolean {
  return state === 'DELETED' && body['givenUp'] !== undefined
}

/** Needs `admin`. Said again, it asks the back-end again, which may have failed the first time. */
export async function giveUp(desk: WalletDesk, row: WalletRow, days: number, call: Call): Promise<WalletRow> {
  desk.requirePermit(call.principal, 'admin', {})
  await desk.state.refresh(call.deadline)
  const made = keyOf(desk, row)
  if (made !== undefined) refuseOwnRules(desk, row, made)
  const ended = await desk.works.join(row.id, () => alone(desk, row, call, (standing) => end(desk, standing, call)))
  if (ended.state !== 'DELETED') {
    throw new Refused('wallet-state', 'The wallet was made in the meantime', { got: ended.state, wanted: 'CREATING' })
  }
  await desk.state.refresh(call.deadline)
  const key = keyOf(desk, row)
  if (key !== undefined && (key.state === 'enabled' || key.state === 'disabled')) {
    await desk.keyring.scheduleDeletion(key.id, days, onBehalf(call, 'keys:delete', key.id))
  }
  return ended
}

/** The key that was made for it alone, where there is one. */
function keyOf({ state }: WalletDesk, row: WalletRow): KeyRecord | undefined {
  return row.account === undefined ? state.current().findKey(bodyOf(row).keyId) : undefined
}

/** Its provider id is free again: the wallet made in its place may have it. */
async function end(desk: WalletDesk, named: WalletRow, { principal }: Call): Promise<WalletRow> {
  const { provider: _, ...row } = named
  if (row.state !== 'CREATING') return row
  const now = desk.clock.now()
  const givenUp = { date: isoTime(now), by: principal.client }
  const ended = nextRow(row, now, { state: 'DELETED', body: { givenUp, since: undefined } })
  const recorded = await desk.recorder.record(walletItem(desk, ended), deadlineIn(rowLimit, desk.clock))
  if (recorded.status === 'recorded') return ended
  if (recorded.status === 'refused') throw new Refused('version-conflict', 'The wallet changed in the meantime')
  throw new Failed('internal', `The wallet ${row.id} could not be given up`)
}
