/** The compatible routes, as their users know them. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Refused } from '../../src/core/errors.ts'
import type { JsonObject } from '../../src/base/json.ts'
import type { KmsBackendCompat, Services } from '../../src/core/services.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey, principal } from './fakes.ts'

const digest = `0x${'Ab'.repeat(32)}`

const working: KmsBackendCompat = {
  authenticate: (key) => (key === apiKey ? principal : undefined),
  address: () => Promise.resolve('0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf'),
  signDigest: () => Promise.resolve({ result: { r: '0x1', s: '0x02', yParity: 1, v: 28 } }),
  sendRaw: () => Promise.resolve({ answer: { jsonrpc: '2.0', id: 7, result: '0xhash', extra: 'kept' }, ok: true }),
}

function ask(kmsBackend: KmsBackendCompat | undefined, url: string, body?: object, key: string | undefined = apiKey) {
  const { kmsBackend: _, ...rest } = agreeing()
  const services: Services = kmsBackend === undefined ? rest : { ...rest, kmsBackend }
  return createServer(services, {
    clock: systemClock,
    auth: { scheme: 'api-key' },
    version: '0.0.0',
    observability: 'open',
  }).app.inject({
    method: body === undefined ? 'GET' : 'POST',
    url,
    headers: {
      host: 'localhost:8000',
      ...(key === '' ? {} : { 'x-api-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })
}

test('r and s are padded to 32 bytes', async () => {
  const reply = await ask(working, '/kms/signDigest', { digest })
  expect(reply.json()).toEqual({ r: `0x${'1'.padStart(64, '0')}`, s: `0x${'2'.padStart(64, '0')}`, v: 28, yParity: 1 })
})

test('a digest in capitals is the same digest', async () => {
  const digests: string[] = []
  const noting: KmsBackendCompat = {
    ...working,
    signDigest(given, call) {
      digests.push(given)
      return working.signDigest(given, call)
    },
  }
  await ask(noting, '/kms/signDigest', { digest })
  expect(digests).toEqual([digest.toLowerCase()])
})

test("200 with the node's whole answer", async () => {
  const reply = await ask(working, '/eth/sendRawTransaction', { raw: '0x02c0' })
  expect([reply.statusCode, reply.json()]).toEqual([200, { jsonrpc: '2.0', id: 7, result: '0xhash', extra: 'kept' }])
})

test("502 with the node's error", async () => {
  const error: JsonObject = { code: -32000, message: 'nonce too low' }
  const refusing = {
    ...working,
    sendRaw: () => Promise.resolve({ answer: { jsonrpc: '2.0', id: 7, error }, ok: false }),
  }
  const reply = await ask(refusing, '/eth/sendRawTransaction', { raw: '0x02c0' })
  expect(reply.json()).toMatchObject({ status: 502, code: 'node-refused', error })
})

test('a raw transaction of two megabytes passes, one over 4 MiB of text does not', async () => {
  expect((await ask(working, '/eth/sendRawTransaction', { raw: `0x${'00'.repeat(2_000_000)}` })).statusCode).toBe(200)
  expect((await ask(working, '/eth/sendRawTransaction', { raw: `0x${'00'.repeat(2_100_000)}` })).statusCode).toBe(413)
})

describe.each(['/kms/address', '/kms/signDigest', '/eth/sendRawTransaction'])('%s', (url) => {
  const body = { '/kms/signDigest': { digest }, '/eth/sendRawTransaction': { raw: '0x02c0' } }[url]

  test.each([
    ['without X-API-Key', ''],
    ['with a wrong one', 'wrong'],
  ])('401 %s', async (_, key) => {
    expect((await ask(working, url, body, key)).json()).toMatchObject({ status: 401, code: 'unauthenticated' })
  })

  test('503 when not configured, whatever the key', async () => {
    for (const key of [apiKey, '']) {
      expect((await ask(undefined, url, body, key)).json()).toMatchObject({ status: 503, code: 'not-configured' })
    }
  })
})

test('503 for the relay without a node', async () => {
  const { sendRaw: _, ...without } = working
  const reply = await ask(without, '/eth/sendRawTransaction', { raw: '0x02c0' })
  expect(reply.json()).toMatchObject({ status: 503, code: 'not-configured' })
})

test.each([
  ['/kms/signDigest', {}],
  ['/kms/signDigest', { digest: digest.slice(2) }],
  ['/kms/signDigest', { digest: digest.slice(0, -2) }],
  ['/kms/signDigest', { digest: `${digest}00` }],
  ['/kms/signDigest', { digest: `0x${'zz'.repeat(32)}` }],
  ['/eth/sendRawTransaction', { raw: '0x' }],
  ['/eth/sendRawTransaction', { raw: '0x0' }],
  ['/eth/sendRawTransaction', { raw: '02c0' }],
])('400 for %s %j', async (url, body) => {
  expect((await ask(working, url, body)).json()).toMatchObject({ status: 400, code: 'invalid-request' })
})

test.each([
  ['invalid-payload', 400, 'invalid-request'],
  ['wrong-network', 422, 'wrong-network'],
] as const)('bytes refused as %s', async (refusal, status, code) => {
  const refusing = { ...working, sendRaw: () => Promise.reject(new Refused(refusal, 'no')) }
  expect((await ask(refusing, '/eth/sendRawTransaction', { raw: '0x00' })).json()).toMatchObject({ status, code })
})

test('the socket has no such routes', async () => {
  const { app } = createServer(agreeing(), {
    clock: systemClock,
    auth: { scheme: 'socket', principal },
    version: '0.0.0',
    observability: 'open',
  })
  expect(
    (await app.inject({ url: '/kms/address', headers: { host: 'localhost', 'x-api-key': apiKey } })).statusCode,
  ).toBe(404)
})
