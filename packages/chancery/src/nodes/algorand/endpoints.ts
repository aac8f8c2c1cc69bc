/** Several endpoints in order of preference. One is used only after it named the configured network. */
import { createBreaker, type Breaker } from '../../base/breaker.ts'
import type { Clock } from '../../base/clock.ts'
import type { Deadline } from '../../base/deadline.ts'
import { Failed, Refused } from '../../core/errors.ts'
import { ask, Busy, type Call, type Reply, type RestOptions } from './rest.ts'

export type Ask = (call: Call) => Promise<Reply>

export interface Endpoints {
  /**
   * What the first endpoint answers that does; a piece of work is done with one endpoint or begun anew with the next.
   * @throws Failed `node-unavailable` when one may have acted without answering, `node-refused` when none did; Refused
   * `wrong-network` when all serve another network
   */
  first<T>(work: (ask: Ask) => Promise<T>, deadline: Deadline): Promise<T>
  /** Does it with every endpoint. @throws Refused `wrong-network` when one serves another; Failed when none answers */
  each(work: (ask: Ask) => Promise<unknown>, deadline: Deadline): Promise<void>
}

export interface EndpointsOptions extends Omit<RestOptions, 'url'> {
  readonly urls: readonly URL[]
  /** @throws Refused `wrong-network`; Error when the endpoint does not say what it serves */
  identify(ask: Ask, host: string): Promise<void>
}

interface Endpoint {
  readonly url: URL
  /** Whether it named the configured network since it last failed. */
  trusted: boolean
  /** From its first use on, by the clock of that. */
  breaker?: Breaker
}

/** An endpoint that answered so many times in a row with nothing is left alone so long, while there is another. */
const failuresInRow = 3
const rest = 10_000

function breakerOf(endpoint: Endpoint, clock: Clock): Breaker {
  return (endpoint.breaker ??= createBreaker({ failures: failuresInRow, pause: rest, clock }))
}

function inUse(endpoints: readonly Endpoint[], { clock }: Deadline): readonly Endpoint[] {
  const awake = endpoints.filter((endpoint) => breakerOf(endpoint, clock).state() !== 'open')
  return awake.length === 0 ? endpoints : awake
}

export function createEndpoints(options: EndpointsOptions): Endpoints {
  const endpoints = options.urls.map((url): Endpoint => ({ url, trusted: false }))
  const use = <T>(endpoint: Endpoint, work: (ask: Ask) => Promise<T>, deadline: Deadline) =>
    useOne(endpoint, options, work, deadline)
  return {
    async first(work, deadline) {
      const failures: [Endpoint, unknown][] = []
      for (const endpoint of inUse(endpoints, deadline)) {
        try {
          return await use(endpoint, work, deadline)
        } catch (error) {
          failures.push([endpoint, error])
        }
      }
      throw allFailed(failures)
    },
    async each(work, deadline) {
      for (const endpoint of endpoints) endpoint.trusted = false
      const tries = await Promise.allSettled(endpoints.map((endpoint) => use(endpoint, work, deadline)))
      const failures = endpoints.flatMap((endpoint, i): [Endpoint, unknown][] => {
        const one = tries[i]
        return one?.status === 'rejected' ? [[endpoint, one.reason]] : []
      })
      const stranger = failures.find(([, error]) => error instanceof Refused)
      if (stranger) throw stranger[1]
      if (failures.length === endpoints.length) throw allFailed(failures)
    },
  }
}

async function useOne<T>(
  endpoint: Endpoint,
  options: EndpointsOptions,
  work: (ask: Ask) => Promise<T>,
  deadline: Deadline,
): Promise<T> {
  const { url } = endpoint
  const asking: Ask = (call) => ask(call, { ...options, url }, deadline)
  const passage = breakerOf(endpoint, deadline.clock).enter()
  try {
    if (!endpoint.trusted) await options.identify(asking, url.host)
    endpoint.trusted = true
    const done = await work(asking)
    passage?.succeeded()
    return done
  } catch (error) {
    endpoint.trusted = false
    if (isAnswer(error)) passage?.succeeded()
    else passage?.failed()
    throw error
  }
}

/** Busy is an answer as well, from the door. */
function isAnswer(error: unknown): boolean {
  return error instanceof Busy || error instanceof Failed || error instanceof Refused
}

/** Whoever answered something, or nothing, may have acted on the question before; whoever refused it at the door did not. */
function allFailed(failures: readonly [Endpoint, unknown][]): Error {
  const errors = failures.map(([, error]) => error)
  const stranger = errors.find((error) => error instanceof Refused)
  if (stranger && errors.every((error) => error instanceof Refused)) return stranger
  const settled = errors.every(isAnswer)
  const answer = errors.find((error) => error instanceof Failed)
  if (settled && answer) return answer
  const particulars = { got: failures.map(failureOf).join('; ') }
  if (settled) return new Failed('node-refused', 'The node did not take the question', { particulars })
  return new Failed('node-unavailable', 'No node answered', { particulars })
}

function failureOf([{ url }, error]: [Endpoint, unknown]): string {
  return `${url.host}: ${error instanceof Error ? `${error.message}${causeOf(error)}` : 'failed'}`
}

/** `fetch` says no more than "fetch failed"; what failed is its cause. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}
