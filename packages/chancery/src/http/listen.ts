/** Where a server listens: a TCP port, or the operator's unix socket. */
import { lstat, unlink } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { Failed } from '../core/errors.ts'
import type { HttpServer } from './server.ts'

export type ListenAt = { readonly host: string; readonly port: number } | { readonly socket: string }

/**
 * Starts to listen and says where: a URL, or the path of the socket, whose file is gone again when the server is closed.
 * @throws Failed `already-exists` when another service answers on the socket, or something else is in its place
 * @throws Error with the system's code, such as EADDRINUSE, when the port cannot be had
 */
export async function listen({ app, scheme }: HttpServer, at: ListenAt): Promise<string> {
  await app.ready()
  if ('socket' in at) return listenOnSocket(app.server, at.socket)
  // Fastify's own listens on both addresses of localhost.
  await app.listen({ host: at.host, port: at.port })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : at.port
  return `${scheme}://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`
}

async function listenOnSocket(server: Server, path: string): Promise<string> {
  await clearStale(path)
  // The file has its mode from the moment it exists: `chmod` afterwards would leave a gap.
  const before = process.umask(0o177)
  const listening = bound(server, path)
  process.umask(before)
  await listening
  return path
}

function bound(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ path }, () => {
    server.off('error', reject)
    resolve()
  })
  return promise
}

/** A socket file stays behind when a process is killed; one that nobody answers on is in the way. */
async function clearStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket()) throw new Failed('already-exists', `${path} is not a socket; it is in the way`)
  if (await answers(path)) throw new Failed('already-exists', `Another service answers on ${path}`)
  await unlink(path)
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(path)
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
