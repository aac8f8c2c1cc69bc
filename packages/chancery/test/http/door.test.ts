/** Every route meets every kind of bad request; each gets its documented status and code, and no service hears of it. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Code } from '../../src/core/errors.ts'
import { examplesOf, type ExampleRequest } from '../../src/http/examples.ts'
import { codesOf } from '../../src/http/openapi.ts'
import { smallBody, type HttpOptions } from '../../src/http/options.ts'
import { statusOf } from '../../src/http/problem.ts'
import type { Route } from '../../src/http/route.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey, principal, seen } from './fakes.ts'

const options: HttpOptions = {
  clock: systemClock,
  auth: { scheme: 'api-key' },
  version: '0.0.0',
  observability: 'granted',
}
const saw = seen()
const network = createServer(agreeing(saw), options)
const socket = createServer(agreeing(saw), { ...options, auth: { scheme: 'socket', principal } })

interface Bad {
  readonly name: string
  readonly code: Code
  readonly headers?: Readonly<Record<string, string>>
  /** Headers to leave out. */
  readonly without?: readonly string[]
  readonly payload?: string
  readonly url?: string
  readonly method?: 'PATCH'
}

type Case = readonly [name: string, example: ExampleRequest, bad: Bad, errors: Route['errors']]

const foreign: readonly Bad[] = [
  { name: 'a foreign Host', code: 'host-not-allowed', headers: { host: 'evil.example' } },
  {
    name: 'a foreign Host that begins like ours',
    code: 'host-not-allowed',
    headers: { host: 'localhost.evil.example' },
  },
  { name: 'a foreign Origin', code: 'origin-not-allowed', headers: { origin: 'https://evil.example' } },
  { name: 'the Origin null', code: 'origin-not-allowed', headers: { origin: 'null' } },
  { name: 'a wrong method', code: 'method-not-allowed', method: 'PATCH' },
]

const unknownCallers: readonly Bad[] = [
  { name: 'no credential', code: 'unauthenticated', without: ['x-api-key'] },
  { name: 'a wrong credential', code: 'unauthenticated', headers: { 'x-api-key': 'chancery_wrong' } },
]

/** A member of the body again, `null`, of another type; and the body as a whole. */
function badBodies(body: object, limit: number): readonly Bad[] {
  const text = JSON.stringify(body)
  const [first] = Object.entries(body)
  const members = Object.keys(body)
  const json = (name: string, value: unknown, code: Code = 'invalid-request'): Bad => ({
    name,
    code,
    payload: JSON.stringify(value),
  })
  const malformed = (name: string, payload: string): Bad => ({ name, code: 'malformed-json', payload })
  const [name, value] = first ?? ['a', 1]
  const again = `${JSON.stringify(name)}:${JSON.stringify(value)}`
  return [
    malformed('half a body', text.slice(0, -1)),
    malformed('text after the body', `${text} {}`),
    malformed('a member twice', `{${again},${text.slice(1)}`),
    malformed('1e21', text.replace(/}$/, ',"extra":1e21}')),
    malformed('a fraction', text.replace(/}$/, ',"extra":1.5}')),
    malformed('an unsafe integer', text.replace(/}$/, ',"extra":9007199254740993}')),
    malformed('__proto__', text.replace(/}$/, ',"__proto__":{}}')),
    malformed('33 levels', '['.repeat(33) + ']'.repeat(33)),
    json('null for the body', null),
    json('an array for the body', [body]),
    json('an unknown member', { ...body, surprise: 'x' }),
    ...members.map((member) => json(`null for ${member}`, { ...body, [member]: null })),
    ...members.map((member) => json(`another type for ${member}`, { ...body, [member]: [[true]] })),
    { name: 'text/plain', code: 'unsupported-media-type', headers: { 'content-type': 'text/plain' } },
    {
      name: 'a form',
      code: 'unsupported-media-type',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    {
      name: 'another charset',
      code: 'unsupported-media-type',
      headers: { 'content-type': 'application/json; charset=utf-16' },
    },
    { name: 'no content type', code: 'unsupported-media-type', without: ['content-type'] },
    { name: 'gzip', code: 'unsupported-media-type', headers: { 'content-encoding': 'gzip' } },
    {
      name: 'a body too large',
      code: 'body-too-large',
      payload: text.replace(/}$/, `,"extra":"${'x'.repeat(limit)}"}`),
    },
  ]
}

/** What stands in it is for the chain to refuse. */
const ofMembers = /^an unknown member|^null for (?!the body)|^another type for/

function casesOf(route: Route, example: ExampleRequest): readonly Bad[] {
  const keyed = route.access !== 'anyone' && route.access !== 'operator'
  const { body } = example
  return [
    ...foreign,
    ...(keyed ? unknownCallers : []),
    {
      name: 'an unknown query member',
      code: 'invalid-request',
      url: `${example.url}${example.url.includes('?') ? '&' : '?'}surprise=1`,
    },
    ...(typeof body === 'object' && body !== null ? badBodies(body, route.bodyLimit ?? smallBody) : []).filter(
      ({ name }) => route.readByChain !== true || !ofMembers.test(name),
    ),
  ]
}

const cases = network.routes.flatMap((route): readonly Case[] => {
  const [example] = examplesOf([route])
  if (example === undefined) return []
  return casesOf(route, example).map((bad): Case => [`${route.id}: ${bad.name}`, example, bad, route.errors])
})

describe('refused at the door', () => {
  test.each(cases)('%s', async (_, example, bad, errors) => {
    saw.reached.length = 0
    const credential = bad.without?.includes('x-api-key') !== true
    const manner = { ...(errors && { style: errors }), credential }
    const { app } = example.access === 'operator' ? socket : network
    const headers: Record<string, string> = {
      host: 'localhost:9000',
      'x-api-key': apiKey,
      ...example.headers,
      ...bad.headers,
    }
    for (const name of bad.without ?? []) delete headers[name]
    const payload = bad.payload ?? (example.body === undefined ? undefined : JSON.stringify(example.body))
    const reply = await app.inject({
      method: bad.method ?? example.method,
      url: bad.url ?? example.url,
      headers: { ...headers, ...(bad.method === 'PATCH' ? { 'content-type': 'application/json' } : {}) },
      ...(payload === undefined || bad.method === 'PATCH' ? {} : { payload }),
    })
    expect(reply.json()).toMatchObject({ code: bad.code, status: statusOf(bad.code, manner) })
    expect(reply.statusCode).toBe(statusOf(bad.code, manner))
    expect(saw.reached).toEqual([])
  })
})

test.each(network.routes)('what the door answers on $method $path is documented', (route) => {
  const documented: readonly Code[] = [...codesOf(route), 'method-not-allowed']
  const answered = examplesOf([route]).flatMap((example) => casesOf(route, example).map(({ code }) => code))
  expect(answered.filter((code) => !documented.includes(code))).toEqual([])
})

describe('requests without a route', () => {
  const ask = (method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}) =>
    network.app.inject({ method, url, headers: { host: 'localhost', ...headers } })

  test.each(['/', '/v1', '/V1/keys', '/v1/keys/a/sign/more', '/v1//keys', '/%2e%2e/etc/passwd'])('%s', async (url) => {
    const reply = await ask('GET', url)
    expect(reply.json()).toMatchObject({ code: 'route-not-found', status: 404 })
  })

  test('a path that cannot be decoded', async () => {
    expect((await ask('GET', '/v1/keys/%zz')).json()).toMatchObject({ code: 'invalid-request', status: 400 })
  })

  test('a 405 names the methods there are', async () => {
    const reply = await ask('POST', '/v1/register/checkpoint')
    expect([reply.statusCode, reply.headers.allow]).toEqual([405, 'GET'])
  })

  test('an unknown route with a body is not a question of its content type', async () => {
    expect((await ask('POST', '/v1/nothing', { 'content-type': 'text/plain' })).statusCode).toBe(404)
  })
})

describe('secrets are not repeated', () => {
  const secret = 'c0ffee'.repeat(10)
  test.each([
    ['as the whole secret', { secret }],
    ['mistyped', { secret: { format: 'hex', hex: [secret] } }],
    ['too long', { secret: { format: 'hex', hex: secret.repeat(9) } }],
    ['in a member too many', { secret: { format: 'hex', hex: '0x01', key: secret } }],
    ['with a format that is not there', { secret: { format: secret, hex: secret } }],
  ])('%s', async (_, body) => {
    const reply = await network.app.inject({
      method: 'POST',
      url: '/v1/keys/import',
      headers: { host: 'localhost', 'x-api-key': apiKey, 'content-type': 'application/json' },
      payload: JSON.stringify({ backend: 'sealed', family: 'evm', kind: 'decoded', ...body }),
    })
    expect(reply.statusCode).toBe(400)
    expect(reply.body).not.toContain('c0ffee')
  })
})

describe('pages of other origins', () => {
  const { app } = createServer(agreeing(), { ...options, origins: ['https://dapp.example'] })
  const ours = { host: 'localhost', origin: 'https://dapp.example' }

  test('a configured origin may send X-API-Key', async () => {
    const reply = await app.inject({
      method: 'OPTIONS',
      url: '/kms/signDigest',
      headers: { ...ours, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
    })
    expect(reply.statusCode).toBe(204)
    expect(reply.headers['access-control-allow-origin']).toBe('https://dapp.example')
    expect(reply.headers['access-control-allow-headers']).toContain('x-api-key')
  })

  test('and reads the reply, refusals too', async () => {
    for (const key of [apiKey, 'wrong']) {
      const reply = await app.inject({ url: '/kms/address', headers: { ...ours, 'x-api-key': key } })
      expect(reply.headers['access-control-allow-origin']).toBe('https://dapp.example')
    }
  })

  test('another origin is told nothing', async () => {
    const headers = { ...ours, origin: 'https://dapp.example.evil', 'access-control-request-method': 'POST' }
    const reply = await app.inject({ method: 'OPTIONS', url: '/kms/signDigest', headers })
    expect(reply.statusCode).toBe(403)
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('* is no origin', () => {
    expect(() => createServer(agreeing(), { ...options, origins: ['*'] })).toThrow(RangeError)
  })
})
