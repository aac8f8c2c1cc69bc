/** One request and its reply. */
import { errorOf } from './errors.ts'
import { carried, type Transport, type TransportReply, type TransportRequest } from './transport.ts'

export interface Ask {
  readonly method: TransportRequest['method']
  /** Segments are encoded by `at`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds beyond the usual ones. */
  readonly seconds?: number
  /** A status beside 2xx that is an answer as well. */
  readonly also?: number
}

export interface Answer<T> {
  readonly body: T
  /** From the ETag, where the route has one. */
  readonly version: number
}

/** Sends and gives the body back. The service's own types are taken at its word: it is authenticated, not verified here. */
export type Send = <T>(ask: Ask) => Promise<Answer<T>>

/** The service cuts itself off before: at 30 s for what creates keys, at 15 s for a signature. */
const usualSeconds = 35

export function createSend(transport: Transport, apiKey: string | undefined): Send {
  const credential = apiKey === undefined ? {} : { 'x-api-key': apiKey }
  return async <T>(ask: Ask): Promise<Answer<T>> => {
    const reply = await carried(transport, {
      method: ask.method,
      path: `${ask.path}${queryOf(ask.query)}`,
      headers: {
        ...credential,
        ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...ask.headers,
      },
      ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body, withoutBigints) }),
      timeout: (usualSeconds + (ask.seconds ?? 0)) * 1_000,
    })
    return { body: bodyOf<T>(reply, ask.also), version: versionOf(reply) }
  }
}

/** Amounts are decimal strings on the wire. */
function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** A path of the service with encoded segments. */
export function at(strings: TemplateStringsArray, ...segments: readonly string[]): string {
  return String.raw({ raw: strings.raw }, ...segments.map(encodeURIComponent))
}

function queryOf(query: Ask['query'] = {}): string {
  const members = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(members.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return search === '' ? '' : `?${search}`
}

function bodyOf<T>({ status, body }: TransportReply, also: number | undefined): T {
  const answered = (status >= 200 && status <= 299) || status === also
  if (!answered || isProblem(body)) throw errorOf(status, body)
  return (body === '' ? undefined : valueOf(status, body)) as T
}

/** `needs-approval` is a 202 that is not a success yet. */
function isProblem(body: string): boolean {
  return body.startsWith('{"type":"urn:chancery:problem:')
}

function valueOf(status: number, body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw errorOf(status, body)
  }
}

function versionOf({ headers }: TransportReply): number {
  const [, version = '0'] = /^"(\d+)"$/.exec(headers['etag'] ?? '') ?? []
  return Number(version)
}

export function ifMatch(version: number): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { 'if-match': `"${version}"` } }
}

export interface Page {
  readonly limit?: number
  readonly after?: string
}

export interface Once {
  /** The same key and body give the same answer again, whatever happened to the first reply. */
  readonly idempotencyKey?: string
}

export function once({ idempotencyKey }: Once): { readonly headers?: Readonly<Record<string, string>> } {
  return idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } }
}
