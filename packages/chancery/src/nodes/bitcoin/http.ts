/** One exchange with an endpoint that nobody here trusts: bounded in size and time, redirects are not followed. */
import { left, type Deadline } from '../../base/deadline.ts'
import type { NodeCall } from '../../core/node.ts'
import { basicCredentials, Busy, cleaned, readBounded } from '../../endpoints/http.ts'

export interface Request {
  /** For metrics: one of few. */
  readonly name: string
  /** Below the endpoint's own path: empty, or beginning with `/`. */
  readonly path: string
  /** Sent by POST; without one the call is a GET. */
  readonly body?: { readonly type: string; readonly text: string }
  /** The longest it may take, in milliseconds, where that is not the endpoint's own patience. */
  readonly patience?: number
}

export interface Response {
  readonly status: number
  readonly text: string
}

/** Lets so many pieces of work be under way at once; the others wait in line. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

export function createGate(width: number): Gate {
  const waiting: (() => void)[] = []
  let free = width
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve))
    else free -= 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}

export interface EndpointOptions {
  readonly url: URL
  readonly gate: Gate
  /** Ends what is under way. */
  readonly closing: AbortSignal
  /** Of one exchange, in milliseconds. */
  readonly patience: number
  observe(call: NodeCall): void
}

/** A block holds transactions of up to 4 MB, twice that in hex, and a wallet many thousands of coins. */
const largestAnswer = 32 * 1024 * 1024

/** A missing or wrong password, a limit (RFC 6585), and a full queue of work or a node that is starting. */
const doorStatus: ReadonlySet<number> = new Set([401, 403, 429, 503])

/** bitcoind's own words (src/httpserver.cpp), with status 500 up to version 0.21 and 503 later. */
const queueIsFull = 'Work queue depth exceeded'

/** @throws Busy; Error when there was no answer, or one that is too large */
export function exchange(request: Request, options: EndpointOptions, deadline: Deadline): Promise<Response> {
  return options.gate(() => measured(request, options, deadline))
}

async function measured(request: Request, options: EndpointOptions, deadline: Deadline): Promise<Response> {
  const { clock } = deadline
  const started = clock.monotonic()
  let outcome: NodeCall['outcome'] = 'no-answer'
  try {
    const response = await send(request, options, Math.min(left(deadline), request.patience ?? options.patience))
    const text = await readBounded(response, largestAnswer)
    outcome = response.ok ? 'ok' : 'error'
    if (isShut(response.status, text))
      throw new Busy(cleaned([`status ${response.status}`, text.slice(0, 300)].filter(Boolean).join(': ')))
    return { status: response.status, text }
  } finally {
    options.observe({ method: request.name, milliseconds: clock.monotonic() - started, outcome })
  }
}

function isShut(status: number, text: string): boolean {
  return doorStatus.has(status) || (status === 500 && text.startsWith(queueIsFull))
}

function send({ path, body }: Request, { url, closing }: EndpointOptions, milliseconds: number) {
  const late = AbortSignal.timeout(Math.max(1, Math.ceil(milliseconds)))
  return fetch(`${url.origin}${url.pathname.replace(/\/+$/, '')}${path}${url.search}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...basicCredentials(url), ...(body && { 'content-type': body.type }) },
    ...(body && { body: body.text }),
    redirect: 'error',
    signal: AbortSignal.any([late, closing]),
  })
}
