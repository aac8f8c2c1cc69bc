/** An algod-shaped HTTP server, with an indexer below `/indexer`, a faucet, and faults for those who want to see them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { readGroup, type Genesis } from './admission.ts'
import {
  account,
  blockHeader,
  controlled,
  json,
  params,
  pending,
  simulated,
  status,
  versions,
  type Answer,
} from './answers.ts'
import { createChain, type Chain } from './chain.ts'
import { control } from './control.ts'
import { strike, type Fault } from './faults.ts'
import { LedgerRefusal, type Ledger } from './ledger.ts'

export interface AlgodOptions {
  readonly ledger: Ledger
  readonly genesis?: Genesis
  /** Asked of whoever speaks to `/v2`, of the indexer too. */
  readonly token?: string
  readonly port?: number
}

export interface Algod {
  /** Of algod; with the token in it where one is asked for. */
  readonly url: URL
  readonly indexerUrl: URL
  readonly chain: Chain
  /** Those to come; each takes itself out once it has struck often enough. */
  readonly faults: Fault[]
  /** Paths asked for, in order, with their methods. */
  readonly asked: string[]
  close(): Promise<void>
}

export async function startAlgod(options: AlgodOptions): Promise<Algod> {
  const chain = createChain(options.ledger, options.genesis)
  const faults: Fault[] = []
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    void serve({ chain, faults, token: options.token }, request, response).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify({ message: String(error) }))
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = new URL(`http://${options.token === undefined ? '' : `:${options.token}@`}127.0.0.1:${port}`)
  const close = async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return { url, indexerUrl: new URL('/indexer', url), chain, faults, asked, close }
}

interface Room {
  readonly chain: Chain
  readonly faults: Fault[]
  readonly token: string | undefined
}

async function serve(room: Room, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://server')
  const body = await buffer(request)
  const fault = url.pathname.startsWith('/_algod/') ? undefined : strike(room.faults, url.pathname)
  if (fault?.slow !== undefined) await pause(fault.slow, undefined, { ref: false })
  if (fault?.drop === 'before') return void response.destroy()
  const right = fault?.status === undefined && fault?.body === undefined
  const answer = right ? answerTo(room, request, url, body) : wrong(fault)
  if (fault?.drop === 'after') return void response.destroy()
  response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body)
}

function wrong({ status: code = 200, body = '{"message":"a fault was asked for"}' }: Fault): Answer {
  return { status: code, type: 'application/json', body }
}

function answerTo({ chain, faults, token }: Room, request: IncomingMessage, url: URL, body: Buffer): Answer {
  const { pathname } = url
  const name = pathname.startsWith('/indexer') ? 'x-indexer-api-token' : 'x-algo-api-token'
  if (pathname.includes('/v2/') && token !== undefined && request.headers[name] !== token) {
    return json(401, { message: 'Invalid API Token' })
  }
  try {
    if (pathname.startsWith('/_algod/')) return control(chain, faults, pathname.slice('/_algod/'.length), body)
    return request.method === 'POST' ? post(chain, url, body) : get(chain, url)
  } catch (error) {
    if (error instanceof LedgerRefusal) return json(400, { message: error.message })
    throw error
  }
}

const notFound = json(404, { message: 'Not Found' })

function post(chain: Chain, { pathname, searchParams }: URL, body: Buffer): Answer {
  if (pathname === '/v2/transactions') return json(200, { txId: chain.submit(readGroup(body)) })
  if (pathname === '/v2/transactions/simulate') return simulated(chain, body, searchParams.get('format'))
  return notFound
}

function get(chain: Chain, { pathname, searchParams }: URL): Answer {
  const [, , , last = ''] = /^(\/indexer)?(\/.*)\/([^/]+)$/.exec(pathname) ?? []
  if (pathname === '/versions') return versions(chain)
  if (pathname === '/v2/transactions/params') return params(chain)
  if (pathname === '/v2/status') return status(chain)
  if (pathname.startsWith('/v2/status/wait-for-block-after/')) return waited(chain, BigInt(last))
  if (pathname.startsWith('/v2/accounts/')) return account(chain, last)
  if (pathname.startsWith('/v2/transactions/pending/')) return pending(chain, last, searchParams.get('format'))
  if (pathname === '/indexer/health') return json(200, { round: Number(chain.round()), message: '', version: 'test' })
  if (pathname === '/indexer/v2/accounts') return controlled(chain, searchParams.get('auth-addr') ?? '')
  if (pathname.startsWith('/indexer/v2/blocks/')) return blockHeader(chain, Number(last))
  return notFound
}

/** Nobody else makes blocks here, so whoever waits for one gets it. */
function waited(chain: Chain, round: bigint): Answer {
  if (chain.round() <= round) chain.advance(round + 1n - chain.round())
  return status(chain)
}
