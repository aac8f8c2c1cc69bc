/** Door, room, name, right: in this order, and all before a byte of the body is read. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../core/access.ts'
import { Refused } from '../core/errors.ts'
import type { Caller } from './auth/identify.ts'
import { isPreflight } from './door.ts'
import type { Edge } from './edge.ts'
import { smallBody } from './options.ts'
import { tokenOf } from './path-token.ts'
import type { Route } from './route.ts'
import type { Visit } from './visit.ts'

/** Resolves when the request may go on to its route. */
export async function arrive(edge: Edge, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const visit = enter(edge, request, reply)
  visit.route = route
  if (route.access === 'anyone') return
  const large = admit(edge, visit, route, request)
  const principal = await principalFor(edge, route, request)
  visit.principal = principal
  if (principal !== undefined) {
    visit.ticket?.ofClient(principal.client)
    if (large && route.right !== undefined) edge.services.requireAny(principal, route.right)
  }
  // Last, so that there is room for those who may.
  if (large) visit.ticket?.withLargeBody()
}

/** What has no route: a page that asks what it may do, or nothing we know. */
export async function arriveNowhere(edge: Edge, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  enter(edge, request, reply)
  if (isPreflight(request.raw)) return reply.status(204).send()
  throw edge.finder.refusal(request.method, request.url)
}

function enter({ door, visits, draining }: Edge, request: FastifyRequest, reply: FastifyReply): Visit {
  const visit = visits.begin(request, reply)
  void reply.headers(door.headers(request.raw)).header('x-request-id', request.id)
  if (draining.leaving()) void reply.header('connection', 'close')
  door.check(request.raw)
  return visit
}

/** @returns whether its body is large, or may be */
function admit({ draining, admissions }: Edge, visit: Visit, route: Route, request: FastifyRequest): boolean {
  if (draining.begun()) throw new Refused('shutting-down', 'The service is stopping', { retryAfter: 5 })
  const ticket = admissions[route.share ?? 'usual'].enter()
  visit.ticket = ticket
  ticket.hold()
  return isLarge(request) && route.bodyUnread !== true
}

function isLarge({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > smallBody
}

async function principalFor(edge: Edge, route: Route, request: FastifyRequest): Promise<Principal | undefined> {
  if (route.access === 'observer' && edge.options.observability === 'open') return undefined
  const caller = callerOf(route, request)
  if (route.access === 'kms-backend') return edge.identifyKmsBackend(caller)
  if (route.access === 'operator' && edge.options.auth.scheme !== 'socket') {
    throw new Refused('denied', "This is asked over the operator's socket only")
  }
  const principal = await edge.identify(caller)
  if (route.access === 'observer' && !mayObserve(principal)) {
    throw new Refused('denied', 'This page needs a grant of register:read or admin')
  }
  return principal
}

/** A key in the path is taken where validator clients ask, which can send none in a header, and nowhere else. */
function callerOf({ needs, access }: Route, { headers, ip, raw }: FastifyRequest): Caller {
  const token = tokenOf(raw)
  const validators = access === 'validator'
  const caller = { headers, address: ip, version: raw.httpVersion, socket: raw.socket, validators }
  if (token === undefined) return caller
  if (needs === 'validators') return { ...caller, token }
  throw new Refused('unauthenticated', 'An API key in the path opens the routes of validator clients only')
}

function mayObserve({ grants }: Principal): boolean {
  return grants.some(({ operations }) => operations.includes('register:read') || operations.includes('admin'))
}
