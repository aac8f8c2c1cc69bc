/**
 * A store that several processes share and that was set back: a standby was promoted that lacked the last commits. Whoever
 * finds something missing that it saw stops signing for all: what is lost may have been signed by any of them, and one that
 * recorded nothing in that time misses nothing itself.
 */
import type { Clock } from '../base/clock.ts'
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import type { Secret } from '../base/secret.ts'
import type { Failed } from '../core/errors.ts'
import type { State } from '../core/state.ts'
import type { Store } from '../core/store.ts'
import { observe } from '../register/notary.ts'
import { openState } from '../register/state.ts'
import { checkWitness, type Witness, type Witnessed } from '../register/witness.ts'
import { openWriter, type Writer } from '../register/writer.ts'

export interface SetBackParts {
  readonly store: Store
  readonly witness: Witness
  readonly stateKey: Secret
  readonly clock: Clock
  readonly version: string
  /** Whether it was brought back on purpose: each process waits for its own acceptance then, and stops no other. */
  readonly restored: boolean
  onError(error: unknown, about: string): void
  onFatal(error: Failed): void
}

/** Milliseconds: a server that was just promoted may be slow, and this process signs nothing meanwhile. */
const patience = 5_000

export interface SetBack {
  /** What the writer is given: before the process ends, everything is frozen where the store lacks what this process saw. */
  onFatal(error: Failed): void
  /**
   * Looks whether the store still has what this process saw of it, and sees what others made since. Where it has not, the
   * writer ends. Twice a second, so an idle process finds out too. Where it lacked something at the start already and nobody has
   * accepted that, a thaw came too early: others would send again what was lost. @throws Failed store faults
   */
  look(state: State, writer: Pick<Writer, 'status' | 'setBack'>, deadline: Deadline): Promise<void>
}

export function createSetBack(parts: SetBackParts): SetBack {
  const { store, witness, onError, onFatal } = parts
  let missing = false
  return {
    onFatal(error) {
      const halted = store.shared ? haltAnew(parts, error.message, missing) : Promise.resolve()
      void halted
        .catch((cause: unknown) => onError(cause, 'Signing could not be stopped for the other processes'))
        .finally(() => onFatal(error))
    },
    async look(state, writer, deadline) {
      const { behind, fatal } = writer.status()
      if (!store.shared || fatal !== undefined) return
      if (behind !== undefined) return haltWhileBehind(parts, state, behind, deadline)
      const what = await missed(parts, state.current().epoch, deadline)
      if (what === undefined) return observe({ store, witness }, deadline)
      missing = true
      writer.setBack(what)
    },
  }
}

/** At the start, and for as long as the gap is not accepted. @throws Failed */
export async function haltWhileBehind(
  { store, restored }: Pick<SetBackParts, 'store' | 'restored'>,
  state: State,
  behind: string,
  deadline: Deadline,
): Promise<void> {
  if (!store.shared || restored) return
  await state.refreshIfMoved(deadline)
  await haltForAll(state, behind, deadline)
}

/** What the store lacks, in a sentence. */
async function missed(
  { store, witness }: SetBackParts,
  epoch: number,
  deadline: Deadline,
): Promise<string | undefined> {
  const seen = witness.seen()
  const reached = (await store.fence(deadline))?.epoch ?? 0
  if (reached < epoch) return `The state of epoch ${epoch} was seen, and the store is at ${reached}`
  const check = await checkWitness(store, seen, deadline)
  return check.status === 'behind' ? check.what : undefined
}

/**
 * By a stream of its own: the one of this process cannot go on. What the witness saw stays, for the next start. A process that
 * ends for another reason (somebody else uses its stream) stops nobody.
 */
async function haltAnew(parts: SetBackParts, why: string, missing: boolean): Promise<void> {
  const { store, clock, stateKey, version } = parts
  const deadline = deadlineIn(patience, clock)
  const seen = parts.witness.seen()
  if (!missing && (await checkWitness(store, seen, deadline)).status === 'ok') return
  const witness = keepingNothing(seen)
  const writer = await openWriter({ store, clock, stateKey, witness, binary: version, onFatal: () => {} }, deadline)
  try {
    await haltForAll(await openState({ store, recorder: writer, stateKey, clock }, deadline), why, deadline)
  } finally {
    await writer.close(deadline)
  }
}

/** On record, with the reason; an administrator thaws when the gap is accepted. */
async function haltForAll(state: State, why: string, deadline: Deadline): Promise<void> {
  if (state.current().halted) return
  await state.change(
    { actor: 'service', action: 'everything.freeze', about: { why }, puts: [], halted: true },
    deadline,
  )
}

function keepingNothing(seen: Witnessed): Witness {
  const nothing = async (): Promise<void> => {}
  const rest = { startAnew: nothing, sync: nothing, persist: nothing, close: nothing }
  return { seen: () => seen, acknowledge: () => {}, keep: () => {}, ...rest }
}
