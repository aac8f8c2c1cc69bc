/** POST over kept-alive connections, written on the socket itself: it must cost little, for it shares the machine with the server. */
import { connect, type Socket } from 'node:net'

export interface Answered {
  readonly status: number
  readonly body: string
}

export interface Poster {
  post(body: string): Promise<Answered>
  close(): void
}

interface Connection {
  readonly socket: Socket
  received: string
  resolve: (answered: Answered) => void
  reject: (error: Error) => void
}

/** One request at a time on each connection; a connection is opened when all are in use. */
export function poster(url: URL, headers: Readonly<Record<string, string>>): Poster {
  const head = headOf(url, headers)
  const idle: Connection[] = []
  const all: Connection[] = []
  return {
    post(body) {
      const connection = idle.pop() ?? open(url, all)
      const { promise, resolve, reject } = Promise.withResolvers<Answered>()
      connection.resolve = (answered) => {
        idle.push(connection)
        resolve(answered)
      }
      connection.reject = reject
      connection.socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`)
      return promise
    },
    close: () => all.forEach(({ socket }) => socket.destroy()),
  }
}

function headOf(url: URL, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ host: url.host, 'content-type': 'application/json', ...headers })
  return [`POST ${url.pathname} HTTP/1.1`, ...lines.map((line) => line.join(': ')), 'content-length: '].join('\r\n')
}

function open(url: URL, all: Connection[]): Connection {
  const socket = connect(Number(url.port), url.hostname).setNoDelay().setEncoding('latin1')
  const connection: Connection = { socket, received: '', resolve: () => {}, reject: () => {} }
  all.push(connection)
  socket.on('data', (part: string) => receive(connection, part))
  socket.on('error', (error) => connection.reject(error))
  socket.on('close', () => connection.reject(new Error('the server closed the connection')))
  return connection
}

/** Only what the measured servers send: a status line, a content length, a body. */
function receive(connection: Connection, part: string): void {
  connection.received += part
  const { received } = connection
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return
  const length = Number(/\ncontent-length: (\d+)/i.exec(received.slice(0, end))?.[1])
  if (received.length < end + 4 + length) return
  connection.received = ''
  connection.resolve({ status: Number(received.slice(9, 12)), body: received.slice(end + 4) })
}
