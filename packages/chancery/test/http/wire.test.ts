/** What arrives on the wire before it is a request: smuggling, and connections that do not come to the point. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { listen } from '../../src/http/listen.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { createServer, type HttpServer } from '../../src/http/server.ts'
import { agreeing, apiKey, seen } from './fakes.ts'

const options: HttpOptions = {
  clock: systemClock,
  auth: { scheme: 'api-key' },
  version: '0.0.0',
  observability: 'open',
  timeouts: { request: 400, headers: 200, keepAlive: 30_000, check: 50 },
}

const saw = seen()
let server: HttpServer
let port: number

beforeAll(async () => {
  server = createServer(agreeing(saw), options)
  port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port)
})

afterAll(() => server.drain(0))

/** Sends bytes, and gives back everything that came until the service closed the connection. */
async function exchange(...pieces: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  socket.on('error', () => {})
  for (const piece of pieces) socket.write(piece)
  await once(socket, 'close')
  return text
}

const statuses = (text: string): string[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status = '']) => status)

const head = `POST /v1/keys/a/sign HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\nContent-Type: application/json\r\n`
const body = JSON.stringify({ network: 'eip155:1', message: { text: 'hello' } })
const hidden = `GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\n\r\n`
const length = `Content-Length: ${body.length}\r\n`

test('the request itself passes', async () => {
  expect(statuses(await exchange(`${head}${length}Connection: close\r\n\r\n${body}`))).toEqual(['200'])
})

test('in chunks too', async () => {
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  expect(statuses(await exchange(`${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}`))).toEqual([
    '200',
  ])
})

describe('one refusal, the connection ends, and what was hidden behind is not read', () => {
  test.each([
    ['Content-Length and Transfer-Encoding', `${head}${length}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['Transfer-Encoding and Content-Length', `${head}Transfer-Encoding: chunked\r\n${length}\r\n0\r\n\r\n${hidden}`],
    ['two Content-Lengths', `${head}${length}Content-Length: 0\r\n\r\n${body}${hidden}`],
    ['two equal Content-Lengths', `${head}${length}${length}\r\n${body}${hidden}`],
    ['a list of lengths', `${head}Content-Length: ${body.length}, ${body.length}\r\n\r\n${body}${hidden}`],
    ['a signed length', `${head}Content-Length: +${body.length}\r\n\r\n${body}${hidden}`],
    ['a hexadecimal length', `${head}Content-Length: 0x10\r\n\r\n${body}${hidden}`],
    ['chunked twice', `${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['an encoding after chunked', `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`],
    ['an encoding with a tab in its name', `${head}Transfer-Encoding\t: chunked\r\n${length}\r\n0\r\n\r\n${hidden}`],
    ['a space before the colon', `${head}Content-Length : ${body.length}\r\n\r\n${body}${hidden}`],
    ['a folded header', `${head}X-Other: a\r\n Transfer-Encoding: chunked\r\n${length}\r\n${body}${hidden}`],
    ['bare line feeds', `${head.replaceAll('\r\n', '\n')}${length.replace('\r\n', '\n')}\n${body}${hidden}`],
    ['a bare carriage return in a header', `${head}X-Other: a\rb\r\n${length}\r\n${body}${hidden}`],
    ['a null byte in a header', `${head}X-Other: a\0b\r\n${length}\r\n${body}${hidden}`],
    ['a chunk size with a minus', `${head}Transfer-Encoding: chunked\r\n\r\n-1\r\n${hidden}`],
    ['a chunk longer than it says', `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n${body}\r\n0\r\n\r\n${hidden}`],
    ['headers without end', `${head}X-Other: ${'a'.repeat(20_000)}\r\n${length}\r\n${body}${hidden}`],
    ['no HTTP at all', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${hidden}`],
  ])('%s', async (_, bytes) => {
    saw.reached.length = 0
    const answered = statuses(await exchange(bytes))
    expect(answered).toHaveLength(1)
    expect(answered[0]).toMatch(/^4\d\d$/)
    expect(saw.reached).toEqual([])
  })
})

describe('headers that two readers would read differently', () => {
  test.each([
    ['two Hosts', `GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nX-API-Key: ${apiKey}\r\n`],
    ['two API keys', `GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\nX-API-Key: other\r\n`],
    [
      'two Authorizations',
      `GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${apiKey}\r\nAuthorization: Bearer other\r\n`,
    ],
    [
      '65 headers',
      `GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\n${'X-Other: a\r\n'.repeat(62)}`,
    ],
    ['no Host', `GET /v1/keys HTTP/1.1\r\nX-API-Key: ${apiKey}\r\n`],
    ['no Host in HTTP/1.0', `GET /v1/keys HTTP/1.0\r\nX-API-Key: ${apiKey}\r\n`],
    ['an absolute target', `GET http://evil.example/v1/keys HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\n`],
    ['a target with two slashes', `GET //v1/keys HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\n`],
    ['a body on GET', `GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${apiKey}\r\nContent-Length: 2\r\n`],
  ])('%s', async (_, bytes) => {
    saw.reached.length = 0
    expect(statuses(await exchange(`${bytes}Connection: close\r\n\r\n{}`))[0]).toMatch(/^40[03]$/)
    expect(saw.reached).toEqual([])
  })
})

describe('slow connections are closed, and nobody else waits', () => {
  test.each([
    ['headers that do not end', [head]],
    ['a body that does not come', [`${head}${length}\r\n{`]],
    ['chunks that do not end', [`${head}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`]],
  ])('%s', async (_, pieces) => {
    const started = performance.now()
    const [slow, healthy] = await Promise.all([
      exchange(...pieces),
      fetch(`http://127.0.0.1:${port}/upcheck`).then((reply) => reply.status),
    ])
    expect(statuses(slow)).toEqual(['408'])
    expect(healthy).toBe(200)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe('sizes', () => {
  test('a length of ten gigabytes is refused before a byte of it', async () => {
    const text = await exchange(`${head}Content-Length: 10737418240\r\n\r\n`)
    expect(statuses(text)).toEqual(['413'])
  })

  test('chunks are counted as they come', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const text = await exchange(`${head}Transfer-Encoding: chunked\r\n\r\n`, ...Array.from({ length: 20 }, () => chunk))
    expect(statuses(text)).toEqual(['413'])
  })

  test('more connections than the cap are not taken', async () => {
    const full = createServer(agreeing(), { ...options, limits: { connections: 1 } })
    const [, at = ''] = (await listen(full, { host: '127.0.0.1', port: 0 })).split('127.0.0.1:')
    const first = connect(Number(at), '127.0.0.1')
    first.write('GET /upcheck HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(first, 'data')
    const second = connect(Number(at), '127.0.0.1').on('error', () => {})
    second.write(hidden)
    second.on('data', () => expect.unreachable('a connection beyond the cap was answered'))
    await once(second, 'close')
    first.destroy()
    await full.drain(0)
  })
})
