/** What is known of a request while it is here, and the one line that is left of it: no body, no query, no header. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../core/access.ts'
import type { Code } from '../core/errors.ts'
import type { Metrics } from '../core/services.ts'
import type { Ticket } from './admission.ts'
import type { HttpOptions, Log } from './options.ts'
import { problemOf, type Problem } from './problem.ts'
import type { Route } from './route.ts'

export interface Visit {
  route: Route | undefined
  principal: Principal | undefined
  ticket: Ticket | undefined
  /** Acts once, when the reply is done or its connection is gone. */
  onEnd(act: () => void): void
  /** Notes what the request is answered with, and logs it when it is our fault. */
  failed(error: unknown): void
  /** Logs what is our fault, where it is only a part of the reply. */
  partly(error: unknown): Problem
}

export interface Visits {
  begin(request: FastifyRequest, reply: FastifyReply): Visit
  of(request: FastifyRequest): Visit
}

export function createVisits({ clock, log = silent }: HttpOptions, metrics: Metrics): Visits {
  const visits = new WeakMap<FastifyRequest, Visit>()
  const begin = (request: FastifyRequest, reply: FastifyReply): Visit => {
    const started = clock.monotonic()
    const visit = createVisit(request.id, reply, log, (code) => {
      const { route, principal } = visit
      const milliseconds = clock.monotonic() - started
      const seen = {
        route: route === undefined ? 'none' : `${route.method} ${route.path}`,
        status: reply.statusCode,
        ...(code === undefined ? {} : { code }),
        milliseconds,
      }
      metrics.observe(seen)
      log.info({ request: request.id, client: principal?.client, ...seen }, 'request')
    })
    visits.set(request, visit)
    return visit
  }
  return {
    begin,
    of(request) {
      const visit = visits.get(request)
      if (visit === undefined) throw new Error('a request that never arrived')
      return visit
    },
  }
}

const silent: Log = { info: () => {}, error: () => {} }

function createVisit(id: string, reply: FastifyReply, log: Log, end: (code: Code | undefined) => void): Visit {
  const acts: (() => void)[] = []
  let code: Code | undefined
  let ended = false
  const finish = (): void => {
    if (ended) return
    ended = true
    for (const act of acts) act()
    end(code)
  }
  const note = (error: unknown): Problem => {
    const problem = problemOf(error, id, { style: 'remote-signing' })
    if (problem.status >= 500) log.error({ request: id, code: problem.code, err: error }, problem.detail)
    return problem
  }
  reply.raw.once('finish', finish).once('close', finish)
  return {
    route: undefined,
    principal: undefined,
    ticket: undefined,
    onEnd: (act) => void acts.push(act),
    failed(error) {
      code = note(error).code
    },
    partly: note,
  }
}
