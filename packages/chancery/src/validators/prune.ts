/** Forgets history that no longer says anything about the future; what decides stays. */
import { isoTime } from '../base/clock.ts'
import { atMost } from '../base/deadline.ts'
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { invalidRequest } from '../core/errors.ts'
import type { Network } from '../core/names.ts'
import type { ValidatorRooms } from './rooms.ts'
import { epochAt, firstSlot, timingOf } from './timing.ts'

/** Rows at a time: some 20 ms of SQLite's thread (safety rule 22). */
const most = 2_000

/** @throws Failed `clock-in-doubt`: a clock that runs ahead would take away what an export must still hold (safety rule 8) */
export async function prune(
  rooms: ValidatorRooms,
  { network, epochs }: { readonly network?: Network; readonly epochs: number },
  call: Call,
): Promise<number> {
  rooms.requirePermit(call.principal, 'admin', {})
  const timing = timingOf(rooms, network)
  if (!Number.isSafeInteger(epochs) || epochs < 1) throw invalidRequest('epochs', String(epochs), 'a number above 0')
  const epoch = epochAt(timing, await rooms.agreedTime(call.deadline)) - BigInt(epochs)
  if (epoch <= 0n) return 0
  const before = { genesisValidatorsRoot: timing.genesisValidatorsRoot, slot: firstSlot(timing, epoch), epoch }
  await note(rooms, timing.network, before, call)
  let forgotten = 0
  for (;;) {
    const now = await rooms.store.forgetDuties(before, most, call.deadline)
    forgotten += now
    if (now < most) return forgotten
  }
}

/** The register says from when on an export is complete. */
async function note(
  { recorder, clock }: ValidatorRooms,
  network: Network,
  { slot, epoch }: { readonly slot: bigint; readonly epoch: bigint },
  { principal, deadline }: Call,
): Promise<void> {
  const body = {
    kind: 'notice',
    time: isoTime(clock.now()),
    what: 'slashing protection history pruned',
    actor: actorOf(principal),
    network,
    beforeSlot: String(slot),
    beforeEpoch: String(epoch),
  } as const
  await recorder.record({ bodies: [body], guards: [], signs: false }, atMost(deadline, 5_000))
}
