/** The documented examples as requests to send. */
import type { Example, Method, Route } from './route.ts'

export interface ExampleRequest {
  /** The route's operation id. */
  readonly id: string
  readonly access: Route['access']
  readonly method: Method
  readonly url: string
  /** Without credential and Host. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly reply: Example['reply']
  /** The reply's schema, where it is JSON. */
  readonly schema: Route['reply']['schema']
}

/** One for every route. A caller that runs them against a living service puts its own names in. */
export function examplesOf(routes: readonly Route[]): readonly ExampleRequest[] {
  return routes.map((route) => {
    const { params = {}, query = {}, headers = {}, body, reply } = route.example
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
    const search = new URLSearchParams(query).toString()
    return {
      id: route.id,
      access: route.access,
      method: route.method,
      url: search === '' ? path : `${path}?${search}`,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
      reply,
      schema: route.reply.schema,
    }
  })
}
