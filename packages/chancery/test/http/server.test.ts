import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { Services } from '../../src/core/services.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey, denying, failing, hanging, seen, throttled } from './fakes.ts'

const options: HttpOptions = {
  clock: systemClock,
  auth: { scheme: 'api-key' },
  version: '0.0.0',
  observability: 'open',
}

const sign = (
  services: Services,
  more: { key?: object; headers?: object; body?: unknown; url?: string; options?: Partial<HttpOptions> } = {},
) =>
  createServer(services, { ...options, ...more.options }).app.inject({
    method: 'POST',
    url: more.url ?? '/v1/keys/treasury/sign',
    headers: {
      host: 'localhost:9000',
      'content-type': 'application/json',
      ...(more.key ?? { 'x-api-key': apiKey }),
      ...more.headers,
    },
    payload: JSON.stringify(more.body ?? { network: 'eip155:1', message: { text: 'hello' } }),
  })

describe('sign', () => {
  test('hands the one payload to the flow, and the signature back', async () => {
    const saw = seen()
    const reply = await sign(agreeing(saw))
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({ result: { v: 27 } })
    expect(saw.signed).toEqual([
      { key: 'treasury', operation: 'sign:message', network: 'eip155:1', value: { text: 'hello' } },
    ])
  })

  test('takes the same key as Authorization: Bearer', async () => {
    const reply = await sign(agreeing(), { key: {}, headers: { authorization: `Bearer ${apiKey}` } })
    expect(reply.statusCode).toBe(200)
  })

  test('refuses two different keys', async () => {
    const reply = await sign(agreeing(), { headers: { authorization: 'Bearer another' } })
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([401, 'unauthenticated'])
    expect(reply.headers['www-authenticate']).toBe('Bearer realm="chancery"')
  })

  test('only judges with dryRun=true', async () => {
    const saw = seen()
    const reply = await sign(agreeing(saw), { url: '/v1/keys/treasury/sign?dryRun=true' })
    expect(reply.json()).toMatchObject({ verdict: 'deny' })
    expect(saw.reached).toEqual(['judge'])
  })

  test('names the request by its idempotency key and a hash of body and key', async () => {
    const saw = seen()
    const services = agreeing(saw)
    for (const url of ['/v1/keys/treasury/sign', '/v1/keys/other/sign']) {
      await sign(services, { url, headers: { 'idempotency-key': 'one' } })
      await sign(services, { url, headers: { 'idempotency-key': 'one' } })
    }
    const hashes = saw.signed.map(({ idempotency }) => idempotency?.bodyHash)
    expect(hashes[0]).toMatch(/^0x[0-9a-f]{64}$/)
    expect([hashes[0] === hashes[1], hashes[0] === hashes[2]]).toEqual([true, false])
  })

  test.each(['one', '"one"'])('the same name, as the draft of its standard quotes it or not: %s', async (name) => {
    const saw = seen()
    await sign(agreeing(saw), { headers: { 'idempotency-key': name } })
    expect(saw.signed.map(({ idempotency }) => idempotency?.key)).toEqual(['one'])
  })

  test.each([
    ['no payload', { network: 'eip155:1' }],
    ['two payloads', { message: { text: 'a' }, digest: `0x${'00'.repeat(32)}` }],
  ])('refuses %s', async (_, body) => {
    const reply = await sign(agreeing(), { body })
    expect(reply.json()).toMatchObject({ status: 400, code: 'invalid-request' })
    expect(reply.json<{ detail: string }>().detail).toContain('exactly one of transaction, message')
  })
})

describe('problem details', () => {
  test('a denial shows its checks', async () => {
    const reply = await sign(denying())
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(reply.json()).toMatchObject({
      type: 'urn:chancery:problem:denied',
      status: 403,
      code: 'denied',
      checks: [{ name: 'recipient', ok: false }],
    })
  })

  test('says when to come back in whole seconds', async () => {
    const reply = await sign(failing(throttled))
    expect([reply.statusCode, reply.headers['retry-after']]).toEqual([503, '1'])
  })

  test('an error of another make is internal and shows nothing of itself', async () => {
    const reply = await sign(failing(new Error('canary: password=hunter2')))
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([500, 'internal'])
    expect(reply.body).not.toContain('canary')
  })

  test('a flow that never answers is cut off', async () => {
    let minutes = 0
    const racing = { ...systemClock, monotonic: () => 60_000 * minutes++ }
    const reply = await sign(hanging(), { options: { clock: racing } })
    expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([504, 'deadline-exceeded'])
  })
})

describe('HEAD, as load balancers ask', () => {
  const ask = (method: 'GET' | 'HEAD', url: string) =>
    createServer(agreeing(), options).app.inject({ method, url, headers: { host: 'localhost:9000' } })

  test.each(['/upcheck', '/healthcheck', '/readyz'])('%s is answered as GET is, without the body', async (url) => {
    const [head, get] = [await ask('HEAD', url), await ask('GET', url)]
    expect([head.statusCode, head.headers['content-type']]).toEqual([get.statusCode, get.headers['content-type']])
    expect(head.statusCode).toBe(200)
    expect(head.headers['content-length']).toBe(get.headers['content-length'])
    expect(head.body).toBe('')
  })

  test('of anything else is no method of it', async () => {
    expect((await ask('HEAD', '/v1/keys')).statusCode).toBe(405)
  })
})

test('upcheck needs no credential', async () => {
  const { app } = createServer(agreeing(), options)
  const reply = await app.inject({ url: '/upcheck', headers: { host: '127.0.0.1' } })
  expect([reply.statusCode, reply.body]).toEqual([200, 'OK'])
  expect(reply.headers).not.toHaveProperty('x-powered-by')
})

describe("what is asked over the operator's socket only", () => {
  const { routes } = createServer(agreeing(), options)
  const operators = routes.filter(({ access }) => access === 'operator')

  test('is what writes files on this machine', () => {
    expect(operators.map(({ path }) => path).toSorted()).toEqual(['/v1/backups', '/v1/register/export'])
  })

  test.each(operators)('$method $path is refused on the network, whoever asks', async ({ path, example }) => {
    const administering = agreeing()
    const grants = [{ operations: ['admin' as const], keys: '*' as const, networks: '*' as const }]
    const administrator = { client: 'cli_1' as const, name: 'admin', grants, scheme: 'api-key' }
    const services = { ...administering, authenticator: { authenticate: async () => administrator } }
    const reply = await sign(services, { url: path, body: example.body })
    expect([reply.statusCode, reply.json()]).toMatchObject([403, { code: 'denied' }])
  })
})
