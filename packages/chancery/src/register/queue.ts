/** What waits to be recorded, bounded, with an account of what trailed and was lost. */
import type { Failed } from '../core/errors.ts'
import type { Recorded } from '../core/recorder.ts'
import { reject, resolve, type Pending } from './pending.ts'
import { largestRound, select } from './round.ts'

export interface QueueLimits {
  /** Items that wait, those that trail included. */
  readonly queue: number
  /** Items that trail: what comes beyond is dropped and counted. */
  readonly trailing: number
}

export class Queue {
  readonly #limits: QueueLimits
  #waiting: Pending[] = []
  #trailing = 0
  #dropped = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#waiting.length
  }

  /** Trailing items lost: there was no room, or the store refused them. */
  get dropped(): number {
    return this.#dropped
  }

  /** Whether somebody waits, or enough trails to fill a round. */
  get presses(): boolean {
    return this.#waiting.length >= largestRound || this.#waiting.some(({ caller }) => caller !== undefined)
  }

  hasUrgent(): boolean {
    return this.#waiting.some(({ item }) => item.urgent === true)
  }

  get full(): boolean {
    return this.#waiting.length >= this.#limits.queue
  }

  join(pending: Pending): void {
    if (pending.caller === undefined) this.#trailing += 1
    this.#waiting.push(pending)
  }

  roomToTrail(): boolean {
    return this.#trailing < this.#limits.trailing
  }

  drop(): void {
    this.#dropped += 1
  }

  /** Takes out who shares the next round, at `seq`. */
  take(knownEpoch: number, seq: number): { readonly members: readonly Pending[]; readonly epoch: number } {
    const { members, rest, epoch } = select(this.#waiting, knownEpoch, seq)
    this.#waiting = rest
    for (const member of members) member.state = 'sent'
    return { members, epoch }
  }

  /** Whom the round could not answer goes first in the next one; who is also in a doubtful round stays `sent`. */
  putBack(members: readonly Pending[], doubtful: ReadonlySet<Pending>): void {
    const wanted = members.filter((member) => member.state !== 'answered')
    for (const member of wanted) member.state = doubtful.has(member) ? 'sent' : 'waiting'
    this.#waiting = [...wanted, ...this.#waiting]
  }

  /** Lets go of those who have given up. */
  prune(): void {
    this.#waiting = this.#waiting.filter((pending) => pending.state !== 'answered')
  }

  answer(member: Pending, recorded: Recorded): void {
    this.#leave(member, recorded.status !== 'recorded')
    resolve(member, recorded)
  }

  reject(members: readonly Pending[], error: Failed): void {
    for (const member of members) {
      this.#leave(member, true)
      reject(member, error)
    }
  }

  rejectAll(error: Failed): void {
    const all = this.#waiting
    this.#waiting = []
    this.reject(all, error)
  }

  #leave(member: Pending, lost: boolean): void {
    if (member.state === 'answered' || member.caller !== undefined) return
    this.#trailing -= 1
    if (lost) this.#dropped += 1
  }
}
