/** The HTTP edge: one builder for the network's listener and the operator's socket. */
import { createServer as createPlainServer } from 'node:http'
import Fastify, {
  type FastifyInstance,
  type FastifyRequest,
  type HTTPMethods,
  type onRequestAsyncHookHandler,
} from 'fastify'
import { newId } from '../base/id.ts'
import { parseJson } from '../base/strict-json.ts'
import type { Services } from '../core/services.ts'
import { createAdmission } from './admission.ts'
import { arrive, arriveNowhere } from './arrive.ts'
import type { Authorities } from './auth/certificate.ts'
import type { Identify } from './auth/identify.ts'
import { networkAuth } from './auth/network.ts'
import { socketAuth } from './auth/socket.ts'
import { kmsBackendAuth } from './compat/kms-backend.ts'
import { createDoor } from './door.ts'
import { createDraining, type Drain } from './drain.ts'
import type { Admissions, Edge } from './edge.ts'
import { answerProblem, handle } from './handle.ts'
import {
  defaultLimits,
  defaultTimeouts,
  dutyLimits,
  mostHeaders,
  smallBody,
  type HttpOptions,
  type Limits,
} from './options.ts'
import { withoutToken } from './path-token.ts'
import { connectionRefusal } from './problem.ts'
import type { Route } from './route.ts'
import { answersHead, createFinder, patternOf } from './routes/finder.ts'
import { routesOf } from './routes/routes.ts'
import { createVisits } from './visit.ts'

export interface HttpServer {
  readonly app: FastifyInstance
  readonly routes: readonly Route[]
  readonly scheme: 'http' | 'https'
  /** Stops in order. */
  drain: Drain
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
  app.decorateRequest('visit', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) done()
    else arriveNowhere(edge, request, reply).then(() => {}, done)
  })
  app.setErrorHandler((error, request, reply) => {
    const visit = edge.visits.of(request)
    visit.failed(error)
    return answerProblem(error, request, reply, visit.route?.errors)
  })
  app.setNotFoundHandler((request) => {
    throw edge.finder.refusal(request.method, request.url)
  })
}

/** Answers before the framework begins to read the body. */
function answering(edge: Edge, route: Route): onRequestAsyncHookHandler {
  return async (request, reply) => {
    await arrive(edge, route, request, reply)
    return handle(edge, route, request, reply)
  }
}

function addRoute(app: FastifyInstance, edge: Edge, route: Route): void {
  app.route({
    method: route.method satisfies HTTPMethods,
    url: patternOf(route),
    exposeHeadRoute: answersHead(route),
    bodyLimit: route.bodyLimit ?? smallBody,
    config: { routeId: route.id },
    onRequest:
      route.bodyUnread === true ? answering(edge, route) : (request, reply) => arrive(edge, route, request, reply),
    handler: (request, reply) => handle(edge, route, request, reply),
  })
}
