/**
 * The one writer of a stream: a group commit. What arrives while a round is in flight shares the next one.
 *
 * The rule that everything here serves (safety rule 4): nobody is told `recorded` unless the store said so in time, and the
 * head moves only over segments the store is known to have. A round whose fate is unknown stays on the list of doubts until
 * the position is taken; before anything else is sent there, the store is asked what stands at it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Hex } from '../base/bytes.ts'
import { isoTime } from '../base/clock.ts'
import { deadlineIn, left, type Deadline } from '../base/deadline.ts'
import type { GapAcceptedEntry } from '../core/entries.ts'
import { Failed } from '../core/errors.ts'
import type { Recorded, RecordItem } from '../core/recorder.ts'
import type { Fence, RoundResult } from '../core/store.ts'
import type { AttemptId } from '../core/names.ts'
import { ask, send, type Exchange } from './exchange.ts'
import { admit, admitFor, type Pending } from './pending.ts'
import { createOutcomes } from './outcomes.ts'
import { createPace, type Pace } from './pace.ts'
import { Queue } from './queue.ts'
import { assemble, type Head, type Sending } from './round.ts'
import type { GroupCommitOptions, Writer, WriterStatus } from './writing.ts'

/**
 * What only trails waits so long for a round somebody waits for, in milliseconds: a commit of its own would be in the way of
 * the next request.
 */
const trailPatience = 20

const behindAdvice = {
  particulars: { hint: 'Bring the newer store back, or accept what is lost, on record: chancery doctor says how' },
}

/** A store without a fence is at epoch 0. */
const noFence = { epoch: 0, halted: false }

export class GroupCommit implements Writer {
  readonly #options: GroupCommitOptions
  readonly #queue: Queue
  readonly #outcomes = createOutcomes(this)
  readonly #pace: Pace
  readonly #stopped = new AbortController()
  #draining = false
  #head: Head
  #epoch: number
  #behind: string | undefined
  #fatal: Failed | undefined
  /** Rounds sent for the position after the head, of which one may have been committed. */
  #doubts: Sending[] = []
  #collided = false
  #failures = 0
  #lastTime = 0
  #running: Promise<void> | undefined
  /** Starts a round for what only trails. */
  #later: NodeJS.Timeout | undefined

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#queue = new Queue(options.limits)
    this.#pace = createPace(options.room)
    this.#head = options.head
    this.#epoch = options.epoch
    this.#behind = options.behind
  }

  head(): Head {
    return this.#head
  }

  status(): WriterStatus {
    return {
      waiting: this.#queue.size,
      dropped: this.#queue.dropped,
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
    if (this.#objection(item) || !this.#queue.roomToTrail() || !this.#roomFor(item)) this.#queue.drop()
    else this.#join(admit(item))
  }

  trailOutcome(attempt: AttemptId, hashes: readonly Hex[]): void {
    this.#outcomes.add(attempt, hashes)
  }

  #roomFor({ bodies }: RecordItem): boolean {
    return this.#options.roomForRefusals?.() !== false || bodies.some(({ kind }) => kind !== 'refused')
  }

  #objection(item: RecordItem): Failed | undefined {
    if (this.#fatal) return this.#fatal
    if (this.#stopped.signal.aborted || (this.#draining && item.signs)) return shuttingDown()
    if (this.#behind !== undefined && item.signs) return new Failed('behind-witness', this.#behind, behindAdvice)
    if (!this.#queue.full) return undefined
    return new Failed('overloaded', `${this.#queue.size} items wait to be recorded already`)
  }

  async acceptGap(by: { readonly actor: string; readonly reason: string }, deadline: Deadline): Promise<void> {
    if (this.#behind === undefined) return
    const time = isoTime(this.#options.clock.now())
    const entry: GapAcceptedEntry = {
      kind: 'gap-accepted',
      time,
      ...by,
      behind: this.#behind,
      windowsFull: true,
    }
    await this.record({ bodies: [entry], guards: [], signs: false, gapAccepted: true }, deadline)
    await this.#options.witness.startAnew(this.#head)
    this.#behind = undefined
  }

  setBack(what: string): void {
    if (this.#fatal === undefined) this.#end(what)
  }

  async close(deadline = deadlineIn(5_000, this.#options.clock)): Promise<void> {
    this.#outcomes.flush()
    this.#draining = true
    this.#start()
    await Promise.race([this.#running, sleep(left(deadline), undefined, { ref: false })])
    this.#stopped.abort()
    await Promise.race([this.#running, sleep(this.#options.limits.call, undefined, { ref: false })])
    this.#queue.rejectAll(shuttingDown())
    await this.#options.witness.persist()
  }

  #join(pending: Pending): void {
    this.#queue.join(pending)
    if (pending.item.urgent === true) this.#pace.hurry()
    if (this.#running === undefined) this.#startInTime()
  }

  #startInTime(): void {
    if (this.#draining || this.#queue.presses) this.#start()
    else this.#later ??= setTimeout(() => this.#start(), trailPatience)
  }

  #start(): void {
    clearTimeout(this.#later)
    this.#later = undefined
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    // Whoever arrives in the same turn of the event loop shares the first round.
    await Promise.resolve()
    while (this.#fatal === undefined && !this.#stopped.signal.aborted && (await this.#step()));
  }

  /** @returns whether there may be more to do */
  async #step(): Promise<boolean> {
    if (this.#doubts.length > 0 && !(await this.#settleDoubt())) return true
    const turn = this.#queue.hasUrgent() ? undefined : this.#pace.turn()
    if (turn !== undefined) await turn
    const sending = this.#next()
    if (sending === undefined) return this.#rest()
    this.#take(sending, await send(this.#options.store, sending.round, this.#callLimit()))
    if (this.#failures > 0) await this.#backOff()
    return this.#draining || this.#queue.presses || this.#doubts.length > 0 || this.#rest()
  }

  /** In the same turn as the look at the queue: whoever joins from here on starts the loop again. */
  #rest(): false {
    this.#running = undefined
    if (this.#queue.size > 0) this.#startInTime()
    return false
  }

  #next(): Sending | undefined {
    const { members, epoch } = this.#queue.take(this.#epoch, this.#head.seq + 1)
    if (members.length === 0) return undefined
    this.#epoch = epoch
    this.#lastTime = this.#timeOfRound()
    return this.#assemble(members)
  }

  /** A change is handed its place by a function of its maker's: if that throws, nobody else may suffer for it. */
  #assemble(members: readonly Pending[]): Sending | undefined {
    try {
      return assemble(members, this.#head, this.#epoch, this.#lastTime, this.#options.key)
    } catch (cause) {
      this.#queue.reject(members, new Failed('internal', 'The round could not be made', { cause }))
      return this.#next()
    }
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
      case 'crowded':
        return this.#crowded(sending, exchange.items)
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
    const { stream, seq, hash } = round
    this.#head = { stream, seq, hash }
    this.#epoch = Math.max(this.#epoch, round.epoch)
    this.#doubts = []
    this.#collided = false
    this.#failures = 0
    const unseen = this.#acknowledge()
    if (unseen) return this.#queue.reject(members, unseen)
    for (const [index, member] of members.entries()) {
      const signatures = items[index]?.signatures ?? []
      this.#queue.answer(member, { status: 'recorded', stream, seq, signatures })
    }
  }

  /** While behind, new segments are not witnessed: a restart must find the same gap until it is accepted. */
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
      return this.#queue.reject(members, new Failed('store-corrupt', 'The store calls its own epoch stale'))
    }
    this.#epoch = fence.epoch
    for (const member of members) {
      const { epoch, signs } = member.item
      if (fence.halted && signs) this.#queue.answer(member, { status: 'halted' })
      else if (epoch !== undefined && epoch !== fence.epoch) this.#queue.answer(member, { status: 'stale' })
    }
    this.#putBack(members)
  }

  #refused({ members }: Sending, faults: Extract<RoundResult, { status: 'refused' }>['faults']): void {
    if (faults.length === 0) {
      return this.#queue.reject(members, new Failed('store-corrupt', 'The store refused a round without a reason'))
    }
    for (const [item, own] of Map.groupBy(faults, (one) => one.item)) {
      const [member, [first]] = [members[item], own]
      if (member === undefined || first === undefined) continue
      this.#queue.answer(member, { status: 'refused', fault: first.fault, faults: own.map(({ fault }) => fault) })
    }
    this.#putBack(members)
  }

  /** They fit their windows only without those before them, who go first. */
  #crowded({ round, members }: Sending, items: readonly number[]): void {
    const late = items.flatMap((item) => members[item] ?? [])
    if (late.length === 0 || late.length === members.length) {
      return this.#queue.reject(members, new Failed('store-corrupt', 'The store lets none of a round go first'))
    }
    for (const member of late) member.crowdedAt = round.seq
    this.#putBack(members)
  }

  /** The store certainly did nothing this time. An earlier try of the same item may still be in doubt. */
  #failed({ members }: Sending, error: Failed): void {
    const doubtful = this.#doubtful()
    const waitedFor = members.filter((member) => member.caller !== undefined)
    for (const member of waitedFor) this.#queue.reject([member], doubtful.has(member) ? stillInDoubt(error) : error)
    this.#putBack(members)
  }

  #doubt(sending: Sending): void {
    this.#doubts.push(sending)
    this.#putBack(sending.members)
  }

  #putBack(members: readonly Pending[]): void {
    this.#queue.putBack(members, this.#doubtful())
  }

  #doubtful(): ReadonlySet<Pending> {
    return new Set(this.#doubts.flatMap((sending) => sending.members))
  }

  /** @returns whether something may be sent at this position now */
  async #settleDoubt(): Promise<boolean> {
    const position = { stream: this.#head.stream, seq: this.#head.seq + 1 }
    const standing = await ask(this.#options.store, position, this.#callLimit())
    if (standing.status === 'unknown') return this.#unknown()
    const { hash } = standing
    if (hash === undefined && !this.#collided) return true
    const made = this.#doubts.find(({ round }) => round.hash === hash)
    if (made !== undefined) return this.#confirm(made)
    this.#end(hash === undefined ? 'The store lost the segment before ours' : 'Another writer uses our stream')
    return false
  }

  async #unknown(): Promise<false> {
    this.#failures += 1
    await this.#backOff()
    return false
  }

  /** The round stands in the store; sent once more, the store tells the signatures that came first. */
  async #confirm(made: Sending): Promise<false> {
    const exchange = await send(this.#options.store, made.round, this.#callLimit())
    if (exchange.status !== 'committed') return this.#unknown()
    this.#committed(made, exchange)
    return false
  }

  #end(why: string): void {
    const error = new Failed('behind-witness', `${why} (${this.#head.stream}, after ${this.#head.seq})`)
    this.#fatal = error
    this.#queue.rejectAll(error)
    this.#options.onFatal(error)
  }

  #callLimit(): Deadline {
    return deadlineIn(this.#options.limits.call, this.#options.clock)
  }

  async #backOff(): Promise<void> {
    // Nothing selects while the store does not answer, so who has given up is let go of here.
    this.#queue.prune()
    const milliseconds = Math.min(250, 10 * 2 ** Math.min(this.#failures, 5)) * (0.5 + Math.random() / 2)
    await sleep(milliseconds, undefined, { signal: this.#stopped.signal }).catch(() => {})
  }
}

function stillInDoubt(cause: Failed): Failed {
  return new Failed('in-doubt', 'Whether an earlier try was recorded is not known yet', { cause })
}

function shuttingDown(): Failed {
  return new Failed('shutting-down', 'The register is being closed')
}
