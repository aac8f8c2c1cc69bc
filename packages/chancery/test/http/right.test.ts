/** Large bodies of callers who may not do what they ask for: answered by the head alone, over the real listener. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireAny, requirePermit } from '../../src/access/permit.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Principal } from '../../src/core/access.ts'
import type { Operation } from '../../src/core/names.ts'
import type { Services } from '../../src/core/services.ts'
import { dutyExample, publicKeyExample } from '../../src/http/compat/eth2/shapes.ts'
import { listen } from '../../src/http/listen.ts'
import { smallBody } from '../../src/http/options.ts'
import type { Route } from '../../src/http/route.ts'
import { createServer, type HttpServer } from '../../src/http/server.ts'
import { refusalOf } from '../access/fixture.ts'
import { agreeing, principal, seen } from './fakes.ts'

const saw = seen()
const holding = (...operations: Operation[]): Principal => ({
  ...principal,
  grants: operations.length === 0 ? [] : [{ operations, keys: '*', networks: '*' }],
})

/** Whoever names an operation as API key holds it, and nothing else. */
const clients: Readonly<Record<string, Principal>> = {
  nothing: holding(),
  reader: holding('keys:read'),
  creator: holding('keys:create'),
  signer: holding('sign:attestation'),
}

const services: Services = {
  ...agreeing(saw),
  requireAny,
  authenticator: {
    authenticate: async (credential) =>
      (credential.scheme === 'api-key' ? clients[credential.secret] : undefined) ?? holding(),
  },
}

let server: HttpServer
let port: number
beforeAll(async () => {
  const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const
  server = createServer(services, options)
  port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port)
})
afterAll(() => server.drain(0))

const mebibyte = 1024 * 1024
type Answer = { readonly status: number; readonly body: Record<string, unknown> }

/** Announces so many bytes and sends the first of them only. */
async function announced(client: string, line: string, length: number | 'chunked'): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
  const start = length === 'chunked' ? '1\r\n{\r\n' : '{'
  const headers = `Host: localhost\r\nX-API-Key: ${client}\r\nContent-Type: application/json\r\n${framing}`
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('utf8')))
  socket.write(`${line} HTTP/1.1\r\n${headers}\r\n\r\n${start}`)
  await expect.poll(() => text, { timeout: 15_000 }).toMatch(/\r\n\r\n\{.*\}$/s)
  socket.destroy()
  await once(socket, 'close')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), body: JSON.parse(body) as Record<string, unknown> }
}

/** Sends everything, as clients do that do not listen meanwhile. */
async function sent(client: string, method: string, path: string, text: string): Promise<Answer> {
  const type = { 'content-type': 'application/json', accept: 'application/json' }
  const headers = { 'x-api-key': client, ...type, 'content-length': Buffer.byteLength(text) }
  const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  asking.end(text)
  const [reply] = (await once(asking, 'response')) as [IncomingMessage & { readonly statusCode: number }]
  const body: unknown = await json(reply)
  return { status: reply.statusCode, body: body as Record<string, unknown> }
}

describe('a body that nobody with these rights may send', () => {
  const sign = `/api/v1/eth2/sign/${publicKeyExample}`
  test.each([
    ['keystores', 'POST /eth/v1/keystores', 32 * mebibyte],
    ['keystores in chunks', 'POST /eth/v1/keystores', 'chunked'],
    ['keys to delete', 'DELETE /eth/v1/keystores', mebibyte],
    ['history', 'POST /v1/validators/slashing-protection', 8 * mebibyte],
    ['watermarks', 'PUT /v1/validators/slashing-protection/watermark', mebibyte],
    ['grants', 'PUT /v1/clients/cli_00000000000000000000000000/grants', mebibyte],
    ['rules', 'PUT /v1/keys/treasury/rules', mebibyte],
    ['something to sign', 'POST /v1/keys/treasury/sign', mebibyte],
    ['a transaction', 'POST /v1/transactions', mebibyte],
    ['a group to sponsor', 'POST /v1/sponsor/algorand', mebibyte],
    ['a duty', `POST ${sign}`, mebibyte],
    ['a batch of duties', 'POST /api/v1/eth2/sign', 2 * mebibyte],
    ['a question about duties', 'POST /api/v1/eth2/slashable', 2 * mebibyte],
  ] as const)('is not waited for: %s', async (_, line, length) => {
    for (const client of ['nothing', 'reader']) {
      const { status, body } = await announced(client, line, length)
      expect([status, body['code']]).toEqual([403, 'denied'])
    }
  })

  test('is refused in the words that its handler has', async () => {
    const { message, particulars } = await refusalOf(() => requirePermit(holding('keys:read'), 'keys:create'))
    const { body } = await announced('reader', 'POST /eth/v1/keystores', 32 * mebibyte)
    expect(body).toMatchObject({ message, ...particulars })
  })

  test('is taken in and forgotten, so that its sender reads the answer', async () => {
    const keystores = JSON.stringify({ keystores: ['x'.repeat(16 * mebibyte)], passwords: ['x'] })
    saw.reached.length = 0
    for (let round = 0; round < 5; round++) {
      expect((await sent('reader', 'POST', '/eth/v1/keystores', keystores)).status).toBe(403)
    }
    expect(saw.reached).toEqual([])
  })
})

describe('a body that its sender may send', () => {
  test('is read', async () => {
    const keystores = JSON.stringify({ keystores: ['x'.repeat(mebibyte)], passwords: ['x'] })
    expect((await sent('creator', 'POST', '/eth/v1/keystores', keystores)).status).toBe(200)
    const duty = JSON.stringify({ ...dutyExample, padding: 'x'.repeat(mebibyte / 2) })
    expect((await sent('signer', 'POST', `/api/v1/eth2/sign/${publicKeyExample}`, duty)).status).toBe(200)
  })

  test('and one that is small is judged by whoever does the work', async () => {
    saw.reached.length = 0
    await sent('reader', 'POST', '/eth/v1/keystores', JSON.stringify({ keystores: [], passwords: [] }))
    expect(saw.reached).toEqual(['import'])
  })
})

test('whoever has not proved anything yet takes no place of large bodies', async () => {
  const { promise: proved, resolve: prove } = Promise.withResolvers<void>()
  let asked = 0
  const authenticate: Services['authenticator']['authenticate'] = async (credential) => {
    if (credential.scheme === 'api-key' && credential.secret === 'creator') return holding('keys:create')
    asked += 1
    return proved.then(() => holding())
  }
  const auth = { scheme: 'api-key' } as const
  const limits = { largeBodies: 1 }
  const options = { clock: systemClock, auth, version: '0', observability: 'open', limits } as const
  const { app } = createServer({ ...services, authenticator: { authenticate } }, options)
  const send = (key: string) => {
    const headers = { host: 'localhost', 'x-api-key': key, 'content-type': 'application/json' }
    const payload = JSON.stringify({ keystores: ['x'.repeat(mebibyte)], passwords: ['x'] })
    return app.inject({ method: 'POST', url: '/eth/v1/keystores', headers, payload })
  }
  const waiting = [send('a'), send('b')]
  await expect.poll(() => asked).toBe(2)
  expect((await send('creator')).statusCode).toBe(200)
  prove()
  expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual([403, 403])
})

test.each(['POST /eth/v1/remotekeys', `POST /eth/v1/validator/${publicKeyExample}/graffiti`])(
  'what a signer has not is said before the body came: %s',
  async (line) => {
    const { status, body } = await announced('nothing', line, mebibyte)
    expect([status, body['code']]).toEqual([501, 'belongs-elsewhere'])
  },
)

test('every route that takes a large body says who may send one', () => {
  const open = (one: Route) => (one.bodyLimit ?? 0) > smallBody && one.right === undefined && one.bodyUnread !== true
  // There is one API key for these, which may do all of them.
  expect(server.routes.filter(open).map(({ access }) => access)).toEqual(['kms-backend'])
})
