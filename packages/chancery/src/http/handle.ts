/** From a request that was let in to its reply. */
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { deadlineIn, within } from '../base/deadline.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { Edge } from './edge.ts'
import type { ErrorStyle } from './error-style.ts'
import { problemFor } from './kms-names.ts'
import { isUnread, lingering } from './linger.ts'
import { problemOf } from './problem.ts'
import type { Incoming, Route } from './route.ts'
import type { Visit } from './visit.ts'

export async function handle(
  edge: Edge,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const visit = edge.visits.of(request)
  const work = route.run(incomingOf(edge, route, request, visit))
  visit.alsoUntil(work)
  const grace = secondsFor(route) * 1000 + 1000
  const {
    status = route.reply.status,
    headers,
    body,
    type: given,
  } = await within(deadlineIn(grace, edge.options.clock), 'The service', work)
  void reply.status(status)
  if (headers !== undefined) void reply.headers(headers)
  if (body === undefined) return reply.send()
  const type = given ?? route.reply.type ?? 'application/json; charset=utf-8'
  void reply.header('content-type', type)
  return reply.send(typeof body === 'string' || body instanceof Readable ? body : JSON.stringify(body))
}

export function answerProblem(
  error: unknown,
  { id, headers, raw, visit }: FastifyRequest,
  reply: FastifyReply,
  style: ErrorStyle = 'problem',
): FastifyReply {
  const credential = headers.authorization !== undefined || headers['x-api-key'] !== undefined
  const problem = problemOf(error, id, { style, credential })
  const text = JSON.stringify(visit === undefined ? problem.body : problemFor(visit, problem.body))
  void reply.status(problem.status).headers(problem.headers).type(problem.type)
  if (!isUnread(raw)) return reply.send(text)
  // Whoever is refused takes nobody's place while it goes on sending.
  visit?.end(problem.status)
  return reply.header('content-length', Buffer.byteLength(text)).send(lingering(text, raw))
}

/** A route that waits for its caller (`?wait=`) is given that time on top. */
const longestWait = 60

function secondsFor(route: Route): number {
  return (route.seconds ?? 10) + (route.waits === true ? longestWait : 0)
}

function incomingOf(edge: Edge, route: Route, request: FastifyRequest, visit: Visit): Incoming {
  const callWithin = (seconds: number): Call => {
    if (visit.principal === undefined) throw new Refused('unauthenticated', 'The request carries no credential')
    return { principal: visit.principal, deadline: deadlineIn(seconds * 1000, edge.options.clock) }
  }
  return {
    services: edge.services,
    params: request.params,
    query: request.query,
    headers: request.headers,
    body: request.body,
    call: () => callWithin(route.seconds ?? 10),
    callWithin,
    partly: (error) => visit.partly(error),
    problem: (error) => visit.problem(error),
    leaving: edge.draining.leaving,
    stopping: edge.draining.stopping,
  }
}
