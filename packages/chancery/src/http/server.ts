/** The HTTP edge: one builder for the network's listener and the operator's socket. */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify'
import { deadlineIn, within } from '../base/deadline.ts'
import { newId } from '../base/id.ts'
import { parseJson } from '../base/strict-json.ts'
import type { Principal } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { Services } from '../core/services.ts'
import { createAdmission, type Admission } from './admission.ts'
import { apiKeyAuth } from './auth/api-key.ts'
import type { Identify } from './auth/identify.ts'
import { socketAuth } from './auth/socket.ts'
import { kmsBackendAuth } from './compat/kms-backend.ts'
import { createDoor, isPreflight, type Door } from './door.ts'
import { createDraining, type Drain, type Draining } from './drain.ts'
import { defaultLimits, defaultTimeouts, mostHeaders, smallBody, type HttpOptions, type Limits } from './options.ts'
import { connectionRefusal, problemOf, problemType } from './problem.ts'
import type { Incoming, Route } from './route.ts'
import { answersHead, createFinder, patternOf, type Finder } from './routes/finder.ts'
import { routesOf } from './routes/routes.ts'
import { createVisits, type Visit, type Visits } from './visit.ts'

export interface HttpServer {
  readonly app: FastifyInstance
  readonly routes: readonly Route[]
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
  readonly admission: Admission
  readonly draining: Draining
  readonly finder: Finder
  readonly visits: Visits
}

/** @throws RangeError for options that cannot be: an origin `*`, a rate of 0. */
export function createServer(services: Services, options: HttpOptions): HttpServer {
  const limits = { ...defaultLimits, ...options.limits }
  const routes = routesOf(services.schemas, options).filter((route) => isServed(route, options))
  const app = createApp(options, limits)
  const admission = createAdmission(limits, options.clock)
  const identify =
    options.auth.scheme === 'socket' ? socketAuth(options.auth.principal) : apiKeyAuth(services.authenticator)
  const draining = createDraining(app, admission)
  const finder = createFinder(routes)
  const edge: Edge = {
    services,
    options,
    identify,
    identifyKmsBackend: kmsBackendAuth(services),
    admission,
    draining,
    finder,
    door: createDoor(options),
    visits: createVisits(options, services.metrics),
  }
  addSteps(app, edge)
  for (const route of routes) addRoute(app, edge, route)
  return { app, routes, drain: draining.drain }
}

/** The socket knows who calls by the file alone, so routes with a key of their own are not there. */
function isServed({ access }: Route, { auth }: HttpOptions): boolean {
  return auth.scheme !== 'socket' || access !== 'kms-backend'
}

function createApp(options: HttpOptions, limits: Limits): FastifyInstance {
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const app = Fastify({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: countedIds(newId('req', options.clock.now())),
    bodyLimit: smallBody,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    maxRequestsPerSocket: limits.requestsPerConnection,
    ...(options.trustedProxies === undefined ? {} : { trustProxy: [...options.trustedProxies] }),
    routerOptions: { maxParamLength: 512, caseSensitive: true },
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: timeouts.headers,
      connectionsCheckingInterval: timeouts.check,
      insecureHTTPParser: false,
      requireHostHeader: false,
    },
    clientErrorHandler(error, socket) {
      if (socket.writable) socket.end(connectionRefusal(error))
      else socket.destroy()
    },
    frameworkErrors: (error, request, reply) => void answerProblem(error, request.id, reply),
  })
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
    edge.visits.of(request).failed(error)
    return answerProblem(error, request.id, reply)
  })
  app.setNotFoundHandler((request) => {
    throw edge.finder.refusal(request.method, request.url)
  })
}

function answerProblem(error: unknown, requestId: string, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, requestId)
  return reply.status(problem.status).headers(problem.headers).type(problemType).send(JSON.stringify(problem.body))
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
  admit(edge, visit, request)
  visit.principal = await principalFor(edge, route, request)
  if (visit.principal !== undefined) visit.ticket?.ofClient(visit.principal.client)
  return undefined
}

function admit({ draining, admission }: Edge, visit: Visit, request: FastifyRequest): void {
  if (draining.begun()) throw new Refused('shutting-down', 'The service is stopping', { retryAfter: 5 })
  visit.ticket = admission.enter()
  visit.onEnd(visit.ticket.hold())
  if (isLarge(request)) visit.ticket.withLargeBody()
}

function isLarge({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > smallBody
}

async function principalFor(edge: Edge, route: Route, request: FastifyRequest): Promise<Principal | undefined> {
  if (route.access === 'observer' && edge.options.observability === 'open') return undefined
  if (route.access === 'kms-backend') return edge.identifyKmsBackend({ headers: request.headers, address: request.ip })
  if (route.access === 'operator' && edge.options.auth.scheme !== 'socket') {
    throw new Refused('denied', "This is asked over the operator's socket only")
  }
  const principal = await edge.identify({ headers: request.headers, address: request.ip })
  if (route.access === 'observer' && !mayObserve(principal)) {
    throw new Refused('denied', 'This page needs a grant of register:read or admin')
  }
  return principal
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
  const { status = route.reply.status, headers = {}, body } = await within(grace, 'The service', work)
  void reply.status(status).headers(headers)
  if (body === undefined) return reply.send()
  const type = route.reply.type ?? 'application/json; charset=utf-8'
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
    leaving: () => edge.draining.leaving(),
    stopping: edge.draining.stopping,
  }
}
