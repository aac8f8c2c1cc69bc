import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { left } from '../../src/base/deadline.ts'
import type { Services, SignReply } from '../../src/core/services.ts'
import { listen } from '../../src/http/listen.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { createServer, type HttpServer } from '../../src/http/server.ts'
import { agreeing, apiKey, final, hanging, seen } from './fakes.ts'

const options: HttpOptions = {
  clock: systemClock,
  auth: { scheme: 'api-key' },
  version: '0.0.0',
  observability: 'open',
}

function get(server: HttpServer, url = '/v1/keys') {
  return server.app.inject({ url, headers: { host: 'localhost', 'x-api-key': apiKey } })
}

function sign(server: HttpServer, text = 'hello') {
  return server.app.inject({
    method: 'POST',
    url: '/v1/keys/treasury/sign',
    headers: { host: 'localhost', 'x-api-key': apiKey, 'content-type': 'application/json' },
    payload: JSON.stringify({ network: 'eip155:1', message: { text } }),
  })
}

/** Signs when told to. */
function waiting(): { readonly services: Services; readonly go: () => void; readonly asked: () => number } {
  const saw = seen()
  const services = agreeing(saw)
  const { promise, resolve } = Promise.withResolvers<void>()
  const sign = async (...args: Parameters<Services['signing']['sign']>): Promise<SignReply> => {
    saw.reached.push('asked')
    await promise
    return services.signing.sign(...args)
  }
  const asked = () => saw.reached.filter((name) => name === 'asked').length
  return { services: { ...services, signing: { ...services.signing, sign } }, go: resolve, asked }
}

function limited(services: Services, limits: HttpOptions['limits'], clock: Clock = systemClock): HttpServer {
  return createServer(services, { ...options, clock, ...(limits === undefined ? {} : { limits }) })
}

describe('rate', () => {
  test('beyond its share a client gets 429 and when to come back, until then', async () => {
    let now = 0
    const server = limited(agreeing(), { clientRate: 1, clientBurst: 2 }, { ...systemClock, monotonic: () => now })
    expect([(await get(server)).statusCode, (await get(server)).statusCode]).toEqual([200, 200])
    const third = await get(server)
    expect([third.statusCode, third.headers['retry-after']]).toEqual([429, '1'])
    now = 1_000
    expect((await get(server)).statusCode).toBe(200)
  })

  test('wrong credentials take nothing from anybody', async () => {
    const server = limited(agreeing(), { clientRate: 1, clientBurst: 1 })
    await server.app.inject({ url: '/v1/keys', headers: { host: 'localhost', 'x-api-key': 'wrong' } })
    expect((await get(server)).statusCode).toBe(200)
  })
})

describe('in flight', () => {
  test('whoever hangs up while it is asked who calls keeps no place of its client', async () => {
    const services = agreeing()
    const { promise: proved, resolve: prove } = Promise.withResolvers<void>()
    let asked = 0
    const authenticate: Services['authenticator']['authenticate'] = async (credential) => {
      asked += 1
      if (asked <= 2) await proved
      return services.authenticator.authenticate(credential)
    }
    const server = limited({ ...services, authenticator: { authenticate } }, { clientInFlight: 1, inFlight: 3 })
    onTestFinished(() => server.drain(0))
    const port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port)
    const callers = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    for (const socket of callers)
      socket.write(`GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\n\r\n`)
    await expect.poll(() => asked).toBe(2)
    const open = () =>
      new Promise<number>((resolve, reject) => {
        server.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
      })
    for (const socket of callers) socket.destroy()
    await expect.poll(open).toBe(0)
    prove()
    expect((await get(server)).statusCode).toBe(200)
  })

  test.each([
    ['one client', { clientInFlight: 2 }, 429, 'rate-limited'],
    ['all', { inFlight: 2 }, 503, 'overloaded'],
  ])(
    'more than the share of %s is shed with a time to come back; room comes back with the replies',
    async (_, limits, status, code) => {
      const { services, go, asked } = waiting()
      const server = limited(services, limits)
      const first = [sign(server), sign(server)]
      await expect.poll(() => asked()).toBe(2)
      const shed = await sign(server)
      expect([shed.statusCode, shed.json<{ code: string }>().code, shed.headers['retry-after']]).toEqual([
        status,
        code,
        '1',
      ])
      expect((await get(server, '/upcheck')).statusCode).toBe(200)
      go()
      expect((await Promise.all(first)).map(({ statusCode }) => statusCode)).toEqual([200, 200])
      expect((await sign(server)).statusCode).toBe(200)
    },
  )

  test('large bodies are worked on two at a time', async () => {
    const { services, go, asked } = waiting()
    const server = limited(services, {})
    const large = 'x'.repeat(100_000)
    const first = [sign(server, large), sign(server, large)]
    await expect.poll(() => asked()).toBe(2)
    expect((await sign(server, large)).statusCode).toBe(503)
    const small = sign(server)
    await expect.poll(() => asked()).toBe(3)
    go()
    await Promise.all([...first, small])
  })

  test('a handler keeps its place when its caller hangs up', async () => {
    const { services, go, asked } = waiting()
    const server = limited(services, { inFlight: 1 })
    const url = new URL(await listen(server, { host: '127.0.0.1', port: 0 }))
    onTestFinished(() => server.drain(0))
    const body = JSON.stringify({ network: 'eip155:1', message: { text: 'hello' } })
    const socket = connect(Number(url.port), url.hostname)
    socket.write(
      `POST /v1/keys/a/sign HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await expect.poll(() => asked()).toBe(1)
    socket.destroy()
    await once(socket, 'close')
    expect((await get(server)).statusCode).toBe(503)
    go()
    await expect.poll(async () => (await get(server)).statusCode).toBe(200)
  })
})

describe('draining', () => {
  test('readiness goes first, new work is refused, what is being worked on ends', async () => {
    const { services, go, asked } = waiting()
    const server = createServer(services, options)
    const working = sign(server)
    await expect.poll(() => asked()).toBe(1)
    const drained = server.drain(10_000)
    await expect.poll(async () => (await get(server)).body).toContain('shutting-down')
    expect((await get(server)).json()).toMatchObject({ status: 503, code: 'shutting-down' })
    expect((await get(server, '/readyz')).json()).toEqual({ ready: false, reasons: ['the service is stopping'] })
    expect((await get(server, '/upcheck')).headers.connection).toBe('close')
    go()
    expect((await working).statusCode).toBe(200)
    await drained
  })

  test('while it leaves, it is not ready and still works; then new work is refused', async () => {
    const { services, go, asked } = waiting()
    const server = createServer(services, options)
    const drained = server.drain(60_000, 2_000)
    const ready = await get(server, '/readyz')
    expect([ready.statusCode, ready.headers.connection]).toEqual([503, 'close'])
    const working = sign(server)
    await expect.poll(() => asked()).toBe(1)
    await vi.waitFor(async () => expect((await get(server)).json()).toMatchObject({ code: 'shutting-down' }), 10_000)
    go()
    expect((await working).statusCode).toBe(200)
    await drained
  })

  test('does not wait longer than it was told', async () => {
    const server = createServer(hanging(), options)
    void sign(server).catch(() => {})
    const started = performance.now()
    await server.drain(50)
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('a wait ends when it was asked to', async () => {
    const services = agreeing()
    const { wait } = services.relay
    let given: number | undefined
    const noting: Services = {
      ...services,
      relay: { ...services.relay, wait: (id, states, call) => ((given = left(call.deadline)), wait(id, states, call)) },
    }
    await get(createServer(noting, options), `/v1/transactions/${final.row.id}?wait=3s`)
    expect(given).toBeLessThanOrEqual(3_000)
    expect(given).toBeGreaterThan(2_000)
  })

  test('a long wait ends with what is known', async () => {
    const services = agreeing()
    const forever: Services = { ...services, relay: { ...services.relay, wait: () => new Promise(() => {}) } }
    const server = createServer(forever, options)
    const waited = get(server, `/v1/transactions/${final.row.id}?wait=60s`)
    await server.app.ready()
    const [reply] = await Promise.all([
      waited,
      new Promise((resolve) => setImmediate(resolve)).then(() => server.drain(10_000)),
    ])
    expect([reply.statusCode, reply.json()]).toMatchObject([200, { state: 'final' }])
  })
})

describe('what is left of a request', () => {
  test('one observation and one line, without what was sent', async () => {
    const saw = seen()
    const lines: object[] = []
    const log = {
      info: (fields: object) => void lines.push(fields),
      error: (fields: object) => void lines.push(fields),
    }
    const server = createServer(agreeing(saw), { ...options, log })
    await sign(server, 'canary-text')
    await get(server, '/v1/keys/canary-name?canary=1')
    await expect.poll(() => saw.observed).toHaveLength(2)
    expect(saw.observed).toMatchObject([
      { route: 'POST /v1/keys/{id}/sign', status: 200 },
      { route: 'GET /v1/keys/{id}', status: 400, code: 'invalid-request' },
    ])
    expect(JSON.stringify(lines)).not.toMatch(new RegExp(`canary|${apiKey}`))
  })
})

describe('metrics, reference and particulars of health', () => {
  test.each(['/metrics', '/openapi.json', '/docs'])('%s wants a grant where it is not open', async (url) => {
    const server = createServer(agreeing(), { ...options, observability: 'granted' })
    expect((await server.app.inject({ url, headers: { host: 'localhost' } })).statusCode).toBe(401)
    expect((await get(server, url)).statusCode).toBe(200)
    expect(
      (await createServer(agreeing(), options).app.inject({ url, headers: { host: 'localhost' } })).statusCode,
    ).toBe(200)
  })

  test('any grant will not do', async () => {
    const services = agreeing()
    const reader: Services = {
      ...services,
      authenticator: {
        authenticate: () =>
          Promise.resolve({
            client: 'cli_a',
            name: 'a',
            scheme: 'api-key',
            grants: [{ operations: ['relay'], keys: '*', networks: '*' }],
          }),
      },
    }
    const server = createServer(reader, { ...options, observability: 'granted' })
    expect((await get(server, '/metrics')).statusCode).toBe(403)
  })

  test('health says which part, and how only where nobody else asks', async () => {
    const services = agreeing()
    const ill: Services = {
      ...services,
      health: {
        ...services.health,
        parts: () => Promise.resolve([{ name: 'store', ok: false, detail: '/data/store.db is gone' }]),
      },
    }
    const open = await get(createServer(ill, options), '/healthcheck')
    const web3signer = { status: 'DOWN', outcome: 'DOWN', checks: [{ id: 'store', status: 'DOWN' }] }
    const fromFiles = { id: 'keystores-bulk-loading', status: 'UP', data: { 'keys-loaded': 1, 'error-count': 0 } }
    const data = { 'keys-loaded': 2, 'error-count': 0 }
    const keys = { id: 'keys-check', status: 'UP', data, checks: [fromFiles] }
    expect([open.statusCode, open.json()]).toEqual([
      503,
      {
        ok: false,
        parts: [{ name: 'store', ok: false, detail: '/data/store.db is gone' }],
        ...web3signer,
        checks: [...web3signer.checks, keys],
      },
    ])
    const granted = await get(createServer(ill, { ...options, observability: 'granted' }), '/healthcheck')
    expect(granted.json()).toEqual({ ok: false, parts: [{ name: 'store', ok: false }], ...web3signer })
  })

  test('health counts the keys that can sign, whether files are configured or not, and the files that failed', async () => {
    const { loading: _, ...services } = agreeing()
    const keysOf = async (some: Services) =>
      (await get(createServer(some, options), '/healthcheck')).json<{ checks: object[] }>().checks[1]
    const imported = { id: 'keys-check', status: 'UP', data: { 'keys-loaded': 2, 'error-count': 0 } }
    expect(await keysOf(services)).toEqual(imported)
    const status = () => ({ state: 'failed', loaded: 0, total: 1, failures: [{ source: 'a', message: 'b' }] }) as const
    const failed = { status: 'DOWN', data: { 'keys-loaded': 0, 'error-count': 1 } }
    expect(await keysOf({ ...services, loading: { reload: () => true, status } })).toEqual({
      ...imported,
      status: 'DOWN',
      data: { 'keys-loaded': 2, 'error-count': 1 },
      checks: [{ id: 'keystores-bulk-loading', ...failed }],
    })
    const { validatorKeys: __, ...without } = services.health
    expect(await keysOf({ ...services, health: without })).toBeUndefined()
  })
})
