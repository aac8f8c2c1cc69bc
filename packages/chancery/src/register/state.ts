/** The state decisions are made of: loaded and verified, changed on record, one snapshot an epoch. */
import type { Clock } from '../base/clock.ts'
import { isoTime } from '../base/clock.ts'
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import { newId } from '../base/id.ts'
import type { Secret } from '../base/secret.ts'
import { Failed } from '../core/errors.ts'
import type { Recorded, Recorder, RecordItem } from '../core/recorder.ts'
import type { ChangeRequest, Snapshot, State } from '../core/state.ts'
import type { Fence, Position } from '../core/store.ts'
import { loadState, type Loaded, type StateSource } from './loading.ts'
import { checkNames, plan, type Planned, type Put } from './planning.ts'
import { sealFence } from './records.ts'
import { makeSnapshot, nextSnapshot, type IndexedSnapshot } from './snapshot.ts'

export interface StateOptions {
  readonly store: StateSource
  readonly recorder: Recorder
  /** 32 bytes, derived from the key-encryption key. */
  readonly stateKey: Secret
  readonly clock: Clock
}

/** Milliseconds: 10,000 keys on a machine that is busy with other things took longer than five seconds. */
const openingLimit = 30_000

/** How often a change is planned again because another process came first. */
const tries = 10

/**
 * Loads the state; a new store gets its installation record first.
 * @throws Failed `store-corrupt` when the state does not agree with itself or the register, and store faults
 */
export async function openState(options: StateOptions, deadline?: Deadline): Promise<State> {
  const until = deadline ?? deadlineIn(openingLimit, options.clock)
  const loaded = (await loadState(options.store, options.stateKey, until)) ?? (await found(options, until))
  return new RegisterState(options, loaded)
}

/** The first change of a new store. Whoever loses the race to make it uses the winner's. */
async function found(options: StateOptions, deadline: Deadline): Promise<Loaded> {
  const { store, recorder, stateKey, clock } = options
  const createdAt = isoTime(clock.now())
  const value = { id: newId('ins', clock.now()), createdAt }
  const nothing = { epoch: 0, halted: false, records: new Map() }
  const change = {
    actor: 'operator',
    action: 'installation.create',
    about: { installation: value.id },
    puts: [{ kind: 'installation' as const, value, expect: 0 }],
  }
  await recorder.record(changeItem(plan(nothing, change, stateKey, clock.now()), stateKey), deadline)
  const loaded = await loadState(store, stateKey, deadline)
  if (loaded === undefined) throw new Failed('store-corrupt', 'The new store did not keep its installation')
  return loaded
}

/** Decided under the epoch before the one it makes; alone in its round. */
function changeItem(planned: Planned, stateKey: Secret): RecordItem {
  return {
    bodies: [planned.entry],
    guards: [],
    epoch: planned.epoch - 1,
    signs: false,
    change: (at) => ({ fence: fenceOf(planned, at, stateKey), records: planned.puts }),
  }
}

function fenceOf({ epoch, halted, root }: Planned, at: Position & { readonly index: number }, stateKey: Secret): Fence {
  const { stream, seq, index } = at
  return sealFence({ epoch, halted, root, change: { stream, seq, index } }, stateKey)
}

class RegisterState implements State {
  readonly #options: StateOptions
  #loaded: Loaded
  #snapshot: IndexedSnapshot
  #changing: Promise<unknown> = Promise.resolve()

  constructor(options: StateOptions, loaded: Loaded) {
    this.#options = options
    this.#loaded = loaded
    this.#snapshot = makeSnapshot(loaded.fence, loaded.records.values())
  }

  current(): Snapshot {
    return this.#snapshot
  }

  async refresh(deadline: Deadline): Promise<Snapshot> {
    const { epoch } = this.#loaded.fence
    const loaded = await loadState(this.#options.store, this.#options.stateKey, deadline)
    if (loaded === undefined) throw new Failed('store-corrupt', 'The state is gone from the store')
    if (loaded.fence.epoch < epoch) throw fallen(epoch, loaded.fence.epoch)
    return this.#adopt(loaded)
  }

  async refreshIfMoved(deadline: Deadline): Promise<Snapshot> {
    const fence = await this.#options.store.fence(deadline)
    return fence?.mac === this.#loaded.fence.mac ? this.#snapshot : this.refresh(deadline)
  }

  /** One change of this process at a time: they would only make one another stale. */
  change(request: ChangeRequest, deadline: Deadline): Promise<Snapshot> {
    const done = this.#changing.then(() => this.#change(request, deadline))
    this.#changing = done.catch(() => {})
    return done
  }

  async #change(request: ChangeRequest, deadline: Deadline): Promise<Snapshot> {
    for (let i = 0; i < tries; i++) {
      const planned = this.#plan(request)
      const recorded = await this.#options.recorder.record(changeItem(planned, this.#options.stateKey), deadline)
      if (recorded.status === 'recorded') return this.#adopt(this.#after(planned, recorded), planned.puts)
      await this.refresh(deadline)
    }
    throw new Failed('overloaded', 'The state changes faster than this change can be made')
  }

  #plan(request: ChangeRequest): Planned {
    const { stateKey, clock } = this.#options
    const { fence, records } = this.#loaded
    const puts: readonly Put[] = request.puts
    const planned = plan(
      { epoch: fence.epoch, halted: fence.halted, records },
      { ...request, puts },
      stateKey,
      clock.now(),
    )
    checkNames(this.#snapshot, puts)
    return planned
  }

  #after(planned: Planned, { stream, seq }: Extract<Recorded, { status: 'recorded' }>): Loaded {
    return { fence: fenceOf(planned, { stream, seq, index: 0 }, this.#options.stateKey), records: planned.records }
  }

  /** What was read before a change of our own was recorded is no longer news. `puts`: all that is new since the epoch before. */
  #adopt(loaded: Loaded, puts?: Planned['puts']): Snapshot {
    const { epoch, mac } = this.#loaded.fence
    if (loaded.fence.epoch === epoch && loaded.fence.mac !== mac) {
      throw new Failed('store-corrupt', `Epoch ${epoch} has two states`)
    }
    if (loaded.fence.epoch <= epoch) return this.#snapshot
    const { fence, records } = loaded
    const isNext = puts !== undefined && fence.epoch === epoch + 1
    this.#snapshot = isNext ? nextSnapshot(this.#snapshot, fence, puts) : makeSnapshot(fence, records.values())
    this.#loaded = loaded
    return this.#snapshot
  }
}

/** Epochs never fall: a store that shows an older state than it did was set back. */
function fallen(from: number, to: number): Failed {
  return new Failed('store-corrupt', `The state fell from epoch ${from} to ${to}`)
}
