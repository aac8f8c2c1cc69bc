/** One REST endpoint that nobody here trusts: answers are bounded in size and time, redirects are not followed. */
import { left, type Deadline } from '../../base/deadline.ts'
import type { NodeCall } from '../../core/node.ts'
import { Busy, cleaned, readBounded } from '../../endpoints/http.ts'
import { member, readWire, type Wire } from './wire.ts'

export interface Call {
  /** For metrics: one of few. */
  readonly name: string
  /** Below the endpoint's own path, beginning with `/`. */
  readonly path: string
  /** Sent by POST; without one the call is a GET. */
  readonly body?: { readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The longest it may take, in milliseconds, where that is not the endpoint's own patience. */
  readonly patience?: number
}

export interface Reply {
  readonly status: number
  readonly value: Wire
  /** What the node said instead of what it was asked for; empty when it did as asked. */
  readonly words: string
}

export type Ask = (call: Call) => Promise<Reply>

export interface RestOptions {
  readonly url: URL
  /** The header its token goes into, which stands in the URL as user or password. */
  readonly tokenHeader: string
  readonly patience: number
  observe(call: NodeCall): void
}

/** An account with thousands of holdings, or a simulation with every log, is the largest thing read here. */
const largestAnswer = 8 * 1024 * 1024

/** A missing or wrong token, a limit (RFC 6585), and a node that is catching up. */
const doorStatus: ReadonlySet<number> = new Set([401, 403, 429, 503])

/** @throws Busy; Error when there was no answer, or one that is no JSON, or says that the node itself failed */
export async function ask(call: Call, options: RestOptions, deadline: Deadline): Promise<Reply> {
  const { clock } = deadline
  const started = clock.monotonic()
  let outcome: NodeCall['outcome'] = 'no-answer'
  try {
    const response = await send(call, options, Math.min(left(deadline), call.patience ?? options.patience))
    const text = await readBounded(response, largestAnswer)
    outcome = response.ok ? 'ok' : 'error'
    return readReply(text, response.status)
  } finally {
    options.observe({ method: call.name, milliseconds: clock.monotonic() - started, outcome })
  }
}

function send({ path, body }: Call, { url, tokenHeader }: RestOptions, milliseconds: number): Promise<Response> {
  const token = decodeURIComponent(url.password || url.username)
  return fetch(`${url.origin}${url.pathname.replace(/\/+$/, '')}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(token && { [tokenHeader]: token }), ...(body && { 'content-type': body.type }) },
    ...(body && { body: body.bytes }),
    redirect: 'error',
    signal: AbortSignal.timeout(Math.max(1, Math.ceil(milliseconds))),
  })
}

/** algod says what is wrong as `message`, with status 4xx; 5xx says that it failed, and not what it did before. */
function readReply(text: string, status: number): Reply {
  if (status >= 200 && status < 300) return { status, value: believed(text, status), words: '' }
  const words = cleaned(messageIn(text) ?? 'no message')
  if (doorStatus.has(status)) throw new Busy(`status ${status}: ${words}`)
  if (status < 400 || status >= 500) throw new Error(`status ${status}: ${words}`)
  return { status, value: null, words }
}

function believed(text: string, status: number): Wire {
  try {
    return readWire(text)
  } catch (error) {
    const why = error instanceof Error && error.message.endsWith('uint64') ? `: ${cleaned(error.message)}` : ''
    throw new Error(`its answer (status ${status}) is not the JSON of algod${why}`, { cause: error })
  }
}

function messageIn(text: string): string | undefined {
  try {
    const message = member(readWire(text), 'message')
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
