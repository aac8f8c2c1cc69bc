/** Several endpoints of one kind in order of preference. One is used only after it named the configured network. */
import { createBreaker, type Breaker } from '../../base/breaker.ts'
import type { Clock } from '../../base/clock.ts'
import type { Deadline } from '../../base/deadline.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { Network } from '../../core/names.ts'
import { requireGenesis } from './genesis.ts'
import { Busy } from './http.ts'
import type { OpenSource, Source } from './source.ts'

export interface Endpoints {
  readonly count: number
  /**
   * What the first endpoint answers that does; a piece of work is done with one endpoint or begun anew with the next.
   * @throws Failed `node-unavailable` when one may have acted without answering, `node-refused` when none did; Refused
   * `wrong-network` when all serve another network
   */
  first<T>(work: (source: Source) => Promise<T>, deadline: Deadline): Promise<T>
  /** Asks each for its network. @throws Refused `wrong-network` when one serves another; Failed when none answers */
  check(deadline: Deadline): Promise<void>
}

interface Endpoint {
  readonly host: string
  readonly open: OpenSource
  /** Whether it named the configured network since it last failed. */
  trusted: boolean
  /** From its first use on, by the clock of that. */
  breaker?: Breaker
}

/** An endpoint that answered so many times in a row with nothing is left alone so long, while there is another. */
const failuresInRow = 3
const rest = 10_000

export function createEndpoints(network: Network, urls: readonly URL[], openAt: (url: URL) => OpenSource): Endpoints {
  const endpoints = urls.map((url): Endpoint => ({ host: url.host, open: openAt(url), trusted: false }))
  return {
    count: endpoints.length,
    first: (work, deadline) => firstOf(inUse(endpoints, deadline), network, work, deadline),
    async check(deadline) {
      for (const endpoint of endpoints) endpoint.trusted = false
      const tries = endpoints.map((endpoint) => useOne(endpoint, network, async () => {}, deadline))
      const failures = (await Promise.allSettled(tries)).flatMap((one, i): [string, unknown][] =>
        one.status === 'rejected' ? [[endpoints[i]?.host ?? '', one.reason]] : [],
      )
      const stranger = failures.find(([, error]) => error instanceof Refused)
      if (stranger) throw stranger[1]
      if (failures.length > 0 && failures.length === endpoints.length) throw allFailed(failures)
    },
  }
}

function breakerOf(endpoint: Endpoint, clock: Clock): Breaker {
  return (endpoint.breaker ??= createBreaker({ failures: failuresInRow, pause: rest, clock }))
}

function inUse(endpoints: readonly Endpoint[], { clock }: Deadline): readonly Endpoint[] {
  const awake = endpoints.filter((endpoint) => breakerOf(endpoint, clock).state() !== 'open')
  return awake.length === 0 ? endpoints : awake
}

async function firstOf<T>(
  endpoints: readonly Endpoint[],
  network: Network,
  work: (source: Source) => Promise<T>,
  deadline: Deadline,
): Promise<T> {
  const failures: [string, unknown][] = []
  for (const endpoint of endpoints) {
    try {
      return await useOne(endpoint, network, work, deadline)
    } catch (error) {
      failures.push([endpoint.host, error])
    }
  }
  throw allFailed(failures)
}

async function useOne<T>(
  endpoint: Endpoint,
  network: Network,
  work: (source: Source) => Promise<T>,
  deadline: Deadline,
): Promise<T> {
  const source = endpoint.open(deadline)
  const passage = breakerOf(endpoint, deadline.clock).enter()
  try {
    if (!endpoint.trusted) requireGenesis(await source.genesis(), network, endpoint.host)
    endpoint.trusted = true
    const done = await work(source)
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
function allFailed(failures: readonly [string, unknown][]): Error {
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

function failureOf([host, error]: [string, unknown]): string {
  return `${host}: ${error instanceof Error ? `${error.message}${causeOf(error)}` : 'failed'}`
}

/** `fetch` says no more than "fetch failed"; what failed is its cause. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}
