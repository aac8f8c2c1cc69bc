/** The one way to AWS KMS and Systems Manager: paced, bounded in time, retried by our own rules, cut off while a region is down. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KMS } from '@aws-sdk/client-kms'
import type { SSM } from '@aws-sdk/client-ssm'
import { type Breaker, createBreaker, type Passage } from '../../base/breaker.ts'
import { type Bucket, createBucket } from '../../base/bucket.ts'
import type { Clock } from '../../base/clock.ts'
import { type Deadline, left, within } from '../../base/deadline.ts'
import type { BackendCall } from '../../core/backend.ts'
import { Failed } from '../../core/errors.ts'
import {
  type ClientOptions,
  connections,
  createClient,
  createParameterClient,
  type Credentials,
  requestTimeout,
} from './client.ts'
import { permissionOf, titleOf } from './error-rule.ts'
import { explain, type Retry, retryOf, type Subject } from './errors.ts'
import { createSlots, type Slots } from './slots.ts'

export interface ConnectionOptions extends ClientOptions {
  /** Signatures a second the account allows in the region; absent for AWS's default of 1,000. A fifth is left free. */
  readonly quota?: number
  readonly clock: Clock
  readonly observe?: (observation: BackendCall) => void
}

interface CallOptions {
  readonly abortSignal: AbortSignal
}

export interface Connection {
  readonly region: string
  readonly clock: Clock
  /** @throws Refused, Failed: one sentence, never an SDK error. */
  call<T>(target: Target, send: (kms: KMS, options: CallOptions) => Promise<T>, deadline: Deadline): Promise<T>
  /** As `call`, to Parameter Store; loads its SDK at the first call. */
  parameters<T>(target: Target, send: (ssm: SSM, options: CallOptions) => Promise<T>, deadline: Deadline): Promise<T>
  /** Those in use now, or new ones. @throws Failed `backend-denied` where there are none. */
  credentials(deadline: Deadline, renewal?: 'renew'): Promise<Credentials>
  close(): void
}

export interface Target {
  readonly operation: string
  readonly key: string
  /** Told what AWS answers while it throttles, and nobody else is told because it is asked again. */
  readonly throttled?: (answer: Error) => void
}

const defaultQuota = 1_000
/** Throttling ends by waiting, so the deadline is its limit; what else does not pass twice rarely passes at all. */
const attempts = { throttled: 12, transient: 3, credentials: 2, final: 1 } as const
const breakerFailures = 8
const breakerPause = 2_000

/** An attempt cut off sooner by its caller's deadline says nothing about the region. Milliseconds. */
const tellingSilence = 250

/** Signing and dry runs share the account's quota for elliptic-curve operations; the rest have quotas of their own. */
const paced: ReadonlySet<string> = new Set(['Sign'])

/** A lost answer may have been a success: asking again would make a second key. */
const unrepeatable: ReadonlySet<string> = new Set(['CreateKey'])

export async function connect(options: ConnectionOptions): Promise<Connection> {
  const line = openLine(await createClient(options), options)
  let ssm: Promise<Line<SSM>> | undefined
  const parameterLine = () =>
    (ssm ??= createParameterClient(options).then((client) => openLine(client, options, 'ssm')))
  return {
    region: options.region,
    clock: options.clock,
    call: (target, send, deadline) => call(line, target, send, deadline),
    parameters: async (target, send, deadline) => call(await parameterLine(), target, send, deadline),
    credentials: (deadline, renewal) => credentialsOf(line, deadline, renewal),
    close() {
      line.client.destroy()
      void ssm?.then(({ client }) => client.destroy())
    },
  }
}

async function credentialsOf(line: Line<KMS>, deadline: Deadline, renewal?: 'renew'): Promise<Credentials> {
  try {
    const options = { forceRefresh: renewal === 'renew' }
    return await within(deadline, 'AWS credentials', line.client.config.credentials(options))
  } catch (error) {
    throw explain(error, { operation: 'Decrypt', key: 'any key', region: line.region })
  }
}

type Client = KMS | SSM

/** What every call over one connection shares. */
interface Line<C extends Client> {
  readonly client: C
  readonly service?: 'ssm'
  readonly region: string
  readonly clock: Clock
  readonly bucket: Bucket
  readonly breaker: Breaker
  readonly slots: Slots
  observe(observation: BackendCall): void
}

function openLine<C extends Client>(client: C, options: ConnectionOptions, service?: 'ssm'): Line<C> {
  const { region, quota = defaultQuota, clock, observe } = options
  return {
    client,
    ...(service && { service }),
    region,
    clock,
    // At most 0.8 + 0.2 of the quota in any one second: AWS counts whole seconds.
    bucket: createBucket({ rate: 0.8 * quota, burst: Math.max(1, Math.floor(0.2 * quota)), clock }),
    breaker: createBreaker({ failures: breakerFailures, pause: breakerPause, clock }),
    slots: createSlots(connections),
    observe: (observation) => observe?.(observation),
  }
}

async function call<C extends Client, T>(
  line: Line<C>,
  target: Target,
  send: Send<C, T>,
  deadline: Deadline,
): Promise<T> {
  const subject = subjectOf(line, target)
  if (isOver(deadline)) throw tooLate(subject)
  for (let number = 1; ; number++) {
    try {
      return await attempt(line, { target, send, deadline, number })
    } catch (error) {
      if (error instanceof Failed) throw error
      const retry = retryOf(error)
      if (retry === 'transient' && isOver(deadline)) throw tooLate(subject)
      const lost = retry === 'transient' && unrepeatable.has(target.operation)
      const pause = lost ? undefined : pauseBefore(number + 1, retry)
      if (pause === undefined || pause + leastUseful >= left(deadline)) throw explain(error, subject)
      if (retry === 'throttled') target.throttled?.(explain(error, subject))
      if (retry === 'credentials')
        await within(deadline, 'AWS credentials', refreshCredentials(line.client)).catch(() => {})
      await sleep(pause)
    }
  }
}

function subjectOf({ region, service }: Line<Client>, { operation, key }: Target): Subject {
  return { operation, key, region, ...(service && { service }) }
}

interface Attempt<C, T> {
  readonly target: Target
  readonly send: Send<C, T>
  readonly deadline: Deadline
  readonly number: number
}

/** In turn: the account's quota, a slot of our own, then the breaker, which must be asked last because a probe is owed an answer. */
async function attempt<C extends Client, T>(line: Line<C>, asked: Attempt<C, T>): Promise<T> {
  const { target, deadline } = asked
  await pace(line, target, deadline)
  const leave = await line.slots.enter(deadline)
  if (leave === undefined) throw tooLate(subjectOf(line, target))
  try {
    const passage = line.breaker.enter()
    if (passage === undefined) throw cutOff(subjectOf(line, target), Math.ceil(line.breaker.wait() / 1000))
    return await send(line, asked, passage)
  } finally {
    leave()
  }
}

async function pace({ bucket, region }: Line<Client>, { operation }: Target, deadline: Deadline): Promise<void> {
  if (!paced.has(operation)) return
  const wait = bucket.take(left(deadline))
  if (wait === undefined) throw overQuota(region, Math.ceil(bucket.wait() / 1000))
  if (wait > 0) await sleep(wait)
}

async function send<C extends Client, T>(line: Line<C>, asked: Attempt<C, T>, passage: Passage): Promise<T> {
  const { target, send, deadline, number } = asked
  const started = line.clock.monotonic()
  const elapsed = (): number => line.clock.monotonic() - started
  const report = (outcome: 'ok' | Retry): void =>
    line.observe({
      operation: target.operation,
      region: line.region,
      milliseconds: elapsed(),
      attempt: number,
      outcome,
    })
  try {
    // The signal ends the request; fetching credentials before it takes no signal.
    const answer = await within(deadline, 'AWS', send(line.client, { abortSignal: signalFor(deadline) }))
    passage.succeeded()
    report('ok')
    return answer
  } catch (error) {
    const retry = retryOf(error)
    // Throttling and refusals show that the region is there.
    if (retry !== 'transient') passage.succeeded()
    else if (isOver(deadline) && elapsed() < tellingSilence) passage.abandoned()
    else passage.failed()
    report(retry)
    throw error
  }
}

type Send<C, T> = (client: C, options: CallOptions) => Promise<T>

/** Less than one answer of KMS takes; and timers may fire early by what the event loop was busy for. */
const leastUseful = 20

function isOver(deadline: Deadline): boolean {
  return left(deadline) < leastUseful
}

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
async function refreshCredentials(client: Client): Promise<void> {
  await client.config.credentials({ forceRefresh: true }).catch(() => {})
}

function overQuota(region: string, retryAfter: number): Failed {
  const sentence = `The service is at its share of the AWS KMS quota in ${region}`
  return new Failed('backend-throttled', sentence, { particulars: { retryAfter: Math.max(1, retryAfter) } })
}

function cutOff(subject: Subject, retryAfter: number): Failed {
  const sentence = `${titleOf(subject)} in ${subject.region} has been failing and is not asked for a moment`
  return new Failed('backend-unavailable', sentence, { particulars: { retryAfter: Math.max(1, retryAfter) } })
}

function tooLate(subject: Subject): Failed {
  const sentence = `${titleOf(subject)} in ${subject.region} did not answer ${permissionOf(subject)} in time`
  return new Failed('deadline-exceeded', sentence)
}
