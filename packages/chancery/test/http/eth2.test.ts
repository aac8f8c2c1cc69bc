/** The Remote Signing API as each validator client speaks it, over a service that reads with the real chain. */
import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loopbackPrincipal } from '../../src/access/loopback.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { Services, SignRequest } from '../../src/core/services.ts'
import { dutyExample, signatureExample } from '../../src/http/compat/eth2/shapes.ts'
import { listen } from '../../src/http/listen.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { createServer, type HttpServer } from '../../src/http/server.ts'
import { clientRequests } from '../chains/consensus/client-requests.ts'
import { consensus, publicKey, signingRoot } from '../chains/consensus/signing.ts'
import { agreeing, apiKey, failing, seen } from './fakes.ts'

const options: HttpOptions = {
  clock: systemClock,
  auth: { scheme: 'api-key', loopback: loopbackPrincipal },
  version: '0.0.0',
  observability: 'open',
}

const attestation = clientRequests.find(({ body }) => body.type === 'ATTESTATION')?.body
const hexKey = Buffer.from(publicKey.bytes).toString('hex')
const signature = fromHex(signatureExample)

/** Signs whatever the chain reads, for keys of mainnet unless the request's own network says otherwise. */
function reading(network?: `beacon:${string}`): Services & { readonly asked: SignRequest[] } {
  const asked: SignRequest[] = []
  const services = agreeing()
  return {
    ...services,
    asked,
    authenticator: { authenticate: async () => loopbackPrincipal },
    schemas: consensus.schemas.map((schema) => ({ ...schema, chain: 'consensus' })),
    signing: {
      ...services.signing,
      async sign(request) {
        asked.push(request)
        const { operation, value } = request
        const intent = consensus.parse({ operation, value, publicKey, ...(network && { network }) })
        const signed = consensus.assemble(intent, [{ algorithm: 'bls12-381', bytes: signature }])
        return { attempt: 'att_1', key: 'key_1', signed }
      },
    },
  }
}

const servers = new WeakMap<Services, HttpServer>()

function serverOf(services: Services): HttpServer {
  const server = servers.get(services) ?? createServer(services, options)
  servers.set(services, server)
  return server
}

const post = (services: Services, path: string, body: unknown, headers: Record<string, string> = {}) =>
  serverOf(services).app.inject({
    method: 'POST',
    url: path,
    headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })

const sign = (services: Services, body: unknown, headers?: Record<string, string>) =>
  post(services, `/api/v1/eth2/sign/0x${hexKey}`, body, headers)

describe.each(clientRequests.map((one) => [one.client, one.body.type, one] as const))('%s %s', (_, __, one) => {
  const { accept, body, network, root } = one
  const headers = accept === undefined ? {} : { accept }
  const asJson = accept === 'application/json' || accept === '*/*'

  test('is answered as this client reads it', async () => {
    const services = reading(network)
    const reply = await sign(services, { ...body, ...(root && { [root]: signingRoot(body, network) }) }, headers)
    const type = asJson ? 'application/json; charset=utf-8' : 'text/plain; charset=utf-8'
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, type])
    expect(asJson ? reply.json() : reply.body).toEqual(asJson ? { signature: signatureExample } : signatureExample)
    expect(services.asked).toMatchObject([{ key: `0x${hexKey}` }])
  })

  test('with another root is a bad request, in JSON whatever was asked for', async () => {
    const reply = await sign(reading(network), { ...body, signingRoot: `0x${'ee'.repeat(32)}` }, headers)
    expect(reply.statusCode).toBe(400)
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(reply.json()).toMatchObject({ code: 'invalid-payload', where: 'signingRoot', status: 400 })
    expect(reply.json()).toMatchObject({ error: reply.json<{ message: string }>().message })
  })
})

describe('the content type of a signature', () => {
  test.each([
    ['application/json', 'json'],
    ['*/*', 'json'],
    ['application/json, text/plain, */*', 'json'],
    ['text/plain;q=0.9, application/json', 'json'],
    ['text/plain', 'text'],
    ['application/octet-stream', 'text'],
    [undefined, 'text'],
  ])('for Accept: %s is %s', async (accept, expected) => {
    const reply = await sign(agreeing(), dutyExample, { 'x-api-key': apiKey, ...(accept && { accept }) })
    expect(reply.body).toBe(expected === 'json' ? `{"signature":"${signatureExample}"}` : signatureExample)
  })
})

describe('a key is named', () => {
  test.each([`0x${hexKey}`, hexKey, `0X${hexKey.toUpperCase()}`, hexKey.toUpperCase()])('as %s', async (name) => {
    const saw = seen()
    const reply = await post(agreeing(saw), `/api/v1/eth2/sign/${name}`, dutyExample, { 'x-api-key': apiKey })
    expect(reply.statusCode).toBe(200)
    expect(saw.signed).toMatchObject([{ key: `0x${hexKey}`, operation: 'sign:attestation', value: dutyExample }])
  })

  test.each(['0x12', 'treasury', `0x${hexKey}00`, `0x${'zz'.repeat(48)}`])('%s is no key', async (name) => {
    const saw = seen()
    const reply = await post(agreeing(saw), `/api/v1/eth2/sign/${name}`, dutyExample, { 'x-api-key': apiKey })
    expect([reply.statusCode, reply.json()]).toMatchObject([404, { code: 'key-not-found' }])
    expect(saw.reached).toEqual([])
  })
})

describe('what is refused', () => {
  const refused = (error: unknown, accept = 'text/plain') =>
    sign(failing(error), dutyExample, { accept, 'x-api-key': apiKey })

  test.each([
    [new Refused('conflicts-with-earlier', 'Slashing protection'), 412],
    [new Refused('key-not-found', 'No key'), 404],
    [new Refused('denied', 'No grant'), 403],
    [new Refused('frozen', 'Frozen'), 423],
    [new Refused('unknown-network', 'Another chain'), 400],
    [new Failed('store-unavailable', 'The store does not answer'), 503],
    [new Error('canary'), 500],
  ])('%s is %i, in JSON', async (error, status) => {
    const reply = await refused(error)
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([status, 'application/json; charset=utf-8'])
    expect(reply.json()).toMatchObject({ status })
    expect(reply.body).not.toContain('canary')
  })

  test('a type nobody knows is a bad request', async () => {
    const reply = await sign(reading(), { ...dutyExample, type: 'HOROSCOPE' })
    expect([reply.statusCode, reply.json()]).toMatchObject([400, { code: 'unsupported-payload', where: 'type' }])
  })

  test('a type in lower case, and members of the envelope nobody knows, are not', async () => {
    expect((await sign(reading(), { ...attestation, type: 'attestation', mood: 'good' })).statusCode).toBe(200)
  })

  test('an unknown member of a payload is', async () => {
    const payload = Object.assign({}, attestation?.['attestation'], { extra: '1' })
    expect((await sign(reading(), { ...attestation, attestation: payload })).statusCode).toBe(400)
  })
})

describe('a root without its payload', () => {
  const root = `0x${'ab'.repeat(32)}`
  test.each([
    { signingRoot: root, domain_name: 'beacon_attester' },
    { signing_root: root, domainName: 'randao' },
    { signing_root: root.replaceAll('ab', 'AB'), domain: '0x01000000' },
  ])('%j is asked for as opaque, whatever domain it names', async (body) => {
    const saw = seen()
    expect((await sign(agreeing(saw), body, { 'x-api-key': apiKey })).statusCode).toBe(200)
    expect(saw.signed).toMatchObject([{ operation: 'sign:opaque-root', value: root }])
  })

  test.each([
    [{ signingRoot: root, domain_name: 'payments' }, 'domain_name'],
    [{ signingRoot: root, domain: '0x01' }, 'domain'],
    [{ signingRoot: root, domain: '0x01000000', domain_name: 'randao' }, 'domain'],
    [{ domain_name: 'randao' }, 'signingRoot'],
    [{ signingRoot: root, signing_root: root, domain_name: 'randao' }, 'signing_root'],
    [{ signingRoot: '0x12', domain_name: 'randao' }, 'signingRoot'],
    [{ signingRoot: root, domain_name: 'randao', surprise: '1' }, 'surprise'],
  ])('%j is refused at %s', async (body, where) => {
    const saw = seen()
    const reply = await sign(agreeing(saw), body, { 'x-api-key': apiKey })
    expect([reply.statusCode, reply.json()]).toMatchObject([400, { where }])
    expect(saw.reached).toEqual([])
  })

  test('without the right the refusal says what to do', async () => {
    const reply = await sign(
      failing(new Refused('denied', 'No grant of the client allows sign:opaque-root here')),
      { signingRoot: root, domain_name: 'randao' },
      { 'x-api-key': apiKey },
    )
    expect(reply.statusCode).toBe(403)
    expect(reply.json<{ hint: string }>().hint).toMatch(/Send the duty itself.*imported as opaque.*sign:opaque-root/)
  })
})

describe('what a client asks before', () => {
  const get = (url: string, headers: Record<string, string> = {}, services: Services = agreeing()) =>
    createServer(services, options).app.inject({ url, headers: { host: 'localhost', 'x-api-key': apiKey, ...headers } })

  test.each([
    ['application/json', '{"status":"OK"}'],
    ['*/*', '{"status":"OK"}'],
    ['text/plain', 'OK'],
    [undefined, 'OK'],
  ])('upcheck with Accept %s', async (accept, body) => {
    expect((await get('/upcheck', accept === undefined ? {} : { accept })).body).toBe(body)
  })

  test('the keys there are', async () => {
    expect((await get('/api/v1/eth2/publicKeys')).json()).toEqual([expect.stringMatching(/^0x[0-9a-f]{96}$/)])
  })

  test('the high watermark, where there is one', async () => {
    const services = agreeing()
    const validators = services.validators && { ...services.validators, ceiling: () => ({ slot: '100', epoch: '3' }) }
    const url = '/api/v1/eth2/highWatermark'
    expect((await get(url)).json()).toEqual({})
    for (const path of [url, `${url}?network=beacon:mainnet`]) {
      const reply = await get(path, {}, { ...services, ...(validators && { validators }) })
      expect(reply.json()).toEqual({ slot: '100', epoch: '3' })
    }
    expect((await get(`${url}?stray=1`)).statusCode).toBe(400)
  })

  test('health, as py3signer says it', async () => {
    expect((await get('/health')).json()).toEqual({ status: 'healthy', keys_loaded: 1 })
  })

  test('none of it is there without a validator network', async () => {
    const { validators: _, ...services } = agreeing()
    for (const url of ['/api/v1/eth2/publicKeys', '/reload', '/health', '/eth/v1/keystores']) {
      expect((await get(url, {}, services)).json()).toMatchObject({ code: 'route-not-found' })
    }
    expect((await get('/upcheck', {}, services)).statusCode).toBe(200)
  })
})

describe('loading keys again', () => {
  const ask = (method: 'GET' | 'POST', loading: Services['loading']) => {
    const { loading: _, ...services } = agreeing()
    const { app } = createServer({ ...services, ...(loading && { loading }) }, options)
    return app.inject({ method, url: '/reload', headers: { host: 'localhost', 'x-api-key': apiKey } })
  }
  const failures = [{ source: 'keystore-3.json', message: 'The password does not open it' }]
  const status = () => ({ state: 'completed_with_errors', loaded: 2, total: 3, failures }) as const

  test('is taken once, and refused while it runs', async () => {
    expect((await ask('POST', { reload: () => true, status })).statusCode).toBe(202)
    expect((await ask('POST', { reload: () => false, status })).statusCode).toBe(409)
    expect((await ask('POST', undefined)).statusCode).toBe(503)
  })

  test('names every failure', async () => {
    const lastError = 'keystore-3.json: The password does not open it'
    const expected = { status: 'completed_with_errors', lastError, loaded: 2, total: 3, failures }
    expect((await ask('GET', { reload: () => true, status })).json()).toEqual(expected)
  })
})

describe('over one connection', () => {
  let server: HttpServer
  let port: number
  beforeAll(async () => {
    // As 75 s to the 29 s that Nimbus waits: 3 s to 1.16.
    server = createServer(agreeing(), { ...options, timeouts: { keepAlive: 3_000 } })
    port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port)
  })
  afterAll(() => server.drain(0))

  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = async () => {
    const headers = { 'content-type': 'application/json', 'x-api-key': apiKey, accept: 'application/json' }
    const path = `/api/v1/eth2/sign/${hexKey}`
    const asked = httpRequest({ port, host: '127.0.0.1', method: 'POST', path, headers, agent })
    asked.end(JSON.stringify(dutyExample))
    const [reply] = (await once(asked, 'response')) as [IncomingMessage]
    const body = await text(reply)
    return { status: reply.statusCode, body, again: asked.reusedSocket, kept: reply.headers['keep-alive'] }
  }

  test('an idle client comes back to it, and is told how long it stays', async () => {
    expect((await ask()).again).toBe(false)
    const idle = performance.now() + 1_160
    await expect.poll(() => performance.now() >= idle, { timeout: 15_000 }).toBe(true)
    expect(await ask()).toMatchObject({ status: 200, again: true, body: `{"signature":"${signatureExample}"}` })
    agent.destroy()
  })

  test('the service keeps them for longer than a client waits', async () => {
    const { defaultTimeouts } = await import('../../src/http/options.ts')
    expect(defaultTimeouts.keepAlive).toBeGreaterThan(60_000)
  })
})

test('three thousand requests of one client are at work at once, and none is turned away', async () => {
  const all = 3_000
  const { promise: open, resolve } = Promise.withResolvers<void>()
  let waiting = 0
  const services = agreeing()
  const sign: Services['signing']['sign'] = async (...words) => {
    waiting++
    if (waiting === all) resolve()
    await open
    return services.signing.sign(...words)
  }
  const { app } = createServer({ ...services, signing: { ...services.signing, sign } }, options)
  const one = () =>
    app.inject({
      method: 'POST',
      url: `/api/v1/eth2/sign/${hexKey}`,
      headers: { host: 'localhost', 'content-type': 'application/json', 'x-api-key': apiKey },
      payload: JSON.stringify(dutyExample),
    })
  const replies = await Promise.all(Array.from({ length: all }, one))
  expect(new Set(replies.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
})
