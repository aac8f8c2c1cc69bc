/** EVM nodes to send to, and a wire between the service and one of them that can be cut. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { launch, type Program } from './child.ts'

export interface EvmNode {
  readonly url: string
  readonly program: Program
  /** @throws Error with the node's own words */
  rpc(method: string, ...params: readonly unknown[]): Promise<unknown>
}

/** anvil, a development node: it mines a block for every transaction, at once. */
export async function startAnvil(cwd: string, ...args: readonly string[]): Promise<EvmNode> {
  const program = launch({ command: anvil(), args: ['--port', '0', ...args], cwd, env: {} })
  const at = await program.line((line) => /^Listening on (\S+)/.exec(line)?.[1])
  const url = `http://${at}`
  return { url, program, rpc: (method, ...params) => ask(url, method, params) }
}

/** The native program itself: npm's wrapper around it would have to be ended apart from it. */
function anvil(): string {
  const name = `@foundry-rs/anvil-linux-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`
  return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'anvil')
}

async function ask(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const answer: unknown = JSON.parse(await post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })))
  if (typeof answer === 'object' && answer !== null && 'result' in answer) return answer.result
  throw new Error(`${method}: ${JSON.stringify(answer)}`)
}

async function post(url: string, body: string): Promise<string> {
  const signal = AbortSignal.timeout(10_000)
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal })
  return reply.text()
}

export interface Wire {
  readonly url: string
  /** While true, what would be sent to the chain is lost on the way; everything else passes. */
  cut: boolean
  close(): void
}

export async function layWire(node: string): Promise<Wire> {
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request)
    if (wire.cut && body.includes('"eth_sendRawTransaction"')) return void response.destroy()
    response.setHeader('content-type', 'application/json').end(await post(node, body))
  }
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const wire: Wire = {
    url: `http://127.0.0.1:${port}`,
    cut: false,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
  return wire
}
