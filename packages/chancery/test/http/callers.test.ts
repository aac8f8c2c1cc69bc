/** Who is let in where, over the real listener: API keys wherever a client can put one, and validator clients without any. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthenticator } from '../../src/access/authenticate.ts'
import { newSecret } from '../../src/access/api-key.ts'
import { loopbackPrincipal } from '../../src/access/loopback.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { ClientRecord, Principal } from '../../src/core/access.ts'
import type { Services } from '../../src/core/services.ts'
import { dutyExample, publicKeyExample } from '../../src/http/compat/eth2/shapes.ts'
import { listen } from '../../src/http/listen.ts'
import type { HttpOptions, ListenerAuth, Log } from '../../src/http/options.ts'
import { createServer, type HttpServer } from '../../src/http/server.ts'
import { clientId, memoryState, pepper } from '../access/fixture.ts'
import { agreeing } from './fakes.ts'

const secrets = {
  a: newSecret(clientId('a'), pepper(), Date.now(), 1),
  b: newSecret(clientId('b'), pepper(), Date.now(), 1),
}

function record(letter: 'a' | 'b', name: string): ClientRecord {
  return {
    id: clientId(letter),
    name,
    secrets: [secrets[letter].record],
    grants: [{ operations: ['sign:attestation', 'keys:read'], keys: '*', networks: '*' }],
    frozen: false,
    createdAt: '2026-01-01T00:00:00.000Z',
  }
}

const clients = [record('a', 'teku'), record('b', 'prysm')]
const ours = secrets.a.text
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** Notes who asked, and every line that is logged. */
function noting(known: readonly ClientRecord[] = clients) {
  const lines: string[] = []
  const callers: Principal[] = []
  const note = (fields: object, message: string) => void lines.push(JSON.stringify([fields, message]))
  const log: Log = { info: note, error: note, debug: note }
  const services = agreeing()
  const authenticator = createAuthenticator({ state: memoryState(known), pepper: pepper(), clock: systemClock })
  const sign: Services['signing']['sign'] = (request, call) => {
    callers.push(call.principal)
    return services.signing.sign(request, call)
  }
  const all: Services = { ...services, authenticator, signing: { ...services.signing, sign } }
  return { lines, callers, log, services: all }
}

function serving(
  auth: ListenerAuth = { scheme: 'api-key' },
  more: Partial<HttpOptions> = {},
  known: readonly ClientRecord[] = clients,
) {
  const { lines, callers, log, services } = noting(known)
  const options = { clock: systemClock, auth, version: '0', observability: 'open', log, ...more } as const
  const { app } = createServer(services, options)
  const sign = (prefix: string, headers: Record<string, string> = {}, remoteAddress = '10.9.9.9') =>
    app.inject({
      method: 'POST',
      url: `${prefix}/api/v1/eth2/sign/${publicKeyExample}`,
      headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
      payload: JSON.stringify(dutyExample),
      remoteAddress,
    })
  return { app, lines, callers, sign }
}

describe('an API key', () => {
  test.each([
    ['in X-API-Key', '', { 'x-api-key': ours }],
    ['as bearer token', '', { authorization: `Bearer ${ours}` }],
    ['as password of a URL, after the client’s name', '', { authorization: basic('teku', ours) }],
    ['as password of a URL, after any name', '', { authorization: basic('', ours) }],
    ['in the path', `/t/${ours}`, {}],
    ['in the path and as bearer token', `/t/${ours}`, { authorization: `Bearer ${ours}` }],
  ])('%s names its client', async (_, prefix, headers) => {
    const { sign, callers } = serving()
    expect((await sign(prefix, headers)).statusCode).toBe(200)
    expect(callers).toMatchObject([{ client: clientId('a'), scheme: 'api-key', address: '10.9.9.9' }])
  })

  test.each([
    ['two keys', `/t/${secrets.b.text}`, { authorization: `Bearer ${ours}` }],
    ['two keys in headers', '', { 'x-api-key': secrets.b.text, authorization: basic('teku', ours) }],
    ['a wrong one in the path', '/t/chancery_wrong', {}],
    ['a wrong password', '', { authorization: basic('teku', 'wrong') }],
    ['a user name alone', '', { authorization: `Basic ${Buffer.from('teku').toString('base64')}` }],
    ['Basic of nothing', '', { authorization: 'Basic !' }],
    ['another scheme', '', { authorization: `Digest ${ours}` }],
    ['nothing', '', {}],
  ])('%s: nobody comes in', async (_, prefix, headers) => {
    const { sign, callers } = serving({ scheme: 'api-key', loopback: loopbackPrincipal })
    const reply = await sign(prefix, headers)
    expect([reply.statusCode, reply.json(), callers]).toMatchObject([401, { code: 'unauthenticated' }, []])
  })
})

describe('an API key in the path', () => {
  const everywhere = [
    '/api/v1/eth2/publicKeys',
    '/upcheck',
    '/eth/v1/keystores',
    '/v1/clients',
    '/nowhere',
    '/v1/keys/%zz',
    '//evil.example/',
    '',
    '/api/v1/eth2/sign/x',
  ]

  test.each(everywhere)('is in no log and no reply: %s', async (path) => {
    const { app, lines } = serving()
    const headers = { host: 'localhost' }
    const reply = await app.inject({ url: `/t/${ours}${path}`, headers })
    const wrong = await app.inject({ method: 'POST', url: `/t/${ours}${path}?a=1`, headers })
    const said = [reply, wrong].map((one) => JSON.stringify([one.headers, one.body])).join('') + lines.join('')
    // The secret itself: base64url, which may have an underscore anywhere.
    expect(said).not.toContain(ours.split('_').slice(3).join('_').slice(0, 43))
  })

  test('opens the routes of validator clients only', async () => {
    const { app } = serving()
    const ask = async (url: string) =>
      (await app.inject({ url: `/t/${ours}${url}`, headers: { host: 'localhost' } })).statusCode
    expect(await ask('/api/v1/eth2/publicKeys')).toBe(200)
    expect(await ask('/eth/v1/keystores')).toBe(200)
    expect(await ask('/upcheck')).toBe(200)
    for (const url of ['/v1/keys', '/v1/clients', '/kms/address']) expect(await ask(url)).toBe(401)
  })

  test('is not one that stands elsewhere in it', async () => {
    const { app } = serving()
    const headers = { host: 'localhost' }
    for (const url of [`/x/t/${ours}/upcheck`, `/t/${ours}/t/${ours}/upcheck`, `/T/${ours}/upcheck`]) {
      expect((await app.inject({ url, headers })).statusCode).toBe(404)
    }
  })
})

describe('whoever brings nothing', () => {
  const loopback = { scheme: 'api-key', loopback: loopbackPrincipal } as const

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('from %s signs duties', async (address) => {
    const { sign, callers } = serving(loopback)
    expect((await sign('', {}, address)).statusCode).toBe(200)
    expect(callers).toEqual([{ ...loopbackPrincipal, address }])
  })

  test.each(['10.0.0.1', '::ffff:10.0.0.1', '128.0.0.1', '2001:db8::1'])('from %s does not', async (address) => {
    expect((await serving(loopback).sign('', {}, address)).statusCode).toBe(401)
  })

  test.each([
    { 'x-forwarded-for': '127.0.0.1' },
    { 'x-forwarded-for': '203.0.113.7' },
    { forwarded: 'for=203.0.113.7' },
    { via: '1.1 proxy' },
    { 'x-forwarded-proto': 'https' },
    { 'x-forwarded-host': 'signer.example' },
    { 'x-real-ip': '203.0.113.7' },
    { 'cf-connecting-ip': '203.0.113.7' },
    { 'cdn-loop': 'cloudflare' },
  ])('through a proxy on this machine does not: %j', async (headers) => {
    expect((await serving(loopback).sign('', headers, '127.0.0.1')).statusCode).toBe(401)
    const trusting = serving(loopback, { trustedProxies: ['127.0.0.1'] })
    expect((await trusting.sign('', headers, '127.0.0.1')).statusCode).toBe(401)
  })

  test.each(['localhost:9000', '127.0.0.1', '127.0.0.1:9000', '127.1.2.3:80', '[::1]:9000', 'LocalHost'])(
    'signs duties as it asks for %s',
    async (host) => {
      const { sign } = serving(loopback, { hosts: ['127.1.2.3'] })
      expect((await sign('', { host }, '127.0.0.1')).statusCode).toBe(200)
    },
  )

  test.each(['signer.example', 'chancery:9000', '10.0.0.7:9000', '127.0.0.1.nip.io', 'localhost.example'])(
    'as it asks for %s does not: so asks who is elsewhere, by a proxy that keeps the name',
    async (host) => {
      const { sign } = serving(loopback, { hosts: [host.replace(/:\d+$/, '')] })
      expect((await sign('', { host }, '127.0.0.1')).statusCode).toBe(401)
      expect((await sign('', { host, 'x-api-key': ours }, '127.0.0.1')).statusCode).toBe(200)
    },
  )

  test('through a proxy on this machine is not the client either that is known by this address', async () => {
    const here = { ...record('a', 'vero'), identity: { assumedFrom: ['127.0.0.0/8', '10.0.0.0/8'] } }
    const { sign, callers } = serving({ scheme: 'api-key' }, {}, [here])
    expect((await sign('', {}, '127.0.0.1')).statusCode).toBe(200)
    expect((await sign('', { via: '1.1 proxy' }, '127.0.0.1')).statusCode).toBe(401)
    expect((await sign('', {}, '10.0.0.1')).statusCode).toBe(200)
    expect(callers).toMatchObject([{ client: here.id }, { client: here.id }])
  })

  test('does not on a listener that lets nobody in by address', async () => {
    expect((await serving().sign('', {}, '127.0.0.1')).statusCode).toBe(401)
  })

  test('with a wrong credential gets no second chance', async () => {
    const { sign } = serving(loopback)
    expect((await sign('', { 'x-api-key': 'chancery_wrong' }, '127.0.0.1')).statusCode).toBe(401)
    expect((await sign('/t/chancery_wrong', {}, '127.0.0.1')).statusCode).toBe(401)
  })

  test.each([
    ['GET', '/v1/keys'],
    ['GET', '/v1/clients'],
    ['GET', '/eth/v1/keystores'],
    ['POST', `/eth/v1/validator/${publicKeyExample}/voluntary_exit`],
    ['POST', '/v1/freeze'],
    ['GET', '/kms/address'],
  ] as const)('opens nothing else: %s %s', async (method, url) => {
    const { app } = serving(loopback)
    const headers = { host: 'localhost' }
    expect((await app.inject({ method, url, headers, remoteAddress: '127.0.0.1' })).statusCode).toBe(401)
  })

  test('may look, and not load keys', async () => {
    const { app } = serving(loopback)
    const at = { headers: { host: 'localhost' }, remoteAddress: '127.0.0.1' }
    expect((await app.inject({ url: '/api/v1/eth2/publicKeys', ...at })).statusCode).toBe(200)
    expect((await app.inject({ url: '/reload', ...at })).statusCode).toBe(200)
    expect((await app.inject({ method: 'POST', url: '/reload', ...at })).statusCode).toBe(403)
  })

  test.each([
    [{ origin: 'https://evil.example' }, 403],
    [{ host: 'evil.example' }, 403],
    [{ 'content-type': 'text/plain' }, 415],
  ])('from a web page on this machine is nobody: %j', async (headers, status) => {
    expect((await serving(loopback).sign('', headers, '127.0.0.1')).statusCode).toBe(status)
  })
})

describe('over a connection from this machine', () => {
  let server: HttpServer
  let port: number
  beforeAll(async () => {
    const auth = { scheme: 'api-key', loopback: loopbackPrincipal } as const
    server = createServer(noting().services, { clock: systemClock, auth, version: '0', observability: 'open' })
    port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port)
  })
  afterAll(() => server.drain(0))

  const body = JSON.stringify(dutyExample)
  async function ask(version: string, more = ''): Promise<string | undefined> {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    const headers = `Host: 127.0.0.1:${port}\r\nConnection: close\r\nContent-Type: application/json\r\n${more}`
    const line = `POST /api/v1/eth2/sign/${publicKeyExample} HTTP/${version}`
    socket.end(`${line}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`)
    await once(socket, 'close')
    return /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  }

  test('a validator client signs duties', async () => {
    expect(await ask('1.1')).toBe('200')
  })

  // `location / { proxy_pass http://127.0.0.1:9000; }` and nothing else sends these very headers, in HTTP/1.0.
  test('nginx with its defaults does not', async () => {
    expect(await ask('1.0')).toBe('401')
    expect(await ask('1.0', `X-API-Key: ${ours}\r\n`)).toBe('200')
  })
})

describe('what a connection was let through with', () => {
  let server: HttpServer
  let port: number
  beforeAll(async () => {
    const { services } = noting()
    const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const
    server = createServer(services, options)
    port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port)
  })
  afterAll(() => server.drain(0))

  const body = JSON.stringify(dutyExample)
  const good = {
    Host: 'localhost',
    'X-API-Key': ours,
    'Content-Type': 'application/json',
    'Content-Length': String(body.length),
  }
  const written = (headers: object, text = body) =>
    `POST /api/v1/eth2/sign/${publicKeyExample} HTTP/1.1\r\n` +
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${String(value)}\r\n`)
      .join('') +
    `\r\n${text}`

  async function statuses(...requests: readonly string[]): Promise<string[]> {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    for (const [index, one] of requests.entries()) {
      socket.write(one)
      await expect.poll(() => text.match(/HTTP\/1\.1 \d{3}/g)?.length ?? 0).toBe(index + 1)
    }
    socket.destroy()
    await once(socket, 'close')
    return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = '']) => status)
  }

  test('is good for the same again, and for nothing that a check looks at', async () => {
    const changes = [
      { Host: 'evil.example' },
      { 'Content-Type': 'text/plain' },
      { 'X-API-Key': secrets.b.text.slice(0, -1) },
    ]
    for (const change of changes) {
      const [first, again, changed] = await statuses(written(good), written(good), written({ ...good, ...change }))
      expect([first, again]).toEqual(['200', '200'])
      expect(['401', '403', '415']).toContain(changed)
    }
  })

  test('a body where there was none before is looked at', async () => {
    const { 'Content-Type': _, ...bare } = good
    const empty = written({ ...bare, 'Content-Length': '0' }, '')
    expect(await statuses(empty, written(bare))).toEqual(['400', '415'])
  })

  test('a header more is looked at', async () => {
    const more = written({ ...good, Origin: 'https://evil.example' })
    expect(await statuses(written(good), more)).toEqual(['200', '403'])
  })
})
