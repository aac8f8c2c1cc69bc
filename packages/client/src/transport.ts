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
  const base = new URL(url)
  if (!/^https?:$/.test(base.protocol) || base.username !== '' || base.password !== '' || base.search !== '') {
    throw new TypeError('expected an http or https URL without credential and query')
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
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ChanceryError('unreachable', 0, `The service does not answer: ${why}`, {}, { cause })
  }
}
