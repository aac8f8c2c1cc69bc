/**
 * Loads a signer in a process of its own, in closed loop: reads one line of JSON, answers one. It writes requests that were
 * made beforehand on bare sockets, because what it costs is taken from the same two cores.
 */
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { batches, block, singles, type AttestationSource } from './attestations.ts'
import { quantiles } from './load.ts'

export interface DutyLoad {
  readonly source: AttestationSource
  readonly port: number
  readonly connections: number
  /** For `singles` and `batches`. */
  readonly seconds?: number
  /** Keys a request. */
  readonly batch?: number
  /** So many bursts of one request a connection, a block in the middle of every second one. */
  readonly bursts?: number
  /** The key that proposes. */
  readonly proposer?: string
}

export interface DutyResult {
  readonly requests: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly block?: { readonly p50: number; readonly p99: number }
  /** Microseconds of this process a request. */
  readonly cost: number
}

interface Connection {
  send(bytes: Buffer): Promise<number>
  end(): void
}

function open(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  let waiting: { resolve: (ms: number) => void; reject: (error: Error) => void; began: number } | undefined
  let received: Buffer | undefined
  socket.on('data', (part: Buffer) => {
    received = received === undefined ? part : Buffer.concat([received, part])
    if (missing(received) > 0 || waiting === undefined) return
    const { resolve, reject, began } = waiting
    const answer = received
    received = undefined
    waiting = undefined
    if (answer.toString('latin1', 9, 12) === '200') resolve(performance.now() - began)
    else reject(new Error(answer.toString('latin1')))
  })
  socket.on('error', (error) => waiting?.reject(error))
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')))
  return connected(socket, {
    send: (bytes) => {
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      waiting = { resolve, reject, began: performance.now() }
      socket.write(bytes)
      return promise
    },
    end: () => socket.destroy(),
  })
}

function connected(socket: Socket, connection: Connection): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  socket.once('connect', () => resolve(connection)).once('error', reject)
  return promise
}

/** Bytes still to come. */
function missing(received: Buffer): number {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return 1
  const head = received.toString('latin1', 0, end)
  const at = head.indexOf('ontent-length: ')
  return at === -1 ? 0 : end + 4 + Number.parseInt(head.slice(at + 15), 10) - received.length
}

/** Made beforehand, so many a second; whatever is asked for beyond that is made when it is sent. */
function prepared(next: () => Buffer, count: number): () => Buffer {
  const made = Array.from({ length: count }, next).values()
  return () => made.next().value ?? next()
}

async function closedLoop({ source, port, connections, seconds = 5, batch }: DutyLoad): Promise<DutyResult> {
  const next =
    batch === undefined ? prepared(singles(source), seconds * 8_000) : prepared(batches(source, batch), seconds * 80)
  const open64 = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const times: number[] = []
  const cpu = process.cpuUsage()
  const began = performance.now()
  const end = began + seconds * 1_000
  await Promise.all(
    open64.map(async (connection) => {
      while (performance.now() < end) times.push(await connection.send(next()))
    }),
  )
  const elapsed = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  for (const connection of open64) connection.end()
  const perSecond = (times.length * (batch ?? 1) * 1_000) / elapsed
  return { requests: times.length, perSecond, ...quantiles(times), cost: (user + system) / times.length }
}

async function bursts(load: DutyLoad, count: number): Promise<DutyResult> {
  const { source, port, connections, proposer } = load
  const next = singles(source)
  const all = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const aside = await open(port)
  const [times, blocks]: [number[], number[]] = [[], []]
  const began = performance.now()
  for (let i = 0; i < count; i++) {
    const requests = all.map(() => next())
    let left = connections
    let halfway = (): void => {}
    const half = new Promise<void>((resolve) => void (halfway = resolve))
    const burst = all.map(async (connection, at) => {
      times.push(await connection.send(requests[at] ?? Buffer.alloc(0)))
      if (--left === connections >> 1) halfway()
    })
    if (proposer !== undefined && i % 2 === 1) {
      await half
      blocks.push(await aside.send(block(source, proposer, source.epoch * 32 + i)))
    }
    await Promise.all(burst)
  }
  for (const connection of [...all, aside]) connection.end()
  const elapsed = performance.now() - began
  return {
    requests: times.length,
    perSecond: (times.length * 1_000) / elapsed,
    ...quantiles(times),
    ...(blocks.length > 0 && { block: quantiles(blocks) }),
    cost: 0,
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const load = JSON.parse(line) as DutyLoad
  const result = load.bursts === undefined ? await closedLoop(load) : await bursts(load, load.bursts)
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
