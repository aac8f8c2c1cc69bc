/** The mark of a wallet that pays from elsewhere, and whether the two signers were found to sign the same since it is on. */
import { deadlineIn } from '../../base/deadline.ts'
import { actorOf } from '../../core/access.ts'
import type { Call } from '../../core/call.ts'
import { isOvertaken, Refused } from '../../core/errors.ts'
import type { WalletId } from '../../core/names.ts'
import type { Snapshot } from '../../core/state.ts'
import type { WalletRow } from '../../core/wallet-store.ts'
import { elsewhereId } from '../../core/wallet-policy.ts'
import type { WalletRooms } from '../rooms.ts'
import { paysElsewhere } from '../policy/frozen.ts'
import { bodyOf, nextRow, rowLimit, walletItem } from '../row.ts'

/** Milliseconds: a change is never left half done. */
const changeLimit = 10_000
/** How often it is tried when somebody else changes the same. */
const tries = 5

/** 0 for a wallet that never paid from elsewhere. */
export function markVersion({ freezes }: Pick<Snapshot, 'freezes'>, wallet: WalletId): number {
  return freezes.get(elsewhereId(wallet))?.version ?? 0
}

/**
 * In force on every process when it resolves: nothing that was judged before is recorded after. Where `seen` is given, it must
 * still be the mark's version. @throws Refused `version-conflict`; Failed
 */
export async function putMark(
  { state, clock }: Pick<WalletRooms, 'state' | 'clock'>,
  wallet: WalletId,
  elsewhere: boolean,
  call: Call,
  seen?: number,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    // Another process may have moved it: by an older state it would seem to be where it should be.
    const snapshot = await state.refresh(deadlineIn(changeLimit, clock))
    const expect = markVersion(snapshot, wallet)
    if (seen !== undefined && expect !== seen) throw moved()
    if (paysElsewhere(snapshot, wallet) === elsewhere) return
    const action = elsewhere ? 'wallet.roll-back' : 'wallet.cut-over'
    const puts = [{ kind: 'freeze', id: elsewhereId(wallet), value: { frozen: elsewhere }, expect }] as const
    const change = { actor: actorOf(call.principal), action, about: { wallet }, puts }
    try {
      await state.change(change, deadlineIn(changeLimit, clock))
      return
    } catch (error) {
      if (!isOvertaken(error) || attempt === tries) throw error
    }
  }
}

function moved(): Refused {
  return new Refused('version-conflict', 'Somebody else moved the wallet meanwhile: look at it again')
}

/** Since it pays from elsewhere: what was found before is no word about the signer it went back to. */
export function isCompared(snapshot: Pick<Snapshot, 'freezes'>, row: WalletRow): boolean {
  return bodyOf(row).compared === markVersion(snapshot, row.id)
}

/**
 * The last comparison decides; `snapshot` is the state it began with. Of a wallet that pays from here nothing is noted.
 * @throws Failed; Refused `version-conflict`
 */
export async function noteCompared(
  rooms: Pick<WalletRooms, 'clock' | 'recorder' | 'store' | 'stateKey'>,
  snapshot: Pick<Snapshot, 'freezes'>,
  row: WalletRow,
  same: boolean,
  call: Call,
): Promise<void> {
  if (!paysElsewhere(snapshot, row.id) || isCompared(snapshot, row) === same) return
  const compared = same ? markVersion(snapshot, row.id) : undefined
  const next = nextRow(row, rooms.clock.now(), { body: { compared } })
  const recorded = await rooms.recorder.record(walletItem(rooms, next), deadlineIn(rowLimit, rooms.clock))
  if (recorded.status === 'recorded') return
  const standing = await rooms.store.wallet(row.id, call.deadline)
  if (standing === undefined || isCompared(snapshot, standing) !== same) throw moved()
}
