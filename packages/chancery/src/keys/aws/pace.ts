/** How fast requests go out, by the quota of the account each counts against: a fifth of it is left to others. */
import { type Bucket, createBucket } from '../../base/bucket.ts'
import type { Clock } from '../../base/clock.ts'
import { requestTimeout } from './client.ts'

/** What the account allows in the region, a second; AWS's own figures where absent. */
export interface Quotas {
  /** Signatures, for all elliptic-curve keys together. */
  readonly quota?: number
  /** Keys, and aliases as well: each is a quota of its own. */
  readonly keyQuota?: number
  /** Data key pairs. */
  readonly dataKeyQuota?: number
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html */
const awsQuotas = { quota: 1_000, keyQuota: 5, dataKeyQuota: 100 } as const satisfies Required<Quotas>

export interface Pace extends Pick<Bucket, 'take' | 'wait'> {
  /** Attempts at a request that AWS throttles; absent: the usual ones. */
  readonly attempts?: number
  /** AWS said that somebody is over the quota. */
  throttled(): void
  /** AWS took one. */
  passed(): void
}

/** By operation; those that are absent have quotas nobody here reaches. */
export function createPaces(quotas: Quotas, clock: Clock): ReadonlyMap<string, Pace> {
  const { quota, keyQuota, dataKeyQuota } = { ...awsQuotas, ...quotas }
  return new Map([
    // Dry runs count as well.
    ['Sign', steady(quota, clock)],
    ['CreateKey', yielding(keyQuota, clock)],
    ['CreateAlias', yielding(keyQuota, clock)],
    ['GenerateDataKeyPairWithoutPlaintext', yielding(dataKeyQuota, clock)],
  ])
}

/** At most 0.8 + 0.2 of the quota in any one second: AWS counts whole seconds. */
function bucketFor(quota: number, clock: Clock): Bucket {
  return createBucket({ rate: 0.8 * quota, burst: Math.max(1, Math.floor(0.2 * quota)), clock })
}

/** For what is waited for: going slower would only refuse what might pass. */
function steady(quota: number, clock: Clock): Pace {
  return { ...bucketFor(quota, clock), throttled() {}, passed() {} }
}

/** Requests a second that are never gone below, and milliseconds between two steps down to there. */
const slowest = 0.5
const pause = 1_000
/** Seconds from nothing to the whole rate. */
const recovery = 20

/**
 * For what is made in bulk: other processes may use the same quota, and how many is known to none of them. Each goes half as
 * fast when it is throttled and a little faster with each success, so that together they come to use what there is (AIMD, as
 * TCP does). Throttling ends by waiting, so the deadline is its limit.
 */
function yielding(quota: number, clock: Clock): Pace {
  const { take, wait, setRate } = bucketFor(quota, clock)
  const whole = 0.8 * quota
  let rate = whole
  let slowed = -Infinity
  const change = (next: number): void => {
    if (next !== rate) setRate((rate = next))
  }
  return {
    wait,
    // What is sent at the last moment may be made and not heard of.
    take: (limit) => take(Math.max(0, limit - requestTimeout)),
    attempts: Infinity,
    throttled() {
      const now = clock.monotonic()
      // Of a second that was over the quota, several answers tell.
      if (now - slowed < pause) return
      slowed = now
      change(Math.max(Math.min(slowest, whole), rate / 2))
    },
    passed: () => change(Math.min(whole, rate + whole / recovery / Math.max(1, rate))),
  }
}
