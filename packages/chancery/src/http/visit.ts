/** What is known of a request while it is here, and the one line that is left of it: no body, no query, no header. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import type { Principal } from '../core/access.ts'
import type { Code } from '../core/errors.ts'
import type { Metrics } from '../core/services.ts'
import type { Ticket } from './admission.ts'
import { problemFor } from './kms-names.ts'
import type { HttpOptions, Log } from './options.ts'
import { problemBody, problemOf, type Problem, type ProblemBody } from './problem.ts'
import type { Route } from './route.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined until it has arrived. */
    visit: Visit | undefined
  }
}

/** Kept on the request itself: a weak map of all requests was a tenth of the edge's time, most of it for the collector. */
export class Visit {
  route: Route | undefined
  principal: Principal | undefined
  /** Held from when it is set until the reply is done or its connection is gone. */
  ticket: Ticket | undefined
  readonly #id: string
  readonly #around: Around
  readonly #started: number
  #code: Code | undefined
  #ended = false
  /** What was logged last: hundreds of a batch may be answered with one error. */
  #logged: unknown

  constructor(id: string, around: Around) {
    this.#id = id
    this.#around = around
    this.#started = around.clock.monotonic()
  }

  /** Notes what the request is answered with, and logs it when it is our fault. */
  failed(error: unknown): void {
    this.#code = this.partly(error).code
  }

  /** Logs what is our fault, where it is only a part of the reply. */
  partly(error: unknown): Problem {
    const problem = problemOf(error, this.#id, { style: 'remote-signing' })
    const { status, code, detail } = problem
    if (status >= 500 && error !== this.#logged) {
      this.#around.log.error({ request: this.#id, code, err: error }, detail)
      this.#logged = error
    }
    return problem
  }

  /** As `partly`, the way our own API says it. */
  problem(error: unknown): ProblemBody {
    this.partly(error)
    return problemFor(this, problemBody(error, this.#id))
  }

  /** Its place is taken until the work is done as well: the reply may be given up sooner. */
  alsoUntil(work: Promise<unknown>): void {
    const { ticket } = this
    if (ticket === undefined) return
    ticket.hold()
    const release = (): void => ticket.release()
    work.then(release, release)
  }

  /** The reply is done, or its connection is gone, or nothing more is done for it: all may say so. */
  end(status: number): void {
    if (this.#ended) return
    this.#ended = true
    this.ticket?.release()
    const { clock, metrics, log } = this.#around
    const { route, principal } = this
    const seen = {
      route: route === undefined ? 'none' : `${route.method} ${route.path}`,
      status,
      ...(this.#code === undefined ? {} : { code: this.#code }),
      milliseconds: clock.monotonic() - this.#started,
    }
    metrics.observe(seen)
    if (route?.share === 'duties' && status < 400) {
      log.debug?.({ request: this.#id, client: principal?.client, ...seen }, 'request')
    } else log.info({ request: this.#id, client: principal?.client, ...seen }, 'request')
  }
}

interface Around {
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

export interface Visits {
  begin(request: FastifyRequest, reply: FastifyReply): Visit
  of(request: FastifyRequest): Visit
}

export function createVisits({ clock, log = silent }: HttpOptions, metrics: Metrics): Visits {
  const around = { clock, log, metrics }
  return {
    begin(request, reply) {
      const visit = new Visit(request.id, around)
      const end = () => visit.end(reply.statusCode)
      reply.raw.on('finish', end).on('close', end)
      request.visit = visit
      return visit
    },
    of({ visit }) {
      if (visit === undefined) throw new Error('a request that never arrived')
      return visit
    },
  }
}

const silent: Log = { info: () => {}, error: () => {} }
