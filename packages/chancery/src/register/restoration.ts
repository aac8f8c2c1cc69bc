/** What a store that was brought back asks of the witness of the process that opens it (`core/restoration.ts`). */
import type { Clock } from '../base/clock.ts'
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import { restoredForSeveral, restoredFromSeveral } from '../core/restoration.ts'
import type { Lease, Store } from '../core/store.ts'
import { checkWitness, type Witness, type Witnessed } from './witness.ts'

/** What the register is opened with. */
export interface Opening {
  readonly store: Store
  readonly witness: Witness
  /** The store was brought back, and nobody has accepted that yet: every process that opens it knows. */
  readonly restored: boolean
  /** Whether another process ended the restore that this one found, and gave up what may have been sent before it. */
  acceptedElsewhere(): Promise<boolean>
}

const patience = 5_000

/**
 * Where the restore is not accepted yet, the register is opened as one whose history no witness has seen: it signs nothing
 * until an administrator accepts that on record, which takes the marks away. One witness is enough only where one process
 * wrote all of it, and that witness agrees.
 * @throws Failed store faults
 */
export async function untilAccepted(store: Store, witness: Witness, clock: Clock): Promise<Opening> {
  const until = deadlineIn(patience, clock)
  const marks = await standing(store, until)
  if (marks.length === 0) return { store, witness, restored: false, acceptedElsewhere: never }
  const several = marks.includes(restoredFromSeveral)
  const release = async () => {
    for (const mark of marks) await store.release(mark, deadlineIn(patience, clock))
  }
  const seen = witness.seen()
  const released = async () => (await standing(store, deadlineIn(patience, clock))).length === 0
  if ((await checkWitness(store, seen, until)).status === 'behind') {
    // Where one process wrote all, a witness that agreed may have ended the restore: this one knows of more.
    const heeded = heeding(witness, seen, release)
    return { store, witness: heeded, restored: true, acceptedElsewhere: several ? released : never }
  }
  // A checkpoint alone may be one that this very process saw before anybody accepted.
  if (several || seen.head === undefined) {
    const unseen = { ...store, shared: false }
    return { store: unseen, witness: heeding(witness, {}, release), restored: true, acceptedElsewhere: released }
  }
  await release()
  return { store, witness, restored: false, acceptedElsewhere: never }
}

const never = async () => false

/** The restore's own marks, as far as they stand. A lease that can be taken is held by nobody. */
async function standing(store: Store, until: Deadline): Promise<readonly Lease[]> {
  const marks = [restoredFromSeveral, restoredForSeveral]
  const taken = await Promise.all(marks.map(({ name }) => store.lease(name, 'nobody', 1, until)))
  return marks.filter((_, index) => taken[index] === undefined)
}

/** Says what it is given to have seen, and ends the restore once the gap is accepted. */
function heeding(witness: Witness, seen: Witnessed, release: () => Promise<void>): Witness {
  let accepted = false
  return {
    seen: () => (accepted ? witness.seen() : seen),
    acknowledge: (head) => witness.acknowledge(head),
    keep: (checkpoint) => witness.keep(checkpoint),
    startAnew: async (head) => {
      await witness.startAnew(head)
      await release()
      accepted = true
    },
    sync: () => witness.sync(),
    persist: () => witness.persist(),
    close: () => witness.close(),
  }
}
