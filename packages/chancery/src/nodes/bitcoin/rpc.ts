/** JSON-RPC as Bitcoin Core, Litecoin Core and Dogecoin Core speak it: version 1.0's habits, lists of calls among them. */
import { chunksOf } from '../../base/chunks.ts'
import type { Deadline } from '../../base/deadline.ts'
import type { Json } from '../../base/json.ts'
import { Failed } from '../../core/errors.ts'
import { Busy, cleaned } from '../../endpoints/http.ts'
import { exchange, type EndpointOptions, type Response } from './http.ts'
import { isWireList, isWireObject, member, Numeral, readWire, type Wire } from './wire.ts'

export type Answer =
  | { readonly ok: true; readonly result: Wire }
  | { readonly ok: false; readonly code: number; readonly words: string }

export interface Rpc {
  /** `patience` in milliseconds, where a call may take longer than others. @throws Busy; Error for no answer */
  ask(method: string, params: readonly Json[], patience?: number): Promise<Answer>
  /** One call for each list of parameters, sent as one; the answers in that order. @throws Busy; Error for no answer */
  askEach(method: string, params: readonly (readonly Json[])[]): Promise<readonly Answer[]>
  /** The result. @throws Failed `node-refused` when the node answered with an error, Busy, or Error for no answer */
  call(method: string, params: readonly Json[], patience?: number): Promise<Wire>
}

/** bitcoind, src/rpc/protocol.h */
export const rpcCodes = { noSuchThing: -5, alreadyInChain: -27, methodNotFound: -32601 } as const
/** The node is starting. */
const busyCodes: ReadonlySet<number> = new Set([-28])

/** One line of thousands of calls would hold up everybody else's. */
const mostAtOnce = 500

type Post = (name: string, calls: Json, patience?: number) => Promise<Response>

export function rpcAt(options: EndpointOptions, deadline: Deadline): Rpc {
  const post: Post = (name, calls, patience) => {
    const body = { type: 'application/json', text: JSON.stringify(calls) }
    return exchange({ name, path: '', body, ...(patience !== undefined && { patience }) }, options, deadline)
  }
  const ask: Rpc['ask'] = async (method, params, patience) => {
    const { status, text } = await post(method, requestOf(method, params, 0), patience)
    return answerIn(parsed(text, status), status)
  }
  return {
    ask,
    call: async (method, params, patience) => resultOf(method, await ask(method, params, patience)),
    async askEach(method, params) {
      const answers: Answer[] = []
      for (const some of chunksOf(params, mostAtOnce)) {
        const calls = some.map((one, i) => requestOf(method, one, i))
        const { status, text } = await post(method, calls)
        answers.push(...answersIn(parsed(text, status), some.length, status))
      }
      return answers
    },
  }
}

function requestOf(method: string, params: readonly Json[], id: number): Json {
  return { jsonrpc: '1.0', id, method, params }
}

function parsed(text: string, status: number): Wire {
  try {
    return readWire(text)
  } catch {
    throw new Error(`its answer (status ${status}) is not JSON-RPC`)
  }
}

/** Errors come with status 404 or 500: a JSON-RPC body counts whatever the status says. */
function answerIn(body: Wire, status: number): Answer {
  const error = member(body, 'error') ?? null
  if (error !== null) return errorIn(error)
  const result = member(body, 'result')
  if (result === undefined) throw new Error(`its answer (status ${status}) has neither result nor error`)
  return { ok: true, result }
}

/** In the order of the ids: bitcoind keeps it, JSON-RPC does not promise it. */
function answersIn(body: Wire, count: number, status: number): readonly Answer[] {
  const all = isWireList(body) ? body : []
  const byId = new Map(all.map((one) => [idOf(one), one]))
  return Array.from({ length: count }, (_, id) => answerIn(byId.get(id) ?? null, status))
}

function idOf(answer: Wire): number {
  const id = member(answer, 'id')
  return id instanceof Numeral ? Number(id.digits) : -1
}

/** @throws Busy */
function errorIn(error: Wire): Answer {
  const number = member(error, 'code')
  const message = member(error, 'message')
  const code = number instanceof Numeral ? Number(number.digits) : 0
  const words = cleaned(typeof message === 'string' ? message : isWireObject(error) ? 'no message' : 'no error object')
  if (busyCodes.has(code)) throw new Busy(words)
  return { ok: false, code, words }
}

/** @throws Failed `node-refused` */
export function resultOf(method: string, answer: Answer): Wire {
  if (answer.ok) return answer.result
  throw new Failed('node-refused', `The node answered ${method} with an error`, { particulars: { got: answer.words } })
}

/** Such as a transaction that is not in the pool. */
export function isUnknown(answer: Answer): boolean {
  return !answer.ok && answer.code === rpcCodes.noSuchThing
}
