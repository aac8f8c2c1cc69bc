import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { control } from './control.ts'
import type { Emulator } from './emulator.ts'
import { type Answered, answer } from './service.ts'
import type { SignedRequest } from './sigv4/canonical.ts'

const MAX_BODY = 1_048_576

export interface Listening {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** Whether an address can only be reached from this machine. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** Serves on a loopback address. Throws a RangeError for any other: the credentials are published. */
export async function listen(emulator: Emulator, host: string, port: number): Promise<Listening> {
  if (!isLoopback(host)) throw new RangeError(`host: got ${host}, wanted a loopback address such as 127.0.0.1`)
  const server = createServer((request, response) => {
    handle(emulator, request, response).catch((error: unknown) => {
      process.stderr.write(`aws-emulator: the connection failed: ${String(error)}\n`)
      response.destroy()
    })
  })
  // A client that reuses a connection the server is about to close sees a reset nobody asked for.
  server.keepAliveTimeout = 120_000
  const address = await opened(server, host, port)
  return { host, port: address.port, close: () => closed(server) }
}

function opened(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('No TCP address'))
      else resolve(address)
    })
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function handle(emulator: Emulator, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(incoming)
  if (body === undefined) return void response.writeHead(413).end()
  const request = { method: incoming.method ?? '', target: incoming.url ?? '/', headers: incoming.headers, body }
  if (request.target.startsWith('/_emulator')) return sendControl(emulator, request, response)
  const requestId = randomUUID()
  deliver(await answer(emulator, request, requestId), requestId, response)
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MAX_BODY) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function sendControl(emulator: Emulator, request: SignedRequest, response: ServerResponse): void {
  const { status, body } = control(emulator, request)
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}

/** Sends the answer, or what the call's faults make of it. */
function deliver({ reply, faults, skewMs }: Answered, requestId: string, response: ServerResponse): void {
  if (faults.find('hang') !== undefined) return
  const reset = faults.find('reset')
  if (reset?.stage === 'before') return void response.socket?.resetAndDestroy()
  const whole = Buffer.from(reply.body)
  const body = faults.find('truncate') === undefined ? whole : whole.subarray(0, Math.floor(whole.length / 2))
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': body.length,
    'x-amzn-requestid': requestId,
    date: new Date(Date.now() + skewMs).toUTCString(),
  })
  if (reset === undefined) return void response.end(body)
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.resetAndDestroy())
}
