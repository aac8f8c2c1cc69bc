/** The one way to AWS KMS and Systems Manager: paced, bounded in time, retried by our own rules, cut off while a region is down. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KMS } from '@aws-sdk/client-kms'
import type { SSM } from '@aws-sdk/client-ssm'
import { type Breaker, createBreaker, type Passage } from '../../base/breaker.ts'
import type { Clock } from '../../base/clock.ts'
import { type Deadline, left, within } from '../../base/deadline.ts'
import { createSlots, type Slots } from '../../base/slots.ts'
import type { BackendCall, CallOutcome, Heard } from '../../core/backend.ts'
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
import { evidenceOf } from './evidence.ts'
import { explain, isAnswer, retryOf, type Subject } from './errors.ts'
import { createPaces, type Pace, type Quotas } from './pace.ts'
import { pauseBefore } from './pauses.ts'

export interface ConnectionOptions extends ClientOptions, Quotas {
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
  /** For what nobody signs with yet: signatures find half of the line free. */
  readonly making?: true
  /** For what is looked for, or was made just now: that there is nothing of the name is an answer, and no failure to be counted. */
  readonly mayBeAbsent?: true
  /** Told what AWS answers while it throttles, and nobody else is told because it is asked again. */
  readonly throttled?: (answer: Error) => void
  /** Told the request id of each attempt that AWS answered, whatever the answer. */
  readonly heard?: Heard
}

const breakerFailures = 8
const breakerPause = 2_000

/** An attempt cut off sooner by its caller's deadline says nothing about the region. Milliseconds. */
const tellingSilence = 250

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
  readonly paces: ReadonlyMap<string, Pace>
  readonly breaker: Breaker
  /** Making keys is another part of AWS than signing with them: where it fails alone, signatures go on. */
  readonly makersBreaker: Breaker
  /**
   * Waiting in the SDK's agent instead would count against the time to connect, and a burst of our own would look like a
   * region that is down.
   */
  readonly slots: Slots
  /** Taken before one of `slots` by what is for making keys. */
  readonly makers: Slots
  observe(observation: BackendCall): void
}

function openLine<C extends Client>(client: C, options: ConnectionOptions, service?: 'ssm'): Line<C> {
  const { region, clock, observe } = options
  return {
    client,
    ...(service && { service }),
    region,
    clock,
    paces: createPaces(options, clock),
    breaker: createBreaker({ failures: breakerFailures, pause: breakerPause, clock }),
    makersBreaker: createBreaker({ failures: breakerFailures, pause: breakerPause, clock }),
    slots: createSlots(connections),
    makers: createSlots(connections / 2),
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
      const pause = pauseBefore(number + 1, retry, target.operation, line.paces.get(target.operation))
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
  const leave = await enter(line, target, deadline)
  if (leave === undefined) throw tooLate(subjectOf(line, target))
  try {
    const breaker = target.making ? line.makersBreaker : line.breaker
    const passage = breaker.enter()
    if (passage === undefined) throw cutOff(subjectOf(line, target), Math.ceil(breaker.wait() / 1000))
    return await send(line, asked, passage)
  } finally {
    leave()
  }
}

async function pace({ paces, region }: Line<Client>, { operation }: Target, deadline: Deadline): Promise<void> {
  const pace = paces.get(operation)
  if (pace === undefined) return
  const wait = pace.take(left(deadline))
  if (wait === undefined) throw overQuota(region, Math.ceil(pace.wait() / 1000))
  if (wait > 0) await sleep(wait)
}

/** The function that gives back what was taken, or undefined when nothing was free before the deadline. */
async function enter({ slots, makers }: Line<Client>, { making }: Target, deadline: Deadline) {
  if (making === undefined) return slots.enter(deadline)
  const leaveMakers = await makers.enter(deadline)
  if (leaveMakers === undefined) return undefined
  const leave = await slots.enter(deadline)
  if (leave === undefined) leaveMakers()
  return leave && (() => [leave, leaveMakers].forEach((one) => one()))
}

async function send<C extends Client, T>(line: Line<C>, asked: Attempt<C, T>, passage: Passage): Promise<T> {
  const { target, send, deadline, number } = asked
  const started = line.clock.monotonic()
  const elapsed = (): number => line.clock.monotonic() - started
  const report = (outcome: CallOutcome): void =>
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
    line.paces.get(target.operation)?.passed()
    report('ok')
    tell(target, answer)
    return answer
  } catch (error) {
    const retry = retryOf(error)
    // Throttling and refusals show that the region is there.
    if (retry !== 'transient') passage.succeeded()
    else if (isOver(deadline) && elapsed() < tellingSilence) passage.abandoned()
    else passage.failed()
    if (retry === 'throttled') line.paces.get(target.operation)?.throttled()
    report(isAnswer(error, target) ? 'ok' : retry)
    tell(target, error)
    throw error
  }
}

function tell({ heard }: Target, answer: unknown): void {
  const evidence = heard && evidenceOf(answer)
  if (evidence !== undefined) heard?.(evidence)
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
