/** A node of our own that speaks as algod does and poses as testnet, and a wire before it that remembers what passed. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Algodv2, waitForConfirmation } from 'algosdk'
import { launch } from '../child.ts'

const bin = fileURLToPath(new URL('../../packages/chancery/test/nodes/algorand/algod/bin.ts', import.meta.url))
const genesis = ['--genesis-id', 'testnet-v1.0', '--genesis-hash', 'SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=']

export const network = 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe'

export interface Algod {
  readonly url: string
  readonly client: Algodv2
  /** The test server's faucet. */
  fund(address: string, amount: number): Promise<void>
  /** An application that approves every call and sends `inner` transactions itself. @returns its number */
  makeApplication(creator: string, inner: number): Promise<string>
  balance(address: string): Promise<bigint>
  /** Sends, and waits until it is confirmed. @returns the id and the round */
  confirm(...transactions: readonly Uint8Array[]): Promise<string>
}

export async function startAlgod(cwd: string): Promise<Algod> {
  const program = launch({ command: process.execPath, args: [bin, ...genesis], cwd, env: {} })
  const url = await program.line((line) =>
    line.startsWith('{') ? (JSON.parse(line) as { url: string }).url : undefined,
  )
  const { hostname, port } = new URL(url)
  const client = new Algodv2('', `http://${hostname}`, port)
  const control = async (name: string, asked: object): Promise<unknown> => {
    const reply = await fetch(new URL(`/_algod/${name}`, url), { method: 'POST', body: JSON.stringify(asked) })
    if (!reply.ok) throw new Error(`${name}: ${await reply.text()}`)
    return reply.json()
  }
  return {
    url,
    client,
    fund: async (address, amount) => void (await control('fund', { address, amount })),
    makeApplication: async (creator, inner) =>
      ((await control('application', { creator, inner })) as { application: string }).application,
    balance: async (address) => (await client.accountInformation(address).do()).amount,
    confirm: async (...transactions) => {
      const { txid } = await client.sendRawTransaction([...transactions]).do()
      const { confirmedRound } = await waitForConfirmation(client, txid, 4)
      return `${txid} in round ${confirmedRound}`
    },
  }
}

export interface Wire {
  readonly url: string
  /** Requests and replies as they passed, each byte a character. */
  passed(): string
  close(): void
}

export async function layWire(to: string): Promise<Wire> {
  const parts: string[] = []
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = request
    const body = await buffer(request)
    const type = headers['content-type'] ?? 'application/json'
    const sent = method === 'GET' ? {} : { body, headers: { 'content-type': type } }
    const reply = await fetch(new URL(url, to), { method, ...sent })
    const answer = Buffer.from(await reply.arrayBuffer())
    parts.push(`${method} ${url} ${JSON.stringify(headers)}\n`, body.toString('latin1'), answer.toString('latin1'))
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? type }).end(answer)
  }
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    passed: () => parts.join('\n'),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
