/** Validator clients as HTTP clients: one connection pool each, kept alive, with the headers that each sends and no others. */
import { Agent, request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { ClientRequest } from '../chains/consensus/client-requests.ts'

export type ClientName = ClientRequest['client']

export interface AgentReply {
  readonly status: number
  readonly type: string
  readonly keepAlive: string
  readonly body: string
  /** The port at this end of its connection. */
  readonly connection: number | undefined
}

export interface ClientAgent {
  post(path: string, body: object): Promise<AgentReply>
  get(path: string): Promise<AgentReply>
  close(): void
}

interface Habits {
  readonly headers: Readonly<Record<string, string>>
  /** Connections at most. */
  readonly sockets: number
}

const json = { 'content-type': 'application/json' }
const go = { ...json, 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip' }

/** What stands beside Accept, which is each request's. */
const habits: Readonly<Record<ClientName, Habits>> = {
  Lodestar: {
    headers: { ...json, 'user-agent': 'node', 'accept-language': '*', 'sec-fetch-mode': 'cors' },
    sockets: 16,
  },
  Teku: { headers: { 'content-type': 'application/json', 'user-agent': 'teku' }, sockets: 8 },
  Prysm: { headers: go, sockets: 2 },
  Lighthouse: { headers: { ...json, 'user-agent': 'Lighthouse' }, sockets: 32 },
  Nimbus: { headers: { ...json, 'user-agent': 'nimbus' }, sockets: 4 },
  Vero: { headers: { ...json, 'user-agent': 'Vero', 'accept-encoding': 'gzip, deflate' }, sockets: 10 },
  SSV: { headers: go, sockets: 2 },
}

/** `url` may hold a name and an API key, as Teku's operators write it, or an API key in its path. */
export function clientAgent(client: ClientName, url: string, accept: string | undefined): ClientAgent {
  const { headers, sockets } = habits[client]
  const agent = new Agent({ keepAlive: true, maxSockets: sockets })
  const base = new URL(url)
  const send = async (method: string, path: string, sent?: string): Promise<AgentReply> => {
    const length = sent === undefined ? {} : { 'content-length': Buffer.byteLength(sent) }
    const asked = request(new URL(base.pathname.replace(/\/$/, '') + path, base), {
      agent,
      method,
      headers: { ...headers, ...(accept !== undefined && { accept }), ...length },
      ...(base.password !== '' && { auth: `${base.username}:${base.password}` }),
    })
    asked.end(sent)
    const [reply] = (await once(asked, 'response')) as [IncomingMessage]
    const connection = reply.socket.localPort
    return {
      status: reply.statusCode ?? 0,
      type: reply.headers['content-type'] ?? '',
      keepAlive: String(reply.headers['keep-alive'] ?? ''),
      body: await text(reply),
      connection,
    }
  }
  return {
    post: (path, body) => send('POST', path, JSON.stringify(body)),
    get: (path) => send('GET', path),
    close: () => agent.destroy(),
  }
}
