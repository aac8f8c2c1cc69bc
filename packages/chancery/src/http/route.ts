/** One route as data: what it takes and gives, an example of both, and what it does. */
import { Type, type Static, type TSchema } from 'typebox'
import type { Call } from '../core/call.ts'
import type { Code } from '../core/errors.ts'
import type { Operation } from '../core/names.ts'
import type { Services } from '../core/services.ts'
import type { ErrorStyle } from './error-style.ts'
import type { Problem, ProblemBody } from './problem.ts'
import { shape } from './shape.ts'

/** Chapters of the reference. */
export type Part =
  | 'keys'
  | 'signing'
  | 'rules'
  | 'transactions'
  | 'wallets'
  | 'accounts'
  | 'sponsoring'
  | 'clients'
  | 'register'
  | 'freeze'
  | 'operator'
  | 'service'
  | 'compatible'

/**
 * Who may come in: `client` has proved who it is; `anyone` needs no credential; `observer` needs one with `register:read`
 * or `admin`, unless the pages are open; `operator` must come by the operator's socket; `kms-backend` has the one API key
 * of the compatible routes; `validator` is a client too, but validator clients bring no API key: it may also be known by
 * one in the path, or by its address.
 */
export type Access = 'client' | 'anyone' | 'observer' | 'operator' | 'kms-backend' | 'validator'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Example {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly reply: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: unknown
  }
}

export interface Reply {
  /** Absent for the documented status. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** JSON, or text where the route documents another content type, or a stream of such text. Absent for no body. */
  readonly body?: unknown
  /** Absent for the documented content type. */
  readonly type?: string
}

/** What the server hands to a route. The four parts of the request are as they came, not yet believed. */
export interface Incoming {
  readonly services: Services
  readonly params: unknown
  readonly query: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: unknown
  /** A call by this principal until the route's deadline. @throws Refused `unauthenticated` where nobody was let in. */
  call(): Call
  /** The same until so many seconds from now: for routes that wait. */
  callWithin(seconds: number): Call
  /** Logs what is our fault in a part of the reply, and says how that part is answered. */
  partly(error: unknown): Problem
  /** The same as a member of a reply of our own API. */
  problem(error: unknown): ProblemBody
  /** Whether the service stops, or is about to. */
  leaving(): boolean
  /** Aborted when new work is refused: a long wait ends early. */
  readonly stopping: AbortSignal
}

/** Everything documented about a route, without its types. */
export interface Route {
  readonly id: string
  readonly method: Method
  /** With `{name}` for parameters, as OpenAPI writes it. */
  readonly path: string
  readonly part: Part
  readonly access: Access
  /** Served only where this part of the service is configured. */
  readonly needs?: 'validators'
  /** Counted with the duties of validators, which come by the thousand at once, and not with everything else. */
  readonly share?: 'duties'
  /** `problem` unless given. */
  readonly errors?: ErrorStyle
  readonly summary: string
  readonly description?: string
  readonly params: TSchema
  readonly query: TSchema
  readonly headers: TSchema
  readonly body: TSchema
  /** A chain reads the body strictly, or nobody does: its shape is documented here, and not checked twice. */
  readonly readByChain?: true
  /** Largest body in bytes; 64 KiB unless given. */
  readonly bodyLimit?: number
  /**
   * The caller needs a grant of one of these, on whatever key, or its large body is not read: refused by its head alone, it
   * costs nobody memory. What is small is left to whoever does the work, who asks again in any case.
   */
  readonly right?: readonly Operation[]
  /** It answers the same whatever the body, so none is read. */
  readonly bodyUnread?: true
  /** Seconds until `deadline-exceeded`; 10 unless given. */
  readonly seconds?: number
  /** Whether its caller may ask for up to 60 s on top. */
  readonly waits?: boolean
  readonly reply: ReplyShape
  /** Codes beyond those every route may answer. */
  readonly refuses: readonly Code[]
  readonly example: Example
  run(incoming: Incoming): Promise<Reply>
}

export interface ReplyShape {
  readonly status: number
  readonly description: string
  /** Absent for no body. */
  readonly schema?: TSchema
  /** `application/json` unless given. */
  readonly type?: string
  /** The other content type it has when `Accept` asks for that. */
  readonly other?: { readonly type: string; readonly schema: TSchema }
  readonly headers?: Readonly<Record<string, string>>
  /** Another status that comes with a body of the same shape. */
  readonly otherwise?: { readonly status: number; readonly description: string }
}

/** A request of the documented shape. */
export interface Shaped<P, Q, H, B> extends Omit<Incoming, 'params' | 'query' | 'headers' | 'body'> {
  readonly params: P
  readonly query: Q
  readonly headers: H
  readonly body: B
}

/** Entries of the longest lists. */
export const largeList = 10_000

export const nothing = Type.Object({}, { additionalProperties: false })

/** The parts of a request that takes nothing, to spread into a route. */
export const takesNothing = { params: nothing, query: nothing, headers: nothing, body: nothing }

export interface Spec<P extends TSchema, Q extends TSchema, H extends TSchema, B extends TSchema> extends Omit<
  Route,
  'run'
> {
  readonly params: P
  readonly query: Q
  readonly headers: H
  readonly body: B
  readonly handle: (request: Shaped<Static<P>, Static<Q>, Static<H>, Static<B>>) => Promise<Reply>
}

/** A route that sees a request only after its four parts were found to have their shapes. */
export function route<P extends TSchema, Q extends TSchema, H extends TSchema, B extends TSchema>(
  spec: Spec<P, Q, H, B>,
): Route {
  const params = shape(spec.params, 'path')
  const query = shape(spec.query, 'query')
  const declared = declaredIn(spec.headers)
  const headers = shape(spec.headers, 'header')
  // Whether it is an object at all is asked here in any case.
  const body = shape(spec.readByChain === true ? Type.Unsafe<Static<B>>({ type: 'object' }) : spec.body, '')
  const bodiless = Object.is(spec.body, nothing)
  const { handle, ...documented } = spec
  return {
    ...documented,
    run: (incoming) =>
      handle({
        ...incoming,
        params: params(incoming.params),
        query: query(incoming.query),
        headers: headers(declared(incoming.headers)),
        body: body(incoming.body === undefined && bodiless ? {} : incoming.body),
      }),
  }
}

/** Of a request's headers, those a route documents. */
function declaredIn(schema: TSchema): (headers: Incoming['headers']) => Record<string, unknown> {
  const names = membersOf(schema)
  return (headers) => {
    const found: Record<string, unknown> = {}
    for (const name of names) if (headers[name] !== undefined) found[name] = headers[name]
    return found
  }
}

/** Names of the members an object schema documents. */
export function membersOf(schema: TSchema): string[] {
  return 'properties' in schema && typeof schema.properties === 'object' && schema.properties !== null
    ? Object.keys(schema.properties)
    : []
}
