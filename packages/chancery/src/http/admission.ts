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
  /** @throws Refused `rate-limited` */
  ofClient(client: ClientId): void
  /** @throws Refused `overloaded` */
  withLargeBody(): void
  hold(): () => void
}

interface Share {
  readonly bucket: Bucket
  inFlight: number
}

const mostShares = 10_000

export function createAdmission(limits: Limits, clock: Clock): Admission {
  const shares = new Map<ClientId, Share>()
  const waiting: (() => void)[] = []
  const total = createCounter(limits.inFlight, 'The service works on as many requests as it takes on')
  const large = createCounter(limits.largeBodies, 'The service works on as many large bodies as it takes on')
  return {
    enter() {
      const gaveBack = [total.take()]
      let holds = 0
      const release = (): void => {
        holds--
        if (holds > 0) return
        for (const back of gaveBack) back()
        if (total.count() === 0) for (const wake of waiting.splice(0)) wake()
      }
      return {
        ofClient: (client) => void gaveBack.push(takeShare(shareOf(shares, client, limits, clock), limits)),
        withLargeBody: () => void gaveBack.push(large.take()),
        hold() {
          holds++
          return oneTime(release)
        },
      }
    },
    idle: () => (total.count() === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}

function createCounter(most: number, words: string): { take(): () => void; count(): number } {
  let count = 0
  return {
    count: () => count,
    take() {
      if (count >= most) throw new Refused('overloaded', words, { retryAfter: 1 })
      count++
      return oneTime(() => count--)
    },
  }
}

function oneTime(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

function shareOf(shares: Map<ClientId, Share>, client: ClientId, limits: Limits, clock: Clock): Share {
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

function takeShare(share: Share, limits: Limits): () => void {
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
  return oneTime(() => share.inFlight--)
}
