/**
 * The one writer of this process's stream: a group commit. What arrives while a round is in flight shares the next one.
 *
 * The rule that everything here serves (safety rule 4): nobody is told `recorded` unless the store said so in time, and the
 * head moves only over segments the store is known to have. A round whose fate is unknown stays on the list of doubts until
 * the position is taken; before anything else is sent there, the store is asked what stands at it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { atMost, deadlineIn, left, type Deadline } from '../base/deadline.ts'
import { isoTime } from '../base/clock.ts'
import { newId } from '../base/id.ts'
import type { Secret } from '../base/secret.ts'
import type { GapAcceptedEntry } from '../core/entries.ts'
import { Failed } from '../core/errors.ts'
import type { Recorded, Recorder, RecordItem } from '../core/recorder.ts'
import type { Fence, RoundResult, Store } from '../core/store.ts'
import { ask, send, type Exchange } from './exchange.ts'
import { admit, admitFor, reject, resolve, type Pending } from './pending.ts'
import { assemble, select, type Head, type Sending } from './round.ts'
import { checkpointHash, newStreamKey, type StreamKey } from './segment.ts'
import { streamEntry } from './stream.ts'
import { checkWitness, type Witness } from './witness.ts'

export interface WriterOptions {
  readonly store: Store
  readonly clock: Clock
  /** Vouches for the stream's own key in its first entry. */
  readonly stateKey: Secret
  readonly witness: Witness
  /** Version of the program, for the stream's first entry. */
  readonly binary: string
  /** Made for the stream when absent. */
  readonly streamKey?: StreamKey
  /** Called once, when another writer uses our stream or history was lost: nothing is recorded from then on. */
  onFatal(error: Failed): void
  readonly limits?: Partial<WriterLimits>
}

export interface WriterLimits {
  /** Items that wait, those that trail included. */
  readonly queue: number
  /** Items that trail: what comes beyond is dropped and counted. */
  readonly trailing: number
  /** Milliseconds one call to the store may take: the service answers within a second (architecture, the flow, 7). */
  readonly call: number
}

/** A store without a fence is at epoch 0. */
const noFence = { epoch: 0, halted: false }

const usualLimits: WriterLimits = { queue: 10_000, trailing: 5_000, call: 1_000 }

export interface WriterStatus {
  readonly waiting: number
  /** Trailing items lost: the queue was full, or the store refused them. */
  readonly dropped: number
  /** Whether the fate of a round is unknown. */
  readonly inDoubt: boolean
  /** What the witness saw and the store lacks. Signing is refused until the gap is accepted. */
  readonly behind?: string
  readonly fatal?: string
}

export interface Writer extends Recorder {
  /** The newest segment of our stream that the store is known to have. */
  head(): Head
  status(): WriterStatus
  /** Puts on record that an administrator accepts what is lost; signing goes on. @throws Failed as `record` does */
  acceptGap(by: { readonly actor: string; readonly reason: string }, deadline: Deadline): Promise<void>
  /**
   * Refuses new signing at once, records what waits and the outcomes that still arrive until the deadline, and answers the
   * rest `shutting-down`.
   */
  close(deadline?: Deadline): Promise<void>
}

/**
 * Checks the witness and opens a new stream after the newest checkpoint.
 * @throws Failed store faults
 */
export async function openWriter(options: WriterOptions, deadline?: Deadline): Promise<Writer> {
  const { store, clock, witness, stateKey } = options
  const until = deadline ?? deadlineIn(5_000, clock)
  const seen = witness.seen()
  const check = await checkWitness(store, seen, until)
  const fence = await store.fence(until)
  const checkpoint = await store.latestCheckpoint(until)
  const key = options.streamKey ?? newStreamKey()
  const stream = newId('str', clock.now())
  const writer = new GroupCommit(options, key, {
    head: { stream, seq: 0, hash: checkpointHash(checkpoint) },
    epoch: fence?.epoch ?? 0,
    ...(check.status === 'behind' && { behind: check.what }),
  })
  const { publicKey } = key
  const start = {
    stream,
    publicKey,
    binary: options.binary,
    ...(checkpoint && { checkpoint }),
    ...(seen.head && { after: seen.head }),
  }
  const entry = streamEntry(start, clock, stateKey)
  await writer.record({ bodies: [entry], guards: [], signs: false }, until)
  return writer
}

interface Start {
  readonly head: Head
  readonly epoch: number
  readonly behind?: string
}

class GroupCommit implements Writer {
  readonly #options: WriterOptions
  readonly #limits: WriterLimits
  readonly #key: StreamKey
  readonly #stopped = new AbortController()
  #draining = false
  #head: Head
  #epoch: number
  #behind: string | undefined
  #fatal: Failed | undefined
  #waiting: Pending[] = []
  #trailing = 0
  #dropped = 0
  /** Rounds sent for the position after the head, of which one may have been committed. */
  #doubts: Sending[] = []
  #collided = false
  #failures = 0
  #lastTime = 0
  #running: Promise<void> | undefined

  constructor(options: WriterOptions, key: StreamKey, start: Start) {
    this.#options = options
    this.#limits = { ...usualLimits, ...options.limits }
    this.#key = key
    this.#head = start.head
    this.#epoch = start.epoch
    this.#behind = start.behind
  }

  head(): Head {
    return this.#head
  }

  status(): WriterStatus {
    return {
      waiting: this.#waiting.length,
      dropped: this.#dropped,
      inDoubt: this.#doubts.length > 0,
      ...(this.#behind !== undefined && { behind: this.#behind }),
      ...(this.#fatal && { fatal: this.#fatal.message }),
    }
  }

  async record(item: RecordItem, deadline: Deadline): Promise<Recorded> {
    const objection = this.#objection(item)
    if (objection) throw objection
    const { promise, resolve, reject } = Promise.withResolvers<Recorded>()
    this.#join(admitFor(item, deadline, { resolve, reject }))
    return promise
  }

  trail(item: RecordItem): void {
    if (this.#objection(item) || this.#trailing >= this.#limits.trailing) {
      this.#dropped += 1
      return
    }
    this.#trailing += 1
    this.#join(admit(item))
  }

  #objection(item: RecordItem): Failed | undefined {
    if (this.#fatal) return this.#fatal
    if (this.#stopped.signal.aborted || (this.#draining && item.signs)) return shuttingDown()
    if (this.#behind !== undefined && item.signs) return new Failed('behind-witness', this.#behind)
    if (this.#waiting.length < this.#limits.queue) return undefined
    return new Failed('overloaded', `${this.#waiting.length} items wait to be recorded already`)
  }

  async acceptGap(by: { readonly actor: string; readonly reason: string }, deadline: Deadline): Promise<void> {
    if (this.#behind === undefined) return
    const time = isoTime(this.#options.clock.now())
    const entry: GapAcceptedEntry = { kind: 'gap-accepted', time, ...by, behind: this.#behind }
    await this.record({ bodies: [entry], guards: [], signs: false }, deadline)
    this.#behind = undefined
    this.#options.witness.acknowledge(this.#head)
    await this.#options.witness.persist()
  }

  async close(deadline = deadlineIn(5_000, this.#options.clock)): Promise<void> {
    this.#draining = true
    await Promise.race([this.#running, sleep(left(deadline), undefined, { ref: false })])
    this.#stopped.abort()
    await Promise.race([this.#running, sleep(this.#limits.call, undefined, { ref: false })])
    this.#answerAll(shuttingDown())
    await this.#options.witness.persist()
  }

  #join(pending: Pending): void {
    this.#waiting.push(pending)
    this.#running ??= this.#run()
  }

  /** Ends when nothing waits that could be sent. Never rejects: every fault is an answer to somebody. */
  async #run(): Promise<void> {
    // Whoever arrives in the same turn of the event loop shares the first round.
    await Promise.resolve()
    while (this.#fatal === undefined && !this.#stopped.signal.aborted && (await this.#step()));
  }

  /** @returns whether there may be more to do */
  async #step(): Promise<boolean> {
    if (this.#doubts.length > 0 && !(await this.#settleDoubt())) return true
    const sending = this.#next()
    if (sending === undefined) {
      // In the same turn as the look at the queue: whoever joins from here on starts the loop again.
      this.#running = undefined
      return false
    }
    this.#take(sending, await send(this.#options.store, sending.round, this.#callLimit()))
    if (this.#failures > 0) await this.#backOff()
    return true
  }

  #next(): Sending | undefined {
    const { members, rest, epoch } = select(this.#waiting, this.#epoch)
    this.#waiting = rest
    this.#epoch = epoch
    if (members.length === 0) return undefined
    this.#lastTime = this.#timeOfRound()
    const sending = assemble(members, this.#head, epoch, this.#lastTime, this.#key)
    for (const member of members) member.state = 'sent'
    return sending
  }

  /** While a round at this position is in doubt, no other may have the same hash: its time is a later one. */
  #timeOfRound(): number {
    const now = this.#options.clock.now()
    return this.#doubts.length > 0 ? Math.max(now, this.#lastTime + 1) : now
  }

  #take(sending: Sending, exchange: Exchange): void {
    switch (exchange.status) {
      case 'committed':
        return this.#committed(sending, exchange)
      case 'stale':
        return this.#stale(sending, exchange.fence)
      case 'refused':
        return this.#refused(sending, exchange.faults)
      case 'collision':
        this.#collided = true
        return this.#doubt(sending)
      case 'in-doubt':
        this.#failures += 1
        return this.#doubt(sending)
      case 'failed':
        this.#failures += 1
        return this.#failed(sending, exchange.error)
    }
  }

  #committed({ round, members }: Sending, { items }: Extract<RoundResult, { status: 'committed' }>): void {
    this.#head = { stream: round.stream, seq: round.seq, hash: round.hash }
    this.#epoch = Math.max(this.#epoch, round.epoch)
    this.#doubts = []
    this.#collided = false
    this.#failures = 0
    const unseen = this.#acknowledge()
    for (const [index, member] of members.entries()) {
      if (unseen) this.#reject(member, unseen)
      else this.#answer(member, { ...this.#place(), signatures: items[index]?.signatures ?? [] })
    }
  }

  #place(): { readonly status: 'recorded'; readonly stream: string; readonly seq: number } {
    return { status: 'recorded', stream: this.#head.stream, seq: this.#head.seq }
  }

  /** Behind its witness, the store's new segments are not witnessed: a restart must find the same gap until it is accepted. */
  #acknowledge(): Failed | undefined {
    if (this.#behind !== undefined) return undefined
    try {
      this.#options.witness.acknowledge(this.#head)
      return undefined
    } catch (cause) {
      return new Failed('in-doubt', 'It was recorded, but the witness file cannot be written', { cause })
    }
  }

  /** Whoever decided under another epoch judges again; who signs while all is halted does not; the rest goes out anew. */
  #stale({ round, members }: Sending, fence: Pick<Fence, 'epoch' | 'halted'> = noFence): void {
    const before = round.items[0]?.change ? round.epoch - 1 : round.epoch
    if (fence.epoch === before && !(fence.halted && round.signs)) {
      return this.#answerMembers(members, new Failed('store-corrupt', 'The store calls its own epoch stale'))
    }
    this.#epoch = fence.epoch
    for (const member of members) {
      const { epoch, signs } = member.item
      if (fence.halted && signs) this.#answer(member, { status: 'halted' })
      else if (epoch !== undefined && epoch !== fence.epoch) this.#answer(member, { status: 'stale' })
    }
    this.#putBack(members)
  }

  #refused({ members }: Sending, faults: Extract<RoundResult, { status: 'refused' }>['faults']): void {
    if (faults.length === 0) {
      return this.#answerMembers(members, new Failed('store-corrupt', 'The store refused a round without a reason'))
    }
    for (const { item, fault } of faults) {
      const member = members[item]
      if (member) this.#answer(member, { status: 'refused', fault })
    }
    this.#putBack(members)
  }

  /** The store certainly did nothing this time. An earlier try of the same item may still be in doubt. */
  #failed({ members }: Sending, error: Failed): void {
    const doubtful = new Set(this.#doubts.flatMap((sending) => sending.members))
    for (const member of members) {
      if (member.caller) this.#reject(member, doubtful.has(member) ? inDoubt(error) : error)
    }
    this.#putBack(members)
  }

  #doubt(sending: Sending): void {
    this.#doubts.push(sending)
    this.#putBack(sending.members)
  }

  /** What is still wanted goes first in the next round. In a doubtful round, it stays `sent`. */
  #putBack(members: readonly Pending[]): void {
    const wanted = members.filter((member) => member.state !== 'answered')
    const doubtful = new Set(this.#doubts.flatMap((sending) => sending.members))
    for (const member of wanted) member.state = doubtful.has(member) ? 'sent' : 'waiting'
    this.#waiting = [...wanted, ...this.#waiting]
  }

  /** @returns whether something may be sent at this position now */
  async #settleDoubt(): Promise<boolean> {
    const { store } = this.#options
    const standing = await ask(store, { stream: this.#head.stream, seq: this.#head.seq + 1 }, this.#callLimit())
    if (standing.status === 'unknown') {
      this.#failures += 1
      await this.#backOff()
      return false
    }
    if (standing.hash === undefined && !this.#collided) return true
    const made = this.#doubts.find(({ round }) => round.hash === standing.hash)
    if (made === undefined) {
      this.#end(
        standing.hash === undefined ? 'The store lost the segment before ours' : 'Another writer uses our stream',
      )
      return false
    }
    await this.#confirm(made)
    return false
  }

  /** The round stands in the store; sent once more, the store tells the signatures that came first. */
  async #confirm(made: Sending): Promise<void> {
    const exchange = await send(this.#options.store, made.round, this.#callLimit())
    if (exchange.status === 'committed') return this.#committed(made, exchange)
    this.#failures += 1
    await this.#backOff()
  }

  #end(why: string): void {
    const error = new Failed('behind-witness', `${why} (${this.#head.stream}, after ${this.#head.seq})`)
    this.#fatal = error
    this.#answerAll(error)
    this.#options.onFatal(error)
  }

  #answerAll(error: Failed): void {
    const all = [...this.#waiting, ...this.#doubts.flatMap((sending) => sending.members)]
    this.#waiting = []
    this.#answerMembers(all, error)
  }

  #answerMembers(members: readonly Pending[], error: Failed): void {
    for (const member of members) this.#reject(member, error)
  }

  #answer(member: Pending, recorded: Recorded): void {
    if (member.state !== 'answered' && member.caller === undefined) this.#trailed(recorded.status === 'recorded')
    resolve(member, recorded)
  }

  #reject(member: Pending, error: Failed): void {
    if (member.state !== 'answered' && member.caller === undefined) this.#trailed(false)
    reject(member, error)
  }

  #trailed(recorded: boolean): void {
    this.#trailing -= 1
    if (!recorded) this.#dropped += 1
  }

  #callLimit(): Deadline {
    const { clock } = this.#options
    return atMost(deadlineIn(this.#limits.call, clock), this.#limits.call)
  }

  async #backOff(): Promise<void> {
    // Nothing selects while the store does not answer, so who has given up is let go of here.
    this.#waiting = this.#waiting.filter((pending) => pending.state !== 'answered')
    const milliseconds = Math.min(250, 10 * 2 ** Math.min(this.#failures, 5)) * (0.5 + Math.random() / 2)
    await sleep(milliseconds, undefined, { signal: this.#stopped.signal }).catch(() => {})
  }
}

function inDoubt(cause: Failed): Failed {
  return new Failed('in-doubt', 'Whether an earlier try was recorded is not known yet', { cause })
}

function shuttingDown(): Failed {
  return new Failed('shutting-down', 'The register is being closed')
}
