/** What every request must satisfy before anybody asks who sends it (safety rules 15 and 21). */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Refused } from '../core/errors.ts'
import { hostsOf, mostHeaders, originsOf, type HttpOptions } from './options.ts'

export interface Door {
  /**
   * Headers for every reply to this request, CORS included.
   * @throws Refused for a foreign host or origin, a header given twice, a body that is not JSON by its headers
   */
  check(request: IncomingMessage): void
  headers(request: IncomingMessage): Record<string, string>
}

const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  vary: 'Origin',
}

/** Node joins or drops repeats of these; two readers could then see two requests. */
const once: ReadonlySet<string> = new Set([
  'host',
  'origin',
  'authorization',
  'x-api-key',
  'content-type',
  'content-length',
  'transfer-encoding',
  'idempotency-key',
  'if-match',
])

const json = /^application\/json *(?:; *charset="?utf-8"? *)?$/i

export function createDoor(options: HttpOptions): Door {
  const hosts = hostsOf(options)
  const origins = originsOf(options)
  return {
    headers: (request) =>
      request.headers.origin === undefined ? always : { ...always, ...corsHeaders(origins, request) },
    check(request) {
      checkTarget(request)
      if (hasPassed(request)) return
      checkCount(request)
      checkRepeats(request)
      checkHost(hosts, request)
      checkOrigin(origins, request)
      checkBody(request)
      notePassed(request)
    },
  }
}

/** What came through last on a connection: a client sends the same headers with every request, but for their length. */
const passed = new WeakMap<Socket, Pick<IncomingMessage, 'method' | 'rawHeaders'>>()

/**
 * Whether it differs from what came through on its connection in nothing that is checked: the same method, and the same
 * headers in the same order, whose values are the same wherever a check looks at them.
 */
function hasPassed(request: IncomingMessage): boolean {
  const before = passed.get(request.socket)
  if (before === undefined || before.method !== request.method) return false
  const [now, then] = [request.rawHeaders, before.rawHeaders]
  if (now.length !== then.length) return false
  for (let at = 0; at < now.length; at += 2) {
    if (now[at] !== then[at]) return false
    if (now[at + 1] !== then[at + 1] && !isAlike(now[at] ?? '', now[at + 1], then[at + 1])) return false
  }
  return true
}

/** Of a length the checks ask only whether it is 0. */
function isAlike(name: string, now: string | undefined, then: string | undefined): boolean {
  const header = name.toLowerCase()
  return header === 'content-length' ? now !== '0' && then !== '0' : !checked.has(header)
}

const checked: ReadonlySet<string> = new Set([
  'host',
  'origin',
  'content-type',
  'content-encoding',
  'transfer-encoding',
])

function notePassed({ socket, method, rawHeaders }: IncomingMessage): void {
  passed.set(socket, { ...(method !== undefined && { method }), rawHeaders })
}

function corsHeaders(origins: ReadonlySet<string>, { headers, method }: IncomingMessage): Record<string, string> {
  const { origin } = headers
  if (origin === undefined || !origins.has(origin)) return {}
  const preflight = {
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': 'content-type, x-api-key, authorization, idempotency-key, if-match',
    'access-control-max-age': '600',
  }
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'etag, location, retry-after, x-request-id',
    ...(method === 'OPTIONS' ? preflight : {}),
  }
}

/** Whether it asks what a page of its origin may do; answered without a credential, as browsers send none. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

/** RFC 9112, 3.2: only the origin form; the absolute form would override the Host header. */
function checkTarget(request: IncomingMessage): void {
  if (request.url?.startsWith('/') === true && !request.url.startsWith('//')) return
  throw new Refused('invalid-request', 'The request target must be a path', { where: 'path' })
}

/** Node drops what is beyond its own count in silence, so the count is kept here as well. */
function checkCount({ rawHeaders }: IncomingMessage): void {
  if (rawHeaders.length <= 2 * mostHeaders) return
  throw new Refused('invalid-request', 'The request has too many headers', { wanted: `at most ${mostHeaders}` })
}

function checkRepeats({ rawHeaders }: IncomingMessage): void {
  const found = new Set<string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (found.has(name)) {
      throw new Refused('invalid-request', `The header ${name} is given more than once`, {
        where: name,
        wanted: 'it once',
      })
    }
    if (once.has(name)) found.add(name)
  }
}

function checkHost(hosts: ReadonlySet<string>, { headers }: IncomingMessage): void {
  const host = (headers.host ?? '').toLowerCase().replace(/:\d{1,5}$/, '')
  if (hosts.has(host)) return
  throw new Refused('host-not-allowed', 'The Host header names a host that is not allowed', {
    where: 'host',
    got: host.slice(0, 64),
    hint: 'name it in the configuration (hosts)',
  })
}

function checkOrigin(origins: ReadonlySet<string>, { headers }: IncomingMessage): void {
  const { origin } = headers
  if (origin === undefined || origins.has(origin)) return
  throw new Refused('origin-not-allowed', 'The Origin header names an origin that is not configured', {
    where: 'origin',
    got: origin.slice(0, 64),
    hint: 'name it in the configuration (origins)',
  })
}

function checkBody({ method, headers }: IncomingMessage): void {
  const announced = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
  if (!announced) return
  if (method === 'GET' || method === 'HEAD') throw new Refused('invalid-request', `A ${method} request carries no body`)
  const type = headers['content-type']
  if (type !== undefined && json.test(type) && headers['content-encoding'] === undefined) return
  throw new Refused('unsupported-media-type', 'The body must be plain JSON in UTF-8', {
    where: headers['content-encoding'] === undefined ? 'content-type' : 'content-encoding',
    wanted: 'application/json',
  })
}
