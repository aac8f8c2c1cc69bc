/** A JSON-RPC node's bad days: stands between the relay and a real node and does what it is told to each method. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** What becomes of one request: passed on, or not; answered, or not. */
export type Treatment =
  | { readonly pass: boolean; readonly answer: 'drop' | 'error' }
  | { readonly pass: boolean; readonly result: unknown }

export interface Between {
  readonly url: URL
  /** Methods in the order they arrived. */
  readonly seen: { readonly method: string; readonly params: unknown }[]
  /** Undefined lets a request through untouched. */
  treat: (method: string, params: unknown) => Treatment | undefined
  close(): Promise<void>
}

export async function standBetween(node: URL): Promise<Between> {
  const seen: { method: string; params: unknown }[] = []
  const server = createServer((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown }
    seen.push({ method, params })
    const treatment = between.treat(method, params)
    const passed = !treatment || treatment.pass ? await forward(node, body) : ''
    if (treatment && 'answer' in treatment && treatment.answer === 'drop') return void response.destroy()
    response.setHeader('content-type', 'application/json')
    if (!treatment) response.end(passed)
    else if ('result' in treatment) response.end(JSON.stringify({ jsonrpc: '2.0', id, result: treatment.result }))
    else
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message: 'replacement transaction underpriced' } }),
      )
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const between: Between = {
    url: new URL(`http://127.0.0.1:${port}`),
    seen,
    treat: () => undefined,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return between
}

async function forward(node: URL, body: string): Promise<string> {
  const response = await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return response.text()
}
