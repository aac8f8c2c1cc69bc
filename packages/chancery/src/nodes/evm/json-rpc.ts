/**
 * JSON-RPC 2.0 over HTTP to nodes nobody here trusts: answers are bounded in size and time, redirects are not followed,
 * and an endpoint is used only after it named the configured chain.
 */
import { left, type Deadline } from '../../base/deadline.ts'
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { NodeCall } from '../../core/node.ts'
import { basicCredentials, readBounded } from '../../endpoints/http.ts'

/** An answer, whole. JSON-RPC 2.0, section 5: exactly one of `result` and `error`. */
export type Answer =
  | { readonly ok: true; readonly result: Json; readonly whole: JsonObject }
  | { readonly ok: false; readonly busy: boolean; readonly words: string; readonly whole: JsonObject }

export interface JsonRpc {
  /**
   * The first answer that is not `busy`; a busy one only when no endpoint may have acted without answering.
   * @throws Failed `node-unavailable` when no endpoint gave an answer: whether it acted is not known; Refused `wrong-network`
   * when all of them serve another chain
   */
  ask(method: string, params: Json, deadline: Deadline): Promise<Answer>
  /** The result. @throws Failed `node-refused` when the node answered with an error */
  call(method: string, params: Json, deadline: Deadline): Promise<Json>
  /** Asks every endpoint. @throws Refused `wrong-network` when one serves another chain; Failed `node-unavailable` when none answers */
  check(deadline: Deadline): Promise<void>
}

export interface JsonRpcOptions {
  /** In order of preference. */
  readonly urls: readonly URL[]
  /** What `eth_chainId` must answer. */
  readonly chainId: bigint
  /** The longest one endpoint may take, in milliseconds. */
  readonly patience: number
  observe(call: NodeCall): void
}

/** A receipt with many logs is the largest thing the relay reads. */
const largestAnswer = 8 * 1024 * 1024

interface Endpoint {
  readonly url: URL
  /** Whether it named the configured chain since it last failed. */
  trusted: boolean
}

export function createJsonRpc(options: JsonRpcOptions): JsonRpc {
  const endpoints = options.urls.map((url): Endpoint => ({ url, trusted: false }))
  const ask = (method: string, params: Json, deadline: Deadline) => askAny(endpoints, options, method, params, deadline)
  return {
    ask,
    call: async (method, params, deadline) => resultOf(method, await ask(method, params, deadline)),
    check: (deadline) => checkEach(endpoints, options, deadline),
  }
}

/** One that serves another chain is passed over while others answer: only here it is heard of. */
async function checkEach(endpoints: readonly Endpoint[], options: JsonRpcOptions, deadline: Deadline): Promise<void> {
  const checks = await Promise.allSettled(endpoints.map((endpoint) => verifyChain(endpoint, options, deadline)))
  const reasons = checks.flatMap((check) => (check.status === 'rejected' ? [check.reason as unknown] : []))
  const stranger = reasons.find((reason) => reason instanceof Refused)
  if (stranger) throw stranger
  if (reasons.length === endpoints.length) throw noAnswer(endpoints.map(({ url }, i) => failureOf(url, reasons[i])))
}

function failureOf({ host }: URL, error: unknown): string {
  return `${host}: ${error instanceof Error ? error.message : 'failed'}`
}

function noAnswer(failures: readonly string[]): Failed {
  return new Failed('node-unavailable', 'No node answered', { particulars: { got: failures.join('; ') } })
}

function resultOf(method: string, answer: Answer): Json {
  if (answer.ok) return answer.result
  throw new Failed('node-refused', `The node answered ${method} with an error`, { particulars: { got: answer.words } })
}

async function askAny(
  endpoints: readonly Endpoint[],
  options: JsonRpcOptions,
  method: string,
  params: Json,
  deadline: Deadline,
): Promise<Answer> {
  const failures: string[] = []
  const strangers: Refused[] = []
  const busy: (Answer & { readonly ok: false })[] = []
  for (const endpoint of endpoints) {
    try {
      if (!endpoint.trusted) await verifyChain(endpoint, options, deadline)
      const answer = await postTo(endpoint, options, method, params, deadline)
      if (answer.ok || !answer.busy) return answer
      busy.push(answer)
      failures.push(`${endpoint.url.host}: ${answer.words}`)
    } catch (error) {
      endpoint.trusted = false
      if (error instanceof Refused) strangers.push(error)
      failures.push(failureOf(endpoint.url, error))
    }
  }
  const [first] = busy
  if (first && busy.length + strangers.length === endpoints.length) return first
  if (strangers[0] && strangers.length === endpoints.length) throw strangers[0]
  throw noAnswer(failures)
}

async function verifyChain(endpoint: Endpoint, options: JsonRpcOptions, deadline: Deadline): Promise<void> {
  const got = chainIdIn(await postTo(endpoint, options, 'eth_chainId', [], deadline))
  endpoint.trusted = got === options.chainId
  if (endpoint.trusted) return
  throw new Refused('wrong-network', `The node at ${endpoint.url.host} serves another chain`, {
    got: `0x${got.toString(16)}`,
    wanted: `0x${options.chainId.toString(16)}`,
  })
}

/** @throws Error when it is none: a node that is starting, or over its limit, serves no other chain for that */
function chainIdIn(answer: Answer): bigint {
  const got = answer.ok ? answer.result : answer.words
  if (answer.ok && typeof got === 'string' && /^0x[1-9a-f][0-9a-f]{0,31}$/.test(got)) return BigInt(got)
  throw new Error(`it does not say its chain id: ${JSON.stringify(got).slice(0, 80)}`)
}

async function postTo(
  { url }: Endpoint,
  { patience, observe }: JsonRpcOptions,
  method: string,
  params: Json,
  deadline: Deadline,
): Promise<Answer> {
  const { clock } = deadline
  const started = clock.monotonic()
  let outcome: NodeCall['outcome'] = 'no-answer'
  try {
    const answer = await post(url, method, params, Math.min(left(deadline), patience))
    outcome = answer.ok ? 'ok' : 'error'
    return answer
  } finally {
    observe({ method, milliseconds: clock.monotonic() - started, outcome })
  }
}

/** @throws Failed `node-unavailable` when there is no answer, or it is no chain id */
export async function askChainId(url: URL, patience: number): Promise<bigint> {
  try {
    return chainIdIn(await post(url, 'eth_chainId', [], patience))
  } catch (error) {
    const got = `${url.host}: ${error instanceof Error ? error.message : 'failed'}`
    throw new Failed('node-unavailable', 'The node does not say which chain it serves', { particulars: { got } })
  }
}

let lastId = 0

async function post(url: URL, method: string, params: Json, milliseconds: number): Promise<Answer> {
  const id = ++lastId
  const response = await fetch(bare(url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...basicCredentials(url) },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
    redirect: 'error',
    signal: AbortSignal.timeout(Math.max(1, Math.ceil(milliseconds))),
  })
  return readAnswer(await readBounded(response, largestAnswer), response.status)
}

/** `fetch` refuses URLs with credentials in them; providers hand them out that way. */
function bare(url: URL): URL {
  const copy = new URL(url)
  copy.username = ''
  copy.password = ''
  return copy
}

/** Some nodes send errors with status 4xx or 5xx; a JSON-RPC body counts whatever the status says. */
function readAnswer(text: string, status: number): Answer {
  const body = parseObject(text)
  if (body === undefined) throw new Error(`its answer (status ${status}) is not JSON-RPC`)
  const { result, error } = body
  if (error !== undefined && error !== null) return { ok: false, ...errorOf(error, status), whole: body }
  if (result === undefined) throw new Error(`its answer (status ${status}) has neither result nor error`)
  return { ok: true, result, whole: body }
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** "Limit exceeded" of EIP-1474, and what a provider's door answers in the node's place (RFC 6585, RFC 9110). */
const limitExceeded = -32005
const doorStatus: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** A `busy` node was not asked in earnest: the answer says nothing about the question. */
function errorOf(error: Json, status: number): { busy: boolean; words: string } {
  if (!isJsonObject(error)) return { busy: doorStatus.has(status), words: JSON.stringify(error).slice(0, 300) }
  const { code, message } = error
  return {
    busy: code === limitExceeded || doorStatus.has(status),
    words: typeof message === 'string' ? message.slice(0, 300) : 'no message',
  }
}
