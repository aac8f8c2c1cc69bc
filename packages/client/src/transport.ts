/** How requests travel: over `fetch` to a URL, unless the caller brings another way, such as a unix socket. */
import { ChanceryError } from './errors.ts'

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With its query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds after which no reply is wanted. */
  readonly timeout: number
}

export interface TransportReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Rejects when there was no reply. Follows no redirect: the credential is for this service alone. */
export type Transport = (request: TransportRequest) => Promise<TransportReply>

export type Fetch = typeof globalThis.fetch

/** @throws TypeError for a URL that is not http or https, or carries a credential or query. */
export function fetchTransport(url: string | URL, fetch: Fetch = globalThis.fetch): Transport {
  const base = URL.parse(String(url))
  if (base === null || !/^https?:$/.test(base.protocol) || hasMore(base)) {
    throw new TypeError('expected a URL such as http://127.0.0.1:9000: http or https, without credential and query')
  }
  const prefix = base.pathname.replace(/\/$/, '')
  return async ({ method, path, headers, body, timeout }) => {
    const reply = await fetch(`${base.origin}${prefix}${path}`, {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
      ...(body === undefined ? {} : { body }),
    })
    return { status: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.text() }
  }
}

/** A reply, or `ChanceryError` `unreachable`. */
export async function carried(transport: Transport, request: TransportRequest): Promise<TransportReply> {
  try {
    return await transport(request)
  } catch (cause) {
    throw new ChanceryError('unreachable', 0, `The service does not answer: ${reasonOf(cause)}`, {}, { cause })
  }
}

function hasMore({ username, password, search }: URL): boolean {
  return username !== '' || password !== '' || search !== ''
}

/** `fetch failed` says nothing: what failed is the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  if (!(cause instanceof Error)) return message
  // A name with several addresses fails once for each.
  const failures = cause instanceof AggregateError ? cause.errors.map(reasonOf).join('; ') : cause.message
  return failures === '' ? message : `${message}: ${failures}`
}
