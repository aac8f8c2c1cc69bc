/** Several endpoints of one kind in order of preference. One is used only after it named the configured network. */
import { createBreaker, type Breaker } from '../base/breaker.ts'
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import { Failed, Refused } from '../core/errors.ts'
import { Busy } from './http.ts'

/** `Source` is what an endpoint is asked through. */
export interface Endpoints<Source> {
  readonly count: number
  /**
   * What the first endpoint answers that does; a piece of work is done with one endpoint or begun anew with the next.
   * @throws Failed `node-unavailable` when one may have acted without answering, `node-refused` when none did; Refused
   * `wrong-network` when all serve another network
   */
  first<T>(work: (source: Source) => Promise<T>, deadline: Deadline): Promise<T>
  /** Does it with every endpoint. @throws Refused `wrong-network` when one serves another; Failed when none answers */
  each(work: (source: Source) => Promise<unknown>, deadline: Deadline): Promise<void>
}

export interface EndpointOptions<Source> {
  readonly host: string
  open(deadline: Deadline): Source
  /** @throws Refused `wrong-network`; Error when the endpoint does not say what it serves */
  identify(source: Source): Promise<void>
}

interface Endpoint<Source> extends EndpointOptions<Source> {
  /** Whether it named the configured network since it last failed. */
  trusted: boolean
  /** From its first use on, by the clock of that. */
  breaker?: Breaker
}

/** An endpoint that answered so many times in a row with nothing is left alone so long, while there is another. */
const failuresInRow = 3
const rest = 10_000

export function createEndpoints<Source>(options: readonly EndpointOptions<Source>[]): Endpoints<Source> {
  const endpoints = options.map((one): Endpoint<Source> => ({ ...one, trusted: false }))
  return {
    count: endpoints.length,
    async first(work, deadline) {
      const failures: [string, unknown][] = []
      for (const endpoint of inUse(endpoints, deadline)) {
        try {
          return await useOne(endpoint, work, deadline)
        } catch (error) {
          failures.push([endpoint.host, error])
        }
      }
      throw allFailed(failures)
    },
    async each(work, deadline) {
      for (const endpoint of endpoints) endpoint.trusted = false
      const tries = await Promise.allSettled(endpoints.map((endpoint) => useOne(endpoint, work, deadline)))
      const failures = endpoints.flatMap(({ host }, i): [string, unknown][] => {
        const one = tries[i]
        return one?.status === 'rejected' ? [[host, one.reason]] : []
      })
      const stranger = failures.find(([, error]) => error instanceof Refused)
      if (stranger) throw stranger[1]
      if (failures.length > 0 && failures.length === endpoints.length) throw allFailed(failures)
    },
  }
}

function breakerOf<Source>(endpoint: Endpoint<Source>, clock: Clock): Breaker {
  return (endpoint.breaker ??= createBreaker({ failures: failuresInRow, pause: rest, clock }))
}

function inUse<Source>(endpoints: readonly Endpoint<Source>[], { clock }: Deadline): readonly Endpoint<Source>[] {
  const awake = endpoints.filter((endpoint) => breakerOf(endpoint, clock).state() !== 'open')
  return awake.length === 0 ? endpoints : awake
}

async function useOne<Source, T>(
  endpoint: Endpoint<Source>,
  work: (source: Source) => Promise<T>,
  deadline: Deadline,
): Promise<T> {
  const source = endpoint.open(deadline)
  const passage = breakerOf(endpoint, deadline.clock).enter()
  try {
    if (!endpoint.trusted) await endpoint.identify(source)
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
