/** The one way to AWS KMS: paced, bounded in time, retried by our own rules, cut off while a region is down. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KMS } from '@aws-sdk/client-kms'
import { createBreaker } from '../../base/breaker.ts'
import { createBucket } from '../../base/bucket.ts'
import type { Clock } from '../../base/clock.ts'
import { type Deadline, left, within } from '../../base/deadline.ts'
import { Failed } from '../../core/errors.ts'
import { type ClientOptions, connections, createClient, requestTimeout } from './client.ts'
import { explain, type Retry, retryOf, type Subject } from './errors.ts'
import { createSlots } from './slots.ts'

/** One attempt, for metrics. `outcome` is `ok` or the class of the failure. */
export interface Observation {
  readonly operation: string
  readonly region: string
  readonly milliseconds: number
  readonly attempt: number
  readonly outcome: 'ok' | Retry
}

export interface ConnectionOptions extends ClientOptions {
  /** Signatures a second the account allows in the region; absent for AWS's default of 1,000. A fifth is left free. */
  readonly quota?: number
  readonly clock: Clock
  readonly observe?: (observation: Observation) => void
}

interface CallOptions {
  readonly abortSignal: AbortSignal
}

export interface Connection {
  readonly region: string
  readonly clock: Clock
  /** @throws Refused, Failed: one sentence, never an SDK error. */
  call<T>(target: Target, send: (kms: KMS, options: CallOptions) => Promise<T>, deadline: Deadline): Promise<T>
  close(): void
}

export interface Target {
  readonly operation: string
  readonly key: string
}

const defaultQuota = 1_000
/** Throttling ends by waiting, so the deadline is its limit; what else does not pass twice rarely passes at all. */
const attempts = { throttled: 12, transient: 3, credentials: 2, final: 1 } as const
const breakerFailures = 8
const breakerPause = 2_000

export async function connect(options: ConnectionOptions): Promise<Connection> {
  const kms = await createClient(options)
  return { region: options.region, clock: options.clock, call: caller(kms, options), close: () => kms.destroy() }
}

/** Signing and dry runs share the account's quota for elliptic-curve operations; the rest have quotas of their own. */
const paced: ReadonlySet<string> = new Set(['Sign'])

/** A lost answer may have been a success: asking again would make a second key. */
const unrepeatable: ReadonlySet<string> = new Set(['CreateKey'])

function caller(kms: KMS, { region, quota = defaultQuota, clock, observe }: ConnectionOptions): Connection['call'] {
  // At most 0.8 + 0.2 of the quota in any one second: AWS counts whole seconds.
  const bucket = createBucket({ rate: 0.8 * quota, burst: Math.max(1, Math.floor(0.2 * quota)), clock })
  const breaker = createBreaker({ failures: breakerFailures, pause: breakerPause, clock })
  const slots = createSlots(connections)

  async function pace({ operation }: Target, deadline: Deadline): Promise<void> {
    if (!paced.has(operation)) return
    const wait = bucket.take(left(deadline))
    if (wait === undefined) throw overQuota(region, Math.ceil(bucket.wait() / 1000))
    if (wait > 0) await sleep(wait)
  }

  async function attempt<T>(target: Target, send: Send<T>, deadline: Deadline, number: number): Promise<T> {
    await pace(target, deadline)
    const leave = await slots.enter(deadline)
    if (leave === undefined) throw tooLate({ ...target, region })
    try {
      return await timed(target, send, deadline, number)
    } finally {
      leave()
    }
  }

  async function timed<T>(target: Target, send: Send<T>, deadline: Deadline, number: number): Promise<T> {
    const passage = breaker.enter()
    if (passage === undefined) throw cutOff(region, Math.ceil(breaker.wait() / 1000))
    const started = clock.monotonic()
    const report = (outcome: Observation['outcome']): void =>
      observe?.({
        operation: target.operation,
        region,
        milliseconds: clock.monotonic() - started,
        attempt: number,
        outcome,
      })
    try {
      // The signal ends the request; fetching credentials before it takes no signal.
      const answer = await within(deadline, 'AWS KMS', send(kms, { abortSignal: signalFor(deadline) }))
      passage.succeeded()
      report('ok')
      return answer
    } catch (error) {
      const retry = retryOf(error)
      // Throttling and refusals show that the region is there.
      if (retry === 'transient') passage.failed()
      else passage.succeeded()
      report(retry)
      throw error
    }
  }

  return async (target, send, deadline) => {
    const subject: Subject = { ...target, region }
    for (let number = 1; ; number++) {
      if (left(deadline) === 0) throw tooLate(subject)
      try {
        return await attempt(target, send, deadline, number)
      } catch (error) {
        if (error instanceof Failed) throw error
        if (left(deadline) === 0) throw tooLate(subject)
        const retry = retryOf(error)
        const lost = retry === 'transient' && unrepeatable.has(target.operation)
        const pause = lost ? undefined : pauseBefore(number + 1, retry)
        if (pause === undefined || pause >= left(deadline)) throw explain(error, subject)
        if (retry === 'credentials') await refreshCredentials(kms)
        await sleep(pause)
      }
    }
  }
}

type Send<T> = (kms: KMS, options: CallOptions) => Promise<T>

function signalFor(deadline: Deadline): AbortSignal {
  return AbortSignal.timeout(Math.ceil(Math.min(left(deadline), requestTimeout)))
}

/**
 * Milliseconds before attempt `number`, jittered so that many callers do not come back together; undefined for no more.
 * Throttling wants at least 500 ms (the SDK's own base); new credentials need none.
 */
function pauseBefore(number: number, retry: Retry): number | undefined {
  if (number > attempts[retry]) return undefined
  if (retry === 'throttled') return 500 + 150 * Math.random()
  return retry === 'transient' ? 50 * 2 ** (number - 2) * (1 + Math.random()) : 0
}

/** The failed call has already corrected the SDK's idea of the clock. What cannot be fetched fails in the next attempt. */
async function refreshCredentials(kms: KMS): Promise<void> {
  await kms.config.credentials({ forceRefresh: true }).catch(() => {})
}

function overQuota(region: string, retryAfter: number): Failed {
  const sentence = `The service is at its share of the AWS KMS quota in ${region}`
  return new Failed('backend-throttled', sentence, { particulars: { retryAfter: Math.max(1, retryAfter) } })
}

function cutOff(region: string, retryAfter: number): Failed {
  const sentence = `AWS KMS in ${region} has been failing and is not asked for a moment`
  return new Failed('backend-unavailable', sentence, { particulars: { retryAfter: Math.max(1, retryAfter) } })
}

function tooLate({ operation, region }: Subject): Failed {
  return new Failed('deadline-exceeded', `AWS KMS in ${region} did not answer kms:${operation} in time`)
}
