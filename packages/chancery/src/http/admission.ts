/** How much work is let in: shed early, with a time to come back, so that what is let in is answered (safety rule 22). */
import { createBucket, type Bucket } from '../base/bucket.ts'
import type { Clock } from '../base/clock.ts'
import { Refused } from '../core/errors.ts'
import type { ClientId } from '../core/names.ts'
import type { Limits } from './options.ts'

export interface Admission {
  /** Counts one request in. @throws Refused `overloaded` */
  enter(): Ticket
  /** Resolves when nothing is being worked on. */
  idle(): Promise<void>
}

/** One request's place. It is given back when every hold on it is released: the reply's, and the handler's. */
export interface Ticket {
  /** @throws Refused `rate-limited`, `invalid-request` when the place was given back already */
  ofClient(client: ClientId): void
  /** @throws Refused `overloaded`, `invalid-request` when the place was given back already */
  withLargeBody(): void
  hold(): void
  /** Once for every hold. */
  release(): void
}

interface Share {
  readonly bucket: Bucket
  inFlight: number
}

const mostShares = 10_000

export function createAdmission(limits: Limits, clock: Clock): Admission {
  const room: Room = {
    limits,
    clock,
    shares: new Map(),
    total: { count: 0, most: limits.inFlight, words: 'The service works on as many requests as it takes on' },
    large: { count: 0, most: limits.largeBodies, words: 'The service works on as many large bodies as it takes on' },
    waiting: [],
  }
  return {
    enter() {
      take(room.total)
      return new Place(room)
    },
    idle: () => (room.total.count === 0 ? Promise.resolve() : new Promise((resolve) => room.waiting.push(resolve))),
  }
}

interface Counter {
  count: number
  readonly most: number
  readonly words: string
}

function take(counter: Counter): void {
  if (counter.count >= counter.most) throw new Refused('overloaded', counter.words, { retryAfter: 1 })
  counter.count++
}

interface Room {
  readonly limits: Limits
  readonly clock: Clock
  readonly shares: Map<ClientId, Share>
  readonly total: Counter
  readonly large: Counter
  readonly waiting: (() => void)[]
}

class Place implements Ticket {
  readonly #room: Room
  #share: Share | undefined
  #large = false
  #holds = 0
  #given = false

  constructor(room: Room) {
    this.#room = room
  }

  ofClient(client: ClientId): void {
    this.#refuseGone()
    const share = shareOf(this.#room, client)
    takeShare(share, this.#room.limits)
    this.#share = share
  }

  withLargeBody(): void {
    this.#refuseGone()
    take(this.#room.large)
    this.#large = true
  }

  hold(): void {
    this.#holds++
  }

  release(): void {
    this.#holds--
    if (this.#holds !== 0) return
    this.#given = true
    const { total, large, waiting } = this.#room
    total.count--
    if (this.#large) large.count--
    if (this.#share !== undefined) this.#share.inFlight--
    if (total.count === 0) for (const wake of waiting.splice(0)) wake()
  }

  /** Its connection may end while it is asked who calls: what it took then, nobody would give back. */
  #refuseGone(): void {
    if (this.#given) throw new Refused('invalid-request', 'The caller was gone before the request was let in')
  }
}

function shareOf({ shares, limits, clock }: Room, client: ClientId): Share {
  const known = shares.get(client)
  if (known !== undefined) return known
  if (shares.size >= mostShares) forgetIdle(shares)
  const bucket = createBucket({ rate: limits.clientRate, burst: limits.clientBurst, clock })
  const share = { bucket, inFlight: 0 }
  shares.set(client, share)
  return share
}

function forgetIdle(shares: Map<ClientId, Share>): void {
  for (const [client, share] of shares) if (share.inFlight === 0) shares.delete(client)
}

function takeShare(share: Share, limits: Limits): void {
  if (share.inFlight >= limits.clientInFlight) {
    throw new Refused('rate-limited', `The client has ${share.inFlight} requests being worked on`, { retryAfter: 1 })
  }
  if (share.bucket.take(0) === undefined) {
    const retryAfter = Math.max(1, Math.ceil(share.bucket.wait() / 1000))
    throw new Refused('rate-limited', `The client sends more than ${limits.clientRate} requests a second`, {
      retryAfter,
    })
  }
  share.inFlight++
}
