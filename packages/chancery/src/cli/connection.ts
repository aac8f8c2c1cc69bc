/** The way to the running service: its 0600 socket in the data directory. */
import { request } from 'node:http'
import { createClient, type Client, type Transport } from '@chancery/client'
import { loadPlaces } from '../config/load.ts'
import type { Given, Terminal } from './command.ts'
import { NoService } from './errors.ts'

/** Every call throws ChanceryError, caused by NoService when none runs on the data directory. */
export function connect(given: Given, terminal: Terminal): Client {
  return createClient({ transport: overSocket(socketOf(given, terminal)) })
}

function socketOf(given: Given, terminal: Terminal): string {
  const flags = flagsOf(given, ['config', 'data-dir'])
  return loadPlaces({ flags, env: terminal.env, cwd: terminal.cwd }).socket
}

/** The flags of a command that are settings, as configuration takes them. */
export function flagsOf(given: Given, names: readonly string[]): Record<string, string | true> {
  const values = names.map((name) => [name, given.has(name) || given.text(name)] as const)
  return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

function overSocket(socketPath: string): Transport {
  return ({ method, path, headers, body, timeout }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Transport>>>()
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const sent = request(
      { socketPath, method, path, timeout, headers: { host: 'localhost', ...headers, ...length } },
      (reply) => {
        const parts: Buffer[] = []
        reply.on('data', (part: Buffer) => parts.push(part))
        reply.on('error', reject)
        reply.on('end', () =>
          resolve({
            status: reply.statusCode ?? 0,
            headers: textHeaders(reply.headers),
            body: Buffer.concat(parts).toString(),
          }),
        )
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('it took too long')))
    sent.on('error', (error) => reject(explained(error, socketPath)))
    sent.end(body)
    return promise
  }
}

function textHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))
}

/** What a socket's error means to whoever called. */
export function explained(error: Error, path: string): Error {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new NoService(
      `No service runs on ${path}. Start it with "chancery serve", or name its folder with --data-dir`,
    )
  }
  if (code === 'EACCES')
    return new NoService(`${path} belongs to another user: run this as the user the service runs as`)
  return error
}
