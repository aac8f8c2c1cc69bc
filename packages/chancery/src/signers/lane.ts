/** The way into one signer process: a queue, urgent work first, and a new process when the old one dies. */
import type { Clock } from '../base/clock.ts'
import { type Deadline, DeadlineExceeded, left, within } from '../base/deadline.ts'
import { Places } from '../base/places.ts'
import { Failed } from '../core/errors.ts'
import { type Rights, type SignerChild, spawnSigner } from './child.ts'
import { type Frame, kinds } from './frame.ts'
import { createJob, fail, type Fields, type Job, late, type Question, settle } from './job.ts'
import { Queue } from './queue.ts'

export interface LaneOptions {
  /** The program's file. */
  readonly entry: URL
  /** What it may do; asked of every process. */
  readonly rights?: () => Rights
  /** Hands over the fields of each process's first question, `start`. */
  readonly start: (send: (fields: Fields) => void) => void
  readonly clock: Clock
  /** A process that is silent for so long, with work in hand, is soon killed; one that starts has 30 s at least. Milliseconds. */
  readonly patience: number
  /** Questions in a process at once; absent for 16: two chunks of eight, one being signed, one waiting in the pipe. */
  readonly inFlight?: number
  /** Takes what the process says unasked. */
  readonly notice?: (fields: Fields) => void
}

/** More would only delay urgent work where one is done after the other. */
const usualInFlight = 16
/** What waits beyond what a process has in hand: with so many it does not run dry before the next round is through. */
const enoughQueued = 4
const longestPause = 5_000
/** A process that lived so long did not fail at starting: the next one starts at once. */
const settled = 10_000
/** What starts reads its code from disk, which a slow one takes seconds for; killed, the next would read it again. */
const startPatience = 30_000
/** For whoever waits for a start: one that hangs is killed, and the next one starts within it. */
export const startLimit = 45_000
/** Silence may be a pause of the service or of the machine, with the answer unread: both get so long a turn before a kill. */
const lastTurn = 1_000

export class Lane {
  readonly #options: LaneOptions
  readonly #queue = new Queue()
  readonly #sent = new Places<Job>()
  /** The weight of what was sent. */
  #inFlight = 0
  #pumping = false
  #child: SignerChild | undefined
  #envelopeKey = Promise.withResolvers<Uint8Array>()
  #ready = false
  #startedAt = 0
  #deaths = 0
  #restart: NodeJS.Timeout | undefined
  #watchdog: NodeJS.Timeout | undefined
  #heardAt = 0
  /** It was silent for too long, and has its last turn. */
  #isLate = false
  /** Resolves when few enough wait. */
  #room: PromiseWithResolvers<void> | undefined
  #closed = false

  constructor(options: LaneOptions) {
    this.#options = options
    this.#start()
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Questions that wait, or are being answered. */
  get waiting(): number {
    return this.#queue.size + this.#sent.size
  }

  /** While more wait to be sent than the process begins soon: resolves when they are fewer. Undefined: they are. */
  room(): Promise<void> | undefined {
    if (this.#queue.weight < enoughQueued) return undefined
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }

  #callIfRoom(): void {
    if (this.#room === undefined || this.#queue.weight >= enoughQueued) return
    this.#room.resolve()
    this.#room = undefined
  }

  /** The process's own X25519 public key, once it runs. @throws Failed `backend-unavailable` */
  envelopeKey(deadline: Deadline): Promise<Uint8Array> {
    return inTime(deadline, this.#envelopeKey.promise)
  }

  /** @throws Failed, Refused as the process says; `backend-unavailable` when it died, `deadline-exceeded`. */
  ask(question: Question, deadline: Deadline): Promise<Fields> {
    const objection = this.#objection(deadline)
    if (objection) return Promise.reject(objection)
    const { job, answer } = createJob(question, deadline)
    this.#queue.add(job)
    this.#pumpSoon()
    return answer
  }

  #objection(deadline: Deadline): Failed | undefined {
    if (this.#closed) return new Failed('shutting-down', 'The key back-end is closed')
    if (this.#child === undefined) return dead('it is being restarted')
    return left(deadline) === 0 ? late() : undefined
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#restart)
    this.#failQueued(new Failed('shutting-down', 'The key back-end is closed'))
    await this.#child?.stop()
    clearTimeout(this.#watchdog)
  }

  #start(): void {
    this.#startedAt = this.#options.clock.monotonic()
    const events = { frame: (frame: Frame) => this.#receive(frame), exit: (how: string) => this.#lost(how) }
    const child = spawnSigner(this.#options.entry, events, this.#options.rights?.())
    this.#child = child
    this.#options.start((fields) => child.send({ id: 0, kind: kinds.start, fields }))
    this.#heard()
  }

  #receive(frame: Frame): void {
    if (frame.kind === kinds.notice) return this.#options.notice?.(frame.fields)
    if (frame.id === 0) this.#begin(frame)
    const job = this.#sent.take(frame.id)
    if (job !== undefined) {
      this.#inFlight -= job.weight
      settle(job, frame)
    }
    this.#heard()
    this.#pump()
    this.#callIfRoom()
  }

  #begin({ kind, fields: [envelopeKey] }: Frame): void {
    if (kind !== kinds.done || envelopeKey === undefined) return this.#child?.kill()
    this.#ready = true
    // It was set for a start's patience.
    clearTimeout(this.#watchdog)
    this.#watchdog = undefined
    this.#envelopeKey.resolve(Uint8Array.from(envelopeKey))
  }

  /** What is asked in one turn is sent together. */
  #pumpSoon(): void {
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      this.#pump()
    })
  }

  /**
   * By the chunk: while more than half of what it may have is in hand, the process has enough to do, and a frame for every
   * answer would wake both sides for each signature. What is urgent does not wait for that.
   */
  #pump(): void {
    const most = this.#options.inFlight ?? usualInFlight
    if (this.#inFlight > most / 2 && !this.#queue.isUrgent) return
    while (this.#ready && this.#inFlight < most) {
      const job = this.#queue.next()
      if (job === undefined) return
      this.#send(job)
    }
  }

  #send(job: Job): void {
    const id = this.#sent.put(job)
    this.#inFlight += job.weight
    if (this.#sent.size === 1) this.#heard()
    this.#child?.send({ id, kind: job.kind, fields: job.fields })
  }

  /** Begins the count of silence anew. The timer is not: it finds out how long the silence was, and waits for the rest. */
  #heard(): void {
    this.#heardAt = this.#options.clock.monotonic()
    this.#isLate = false
    this.#watchdog ??= this.#watchFor(this.#patience)
  }

  get #patience(): number {
    return this.#ready ? this.#options.patience : Math.max(startPatience, this.#options.patience)
  }

  #watchFor(milliseconds: number): NodeJS.Timeout | undefined {
    return this.#closed ? undefined : setTimeout(() => this.#watch(), milliseconds)
  }

  #watch(): void {
    this.#watchdog = undefined
    if (this.#ready && this.#sent.size === 0) return
    if (this.#isLate) return this.#child?.kill()
    const left = this.#heardAt + this.#patience - this.#options.clock.monotonic()
    this.#isLate = left <= 0
    this.#watchdog = this.#watchFor(this.#isLate ? lastTurn : left)
  }

  #lost(how: string): void {
    const started = this.#ready
    this.#child = undefined
    this.#ready = false
    clearTimeout(this.#watchdog)
    this.#watchdog = undefined
    const error = dead(how)
    for (const job of this.#sent.takeAll()) fail(job, error)
    this.#inFlight = 0
    if (!started) this.#failQueued(error)
    this.#renewEnvelopeKey(error)
    if (!this.#closed) this.#restartLater()
  }

  #renewEnvelopeKey(error: Error): void {
    this.#envelopeKey.promise.catch(() => {})
    this.#envelopeKey.reject(error)
    this.#envelopeKey = Promise.withResolvers()
    this.#envelopeKey.promise.catch(() => {})
  }

  #restartLater(): void {
    const lived = this.#options.clock.monotonic() - this.#startedAt
    this.#deaths = lived > settled ? 1 : this.#deaths + 1
    const pause = this.#deaths === 1 ? 0 : Math.min(longestPause, 100 * 2 ** (this.#deaths - 2))
    if (pause === 0) return this.#start()
    this.#failQueued(dead('it keeps dying'))
    this.#restart = setTimeout(() => this.#start(), pause)
  }

  #failQueued(error: Error): void {
    for (const job of this.#queue.takeAll()) fail(job, error)
    this.#callIfRoom()
  }
}

function dead(how: string): Failed {
  return new Failed('backend-unavailable', `The signer process does not answer: ${how}`, {
    particulars: { retryAfter: 1 },
  })
}

async function inTime<T>(deadline: Deadline, work: Promise<T>): Promise<T> {
  try {
    return await within(deadline, 'The signer process', work)
  } catch (error) {
    throw error instanceof DeadlineExceeded ? late() : error
  }
}
