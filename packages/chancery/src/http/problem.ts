/** The only place with status codes: what an error becomes as an HTTP reply, after RFC 9457. */
import { DeadlineExceeded } from '../base/deadline.ts'
import type { Json } from '../base/json.ts'
import { JsonRefusal } from '../base/strict-json.ts'
import { codes, Failed, Refused, type Code, type Particulars } from '../core/errors.ts'
import type { ErrorStyle } from './error-style.ts'

const statuses: Readonly<Record<Code, number>> = {
  'malformed-json': 400,
  'invalid-request': 400,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  'route-not-found': 404,
  'method-not-allowed': 405,
  'host-not-allowed': 403,
  'origin-not-allowed': 403,
  unauthenticated: 401,
  'rate-limited': 429,
  'key-not-found': 404,
  'not-found': 404,
  'invalid-payload': 422,
  'unsupported-payload': 422,
  'not-canonical': 422,
  'wrong-network': 422,
  'unknown-network': 422,
  'message-too-large': 422,
  denied: 403,
  'limit-reached': 403,
  'needs-approval': 202,
  'insufficient-funds': 422,
  'wallet-state': 409,
  'key-state': 409,
  frozen: 423,
  'conflicts-with-earlier': 412,
  'idempotency-conflict': 409,
  'already-exists': 409,
  'version-conflict': 412,
  'not-configured': 503,
  'not-supported': 422,
  'belongs-elsewhere': 501,
  'store-unavailable': 503,
  'in-doubt': 503,
  'behind-witness': 503,
  'store-corrupt': 503,
  'clock-in-doubt': 503,
  'disk-full': 507,
  overloaded: 503,
  'shutting-down': 503,
  'backend-unavailable': 503,
  'backend-throttled': 503,
  'backend-denied': 502,
  'backend-failed': 502,
  'bad-signature': 502,
  'node-unavailable': 502,
  'node-refused': 502,
  'not-executable': 422,
  'deadline-exceeded': 504,
  internal: 500,
}

/** Where users of another API know another status. Nobody there knows 422. */
const unreadable = {
  'invalid-payload': 400,
  'unsupported-payload': 400,
  'not-canonical': 400,
  'wrong-network': 400,
  'unknown-network': 400,
  'message-too-large': 400,
} as const

const otherwise: Readonly<Record<ErrorStyle, Partial<Readonly<Record<Code, number>>>>> = {
  problem: {},
  'remote-signing': unreadable,
  keymanager: unreadable,
}

export interface Problem {
  readonly status: number
  readonly code: Code
  readonly headers: Readonly<Record<string, string>>
  readonly detail: string
  readonly type: string
  readonly body: ProblemBody | CompatibleBody
}

/** As the users of the Remote Signing and the Keymanager API read it: some read `error`, some `message`. */
export interface CompatibleBody extends Particulars {
  readonly error?: string
  readonly message: string
  readonly status: number
  readonly code: Code
  readonly request: string
}

/** What decides how an error is written. */
export interface Manner {
  readonly style?: ErrorStyle
  /** Whether the request brought a credential: the Keymanager API answers a wrong one with 403. */
  readonly credential?: boolean
}

/** `application/problem+json`. `got` is cut short and never a secret; `checks` are all that policy made. */
export interface ProblemBody extends Particulars {
  /** `urn:chancery:problem:` and the code. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: Code
  /** `urn:chancery:request:` and the id of the request, as in the log. */
  readonly instance: string
  /** The node's own error, on the compatible relay route only. */
  readonly error?: Json
}

/** A node's refusal that carries the node's own `error` member to the caller, as the compatible relay route promises. */
export class NodeRefusal extends Failed {
  readonly error: Json

  constructor(detail: string, error: Json) {
    super('node-refused', detail)
    this.error = error
  }
}

export const problemType = 'application/problem+json'

export function statusOf(code: Code, { style = 'problem', credential = false }: Manner = {}): number {
  if (style === 'keymanager' && code === 'unauthenticated' && credential) return statuses.denied
  return otherwise[style][code] ?? statuses[code]
}

/** Every error as a reply. Nothing of an error this service did not make is shown. */
export function problemOf(thrown: unknown, requestId: string, manner: Manner = {}): Problem {
  const refusal = asRefusal(thrown)
  const { code, message, particulars } = refusal
  const status = statusOf(code, manner)
  const { style = 'problem' } = manner
  return {
    status,
    code,
    headers: headersOf(code, particulars),
    detail: message,
    ...(style === 'problem'
      ? { type: problemType, body: detailsOf(thrown, refusal, status, requestId) }
      : { type: jsonType, body: compatibleBody(refusal, status, style, requestId) }),
  }
}

/** The same as a member of a reply, of what is only a part of it. */
export function problemBody(thrown: unknown, requestId: string): ProblemBody {
  const refusal = asRefusal(thrown)
  return detailsOf(thrown, refusal, statusOf(refusal.code), requestId)
}

const jsonType = 'application/json; charset=utf-8'

function detailsOf(thrown: unknown, refusal: Refused | Failed, status: number, requestId: string): ProblemBody {
  const { code, message, particulars } = refusal
  return {
    type: `urn:chancery:problem:${code}`,
    title: codes[code],
    status,
    detail: message,
    code,
    instance: `urn:chancery:request:${requestId}`,
    ...particulars,
    ...(thrown instanceof NodeRefusal ? { error: thrown.error } : {}),
  }
}

function compatibleBody(
  { code, message, particulars }: Refused | Failed,
  status: number,
  style: Exclude<ErrorStyle, 'problem'>,
  request: string,
): CompatibleBody {
  return { ...(style === 'remote-signing' && { error: message }), message, status, code, ...particulars, request }
}

function headersOf(code: Code, particulars: Particulars): Record<string, string> {
  return {
    // RFC 9110, 15.5.6: a 405 names the methods there are.
    ...(code === 'method-not-allowed' ? { allow: particulars.wanted ?? '' } : {}),
    ...(code === 'unauthenticated' ? { 'www-authenticate': 'Bearer realm="chancery"' } : {}),
    ...(particulars.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(particulars.retryAfter)) }),
  }
}

function asRefusal(thrown: unknown): Refused | Failed {
  if (thrown instanceof Refused || thrown instanceof Failed) return thrown
  if (thrown instanceof DeadlineExceeded) return new Failed('deadline-exceeded', thrown.message)
  if (thrown instanceof JsonRefusal) return ofJson(thrown)
  return (
    ofFramework(thrown) ?? new Failed('internal', 'The service failed in a way it did not expect; its log says more')
  )
}

function ofJson({ message, where, got, wanted, hint }: JsonRefusal): Refused {
  return new Refused('malformed-json', message, { where, got, wanted, ...(hint === undefined ? {} : { hint }) })
}

/** Errors of Fastify itself, by the codes of its `lib/errors.js`. */
function ofFramework(thrown: unknown): Refused | undefined {
  switch (thrown instanceof Error && 'code' in thrown ? thrown.code : undefined) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Refused('body-too-large', 'The body is larger than this route takes')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Refused('unsupported-media-type', 'The body must have the content type application/json', {
        where: 'content-type',
        wanted: 'application/json',
      })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return new Refused('invalid-request', 'The body ended before its announced length')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Refused('invalid-request', 'The path of the request cannot be read', { where: 'path' })
    default:
      return undefined
  }
}

/** What a connection is told when its request could not even be read: no body, and the connection ends. */
export function connectionRefusal(error: { readonly code?: string }): string {
  const status = connectionStatuses[error.code ?? ''] ?? '400 Bad Request'
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
}

const connectionStatuses: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}
