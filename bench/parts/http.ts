/** POST over kept-alive connections: as thin as `node:http` allows, so that it measures the server. */
import { Agent, request } from 'node:http'

export interface Poster {
  post(body: string): Promise<{ readonly status: number; readonly body: string }>
  close(): void
}

export function poster(url: URL, connections: number, headers: Readonly<Record<string, string>>): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    post: (body) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
      const length = Buffer.byteLength(body)
      const asked = request(url, {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
      })
      asked.on('response', (reply) => {
        const parts: Buffer[] = []
        reply.on('data', (part: Buffer) => void parts.push(part))
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(parts).toString() }))
        reply.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(body)
      return promise
    },
    close: () => agent.destroy(),
  }
}
