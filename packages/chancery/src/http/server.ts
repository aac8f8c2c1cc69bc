/** The HTTP edge: one builder for the network's listener and the operator's socket. */
import { createServer as createPlainServer } from 'node:http'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify'
import { deadlineIn, within } from '../base/deadline.ts'
import { newId } from '../base/id.ts'
import { parseJson } from '../base/strict-json.ts'
import type { Principal } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { Services } from '../core/services.ts'
import { createAdmission, type Admission } from './admission.ts'
import type { Authorities } from './auth/certificate.ts'
import type { Caller, Identify } from './auth/identify.ts'
import { networkAuth } from './auth/network.ts'
import { socketAuth } from './auth/socket.ts'
import { kmsBackendAuth } from './compat/kms-backend.ts'
import { createDoor, isPreflight, type Door } from './door.ts'
import { createDraining, type Drain, type Draining } from './drain.ts'
import type { ErrorStyle } from './error-style.ts'
import {
  defaultLimits,
  defaultTimeouts,
  dutyLimits,
  mostHeaders,
  smallBody,
  type HttpOptions,
  type Limits,
} from './options.ts'
import { tokenOf, withoutToken } from './path-token.ts'
import { connectionRefusal, problemOf } from './problem.ts'
import type { Incoming, Route } from './route.ts'
import { answersHead, createFinder, patternOf, type Finder } from './routes/finder.ts'
import { routesOf } from './routes/routes.ts'
import { createVisits, type Visit, type Visits } from './visit.ts'

export interface HttpServer {
  readonly app: FastifyInstance
  readonly routes: readonly Route[]
  readonly scheme: 'http' | 'https'
  /** Stops in order. */
  drain: Drain
}

/** Everything one request's steps share. */
interface Edge {
  readonly services: Services
  readonly options: HttpOptions
  readonly door: Door
  readonly identify: Identify
  readonly identifyKmsBackend: Identify
  readonly admissions: Admissions
  readonly draining: Draining
  readonly finder: Finder
  readonly visits: Visits
}

/** @throws RangeError for options that cannot be: an origin `*`, a rate of 0. */
export function createServer(services: Services, options: HttpOptions): HttpServer {
  const limits = { ...defaultLimits, ...options.limits }
  const routes = routesOf(services.schemas, options).filter((route) => isServed(route, services, options))
  const app = createApp(options, limits)
  const admissions = admissionsOf(limits, options)
  const draining = createDraining(app, () => Promise.all([admissions.usual.idle(), admissions.duties.idle()]))
  const finder = createFinder(routes)
  const edge: Edge = {
    services,
    options,
    identify: identifyBy(services, options),
    identifyKmsBackend: kmsBackendAuth(services),
    admissions,
    draining,
    finder,
    door: createDoor(options),
    visits: createVisits(options, services.metrics),
  }
  addSteps(app, edge)
  for (const route of routes) addRoute(app, edge, route)
  return { app, routes, scheme: options.tls === undefined ? 'http' : 'https', drain: draining.drain }
}

/** The socket knows who calls by the file alone, so routes with a key of their own are not there. */
function isServed({ access, needs }: Route, services: Services, { auth }: HttpOptions): boolean {
  if (needs !== undefined && services[needs] === undefined) return false
  return auth.scheme !== 'socket' || access !== 'kms-backend'
}

function identifyBy({ authenticator }: Services, { auth, tls }: HttpOptions): Identify {
  if (auth.scheme === 'socket') return socketAuth(auth.principal)
  return networkAuth({
    authenticator,
    authorities: () => tls?.authorities() ?? none,
    ...(auth.loopback && { loopback: auth.loopback }),
  })
}

const none: Authorities = []

type Admissions = Readonly<Record<'usual' | 'duties', Admission>>

function admissionsOf(limits: Limits, { clock, dutyLimits: given }: HttpOptions): Admissions {
  return {
    usual: createAdmission(limits, clock),
    duties: createAdmission({ ...dutyLimits, ...given }, clock),
  }
}

function createApp(options: HttpOptions, limits: Limits): FastifyInstance {
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const http = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: timeouts.headers,
    connectionsCheckingInterval: timeouts.check,
    insecureHTTPParser: false,
    requireHostHeader: false,
    keepAliveTimeout: timeouts.keepAlive,
    requestTimeout: timeouts.request,
  }
  const { tls } = options
  const handshakeTimeout = timeouts.headers
  const app = Fastify({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: countedIds(newId('req', options.clock.now())),
    bodyLimit: smallBody,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    rewriteUrl: withoutToken,
    ...(options.trustedProxies === undefined ? {} : { trustProxy: [...options.trustedProxies] }),
    routerOptions: { maxParamLength: 512, caseSensitive: true },
    serverFactory: (handler) =>
      tls === undefined ? createPlainServer(http, handler) : tls.server({ ...http, handshakeTimeout }, handler),
    clientErrorHandler(error, socket) {
      if (socket.writable) socket.end(connectionRefusal(error))
      else socket.destroy()
    },
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
  })
  app.server.maxRequestsPerSocket = limits.requestsPerConnection
  app.server.maxConnections = limits.connections
  app.server.maxHeadersCount = mostHeaders + 1
  return app
}

/** One random id a process and a count: a random id for every request was a twelfth of the edge's time. */
function countedIds(prefix: string): () => string {
  let count = 0
  return () => `${prefix}-${(count++).toString(36)}`
}

function addSteps(app: FastifyInstance, edge: Edge): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, bytes: Buffer) =>
    bytes.length === 0 ? undefined : parseJson(bytes),
  )
  app.addHook('onRequest', (request, reply) => arrive(edge, request, reply))
  app.setErrorHandler((error, request, reply) => {
    const visit = edge.visits.of(request)
    visit.failed(error)
    return answerProblem(error, request, reply, visit.route?.errors)
  })
  app.setNotFoundHandler((request) => {
    throw edge.finder.refusal(request.method, request.url)
  })
}

function answerProblem(
  error: unknown,
  { id, headers }: FastifyRequest,
  reply: FastifyReply,
  style: ErrorStyle = 'problem',
): FastifyReply {
  const credential = headers.authorization !== undefined || headers['x-api-key'] !== undefined
  const problem = problemOf(error, id, { style, credential })
  return reply.status(problem.status).headers(problem.headers).type(problem.type).send(JSON.stringify(problem.body))
}

/** Door, room, name: in this order, and all before a byte of the body is read. */
async function arrive(edge: Edge, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { door, visits, draining, finder } = edge
  const visit = visits.begin(request, reply)
  reply.headers(door.headers(request.raw)).header('x-request-id', request.id)
  if (draining.leaving()) reply.header('connection', 'close')
  door.check(request.raw)
  if (isPreflight(request.raw)) return reply.status(204).send()
  const route = finder.routeOf(request)
  if (route === undefined) throw finder.refusal(request.method, request.url)
  visit.route = route
  if (route.access === 'anyone') return undefined
  admit(edge, visit, route, request)
  visit.principal = await principalFor(edge, route, request)
  if (visit.principal !== undefined) visit.ticket?.ofClient(visit.principal.client)
  return undefined
}

function admit({ draining, admissions }: Edge, visit: Visit, route: Route, request: FastifyRequest): void {
  if (draining.begun()) throw new Refused('shutting-down', 'The service is stopping', { retryAfter: 5 })
  visit.ticket = admissions[route.share ?? 'usual'].enter()
  visit.onEnd(visit.ticket.hold())
  if (isLarge(request)) visit.ticket.withLargeBody()
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
  if (token !== undefined && needs !== 'validators') {
    throw new Refused('unauthenticated', 'An API key in the path opens the routes of validator clients only')
  }
  const validators = access === 'validator'
  return { headers, address: ip, socket: raw.socket, validators, ...(token !== undefined && { token }) }
}

function mayObserve({ grants }: Principal): boolean {
  return grants.some(({ operations }) => operations.includes('register:read') || operations.includes('admin'))
}

function addRoute(app: FastifyInstance, edge: Edge, route: Route): void {
  app.route({
    method: route.method satisfies HTTPMethods,
    url: patternOf(route),
    exposeHeadRoute: answersHead(route),
    bodyLimit: route.bodyLimit ?? smallBody,
    config: { routeId: route.id },
    handler: (request, reply) => handle(edge, route, request, reply),
  })
}

async function handle(edge: Edge, route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const visit = edge.visits.of(request)
  const work = route.run(incomingOf(edge, route, request, visit))
  const release = visit.ticket?.hold() ?? (() => {})
  work.then(release, release)
  const grace = deadlineIn(secondsFor(route) * 1000 + 1000, edge.options.clock)
  const { status = route.reply.status, headers = {}, body, type: given } = await within(grace, 'The service', work)
  void reply.status(status).headers(headers)
  if (body === undefined) return reply.send()
  const type = given ?? route.reply.type ?? 'application/json; charset=utf-8'
  return reply.type(type).send(typeof body === 'string' ? body : JSON.stringify(body))
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
    leaving: () => edge.draining.leaving(),
    stopping: edge.draining.stopping,
  }
}
