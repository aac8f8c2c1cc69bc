/** The service about itself. */
import { Type, type Static } from 'typebox'
import { docsPage } from '../docs/page.ts'
import type { OpenApi } from '../openapi.ts'
import { deadlineIn } from '../../base/deadline.ts'
import type { Services } from '../../core/services.ts'
import type { HttpOptions } from '../options.ts'
import { acceptHeader, textType, wantsJson } from '../compat/eth2/accept.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'

const word = s.oneOf(['UP', 'DOWN'])
const loaded = Type.Object({ 'keys-loaded': Type.Integer(), 'error-count': Type.Integer() }, s.closed)

const fromFiles = Type.Object({ id: Type.String(), status: word, data: loaded }, s.closed)
const check = Type.Object(
  {
    id: Type.String(),
    status: word,
    data: Type.Optional(loaded),
    checks: Type.Optional(
      Type.Array(fromFiles, { description: 'those that came from files, and the files that failed' }),
    ),
  },
  s.closed,
)

const health = s.named(
  'Health',
  Type.Object(
    {
      ok: Type.Boolean(),
      parts: Type.Array(
        Type.Object({ name: Type.String(), ok: Type.Boolean(), detail: Type.Optional(Type.String()) }, s.closed),
      ),
      status: word,
      outcome: word,
      checks: Type.Array(check, {
        description:
          'the same once more, as Web3Signer says it; `keys-check` counts the enabled validator keys, however they came',
      }),
    },
    s.closed,
  ),
)

const readiness = s.named(
  'Readiness',
  Type.Object({ ready: Type.Boolean(), reasons: Type.Optional(Type.Array(Type.String())) }, s.closed),
)

export function serviceRoutes(options: HttpOptions, document: () => OpenApi): readonly Route[] {
  return [upcheck, healthcheck(options), readyz(options), ...pageRoutes(document)]
}

const upcheck = route({
  ...takesNothing,
  headers: acceptHeader,
  id: 'upcheck',
  method: 'GET',
  path: '/upcheck',
  part: 'service',
  access: 'anyone',
  summary: 'Whether the process answers',
  reply: {
    status: 200,
    description: 'OK, as text or as JSON',
    schema: Type.Literal('OK'),
    type: textType,
    other: { type: 'application/json', schema: Type.Object({ status: Type.Literal('OK') }, s.closed) },
  },
  refuses: [],
  example: { reply: { status: 200, body: 'OK' } },
  handle: async ({ headers }) =>
    wantsJson(headers) ? { body: { status: 'OK' }, type: 'application/json; charset=utf-8' } : { body: 'OK' },
})

function healthcheck({ clock, observability }: HttpOptions): Route {
  const particulars = observability === 'open'
  return route({
    ...takesNothing,
    id: 'healthcheck',
    method: 'GET',
    path: '/healthcheck',
    part: 'service',
    access: 'anyone',
    summary: 'How each part is: 200 when all are well, 503 otherwise',
    seconds: 5,
    reply: {
      status: 200,
      description: 'One line a part; particulars only where nobody else can ask',
      schema: health,
      otherwise: { status: 503, description: 'A part is not well; the same lines' },
    },
    refuses: [],
    example: {
      reply: {
        status: 200,
        body: {
          ok: true,
          parts: [{ name: 'store', ok: true, detail: 'sqlite, 0.3 ms' }],
          status: 'UP',
          outcome: 'UP',
          checks: [
            { id: 'store', status: 'UP' },
            {
              id: 'keys-check',
              status: 'UP',
              data: { 'keys-loaded': 2, 'error-count': 0 },
              checks: [{ id: 'keystores-bulk-loading', status: 'UP', data: { 'keys-loaded': 1, 'error-count': 0 } }],
            },
          ],
        },
      },
    },
    async handle({ services }) {
      const parts = await services.health.parts(deadlineIn(2_000, clock))
      const ok = parts.every((part) => part.ok)
      const shown = parts.map(({ name, ok: well, detail }) => ({
        name,
        ok: well,
        ...(particulars ? { detail } : {}),
      }))
      const status = ok ? 'UP' : 'DOWN'
      const checks = checksOf(parts, particulars ? keysCheck(services) : undefined)
      return { status: ok ? 200 : 503, body: { ok, parts: shown, status, outcome: status, checks } }
    },
  })
}

type Check = Static<typeof check>

/** Web3Signer's monitors read `status` and `outcome`. */
function checksOf(
  parts: readonly { readonly name: string; readonly ok: boolean }[],
  keys: Check | undefined,
): readonly Check[] {
  const checks = parts.map(({ name, ok }): Check => ({ id: name, status: ok ? 'UP' : 'DOWN' }))
  return keys === undefined ? checks : [...checks, keys]
}

/** Keys that could not be loaded do not stop those that were. */
function keysCheck({ health, loading }: Services): Check | undefined {
  const files = loading?.status()
  const count = health.validatorKeys?.() ?? files?.loaded
  if (count === undefined) return undefined
  const status: Check['status'] = files?.state === 'failed' ? 'DOWN' : 'UP'
  const errors = { 'error-count': files?.failures.length ?? 0 }
  const fromFiles = files && { id: 'keystores-bulk-loading', status, data: { 'keys-loaded': files.loaded, ...errors } }
  const data = { 'keys-loaded': count, ...errors }
  return { id: 'keys-check', status, data, ...(fromFiles && { checks: [fromFiles] }) }
}

function readyz({ observability }: HttpOptions): Route {
  const particulars = observability === 'open'
  return route({
    ...takesNothing,
    id: 'readyz',
    method: 'GET',
    path: '/readyz',
    part: 'service',
    access: 'anyone',
    summary: 'Whether requests should be sent here: 200, or 503 while starting, stopping or unable to record',
    reply: {
      status: 200,
      description: 'Ready',
      schema: readiness,
      otherwise: { status: 503, description: 'Not ready; the reasons only where nobody else can ask' },
    },
    refuses: [],
    example: { reply: { status: 200, body: { ready: true } } },
    async handle({ services, leaving }) {
      const { ready, reasons } = services.health.ready()
      if (ready && !leaving()) return { body: { ready: true } }
      const all = [...(leaving() ? ['the service is stopping'] : []), ...reasons]
      return { status: 503, body: { ready: false, ...(particulars ? { reasons: all } : {}) } }
    },
  })
}

const pagePolicy = (styleHash: string): string =>
  `default-src 'self'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

function pageRoutes(document: () => OpenApi): readonly Route[] {
  // Neither changes while the service runs, and both are long.
  const text = once(() => JSON.stringify(document()))
  const page = once(() => docsPage(document()))
  return [
    route({
      ...takesNothing,
      id: 'metrics',
      method: 'GET',
      path: '/metrics',
      part: 'service',
      access: 'observer',
      summary: 'Metrics in the text format of Prometheus',
      reply: {
        status: 200,
        description: 'Metrics',
        schema: Type.String(),
        type: 'text/plain; version=0.0.4; charset=utf-8',
      },
      refuses: ['denied'],
      example: { reply: { status: 200, body: '# no metrics yet\n' } },
      handle: async ({ services }) => ({ body: await services.metrics.text() }),
    }),
    route({
      ...takesNothing,
      id: 'openapi',
      method: 'GET',
      path: '/openapi.json',
      part: 'service',
      access: 'observer',
      summary: 'This interface as an OpenAPI 3.1 document',
      reply: { status: 200, description: 'The document', schema: s.json },
      refuses: ['denied'],
      example: { reply: { status: 200 } },
      handle: async () => ({ body: text() }),
    }),
    route({
      ...takesNothing,
      id: 'docs',
      method: 'GET',
      path: '/docs',
      part: 'service',
      access: 'observer',
      summary: 'This interface as a page to read',
      reply: { status: 200, description: 'A page', schema: Type.String(), type: 'text/html; charset=utf-8' },
      refuses: ['denied'],
      example: { reply: { status: 200 } },
      async handle() {
        const { html, styleHash } = page()
        return { headers: { 'content-security-policy': pagePolicy(styleHash) }, body: html }
      },
    }),
  ]
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
