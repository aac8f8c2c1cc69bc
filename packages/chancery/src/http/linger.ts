/**
 * An answer that comes before its question was read to the end. A connection that is closed while bytes are still coming is
 * reset, and a reset takes the answer along (RFC 9112, 9.6): the rest is taken in and forgotten first, for a while.
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Milliseconds. */
const longest = 5_000

/** Whether bytes of its body may still come. */
export function isUnread(request: IncomingMessage): boolean {
  const { headers, complete, readableEnded, destroyed } = request
  if (complete || readableEnded || destroyed) return false
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/** `text` at once, and its end when the body has ended. The reply must say its length, or it is read only then. */
export function lingering(text: string, request: IncomingMessage): Readable {
  const reply = new Readable({ read() {} })
  reply.push(text)
  const end = (): void => {
    clearTimeout(timer)
    request.off('end', end).off('close', end)
    if (!reply.destroyed) reply.push(null)
  }
  const timer = setTimeout(end, longest)
  request.once('end', end).once('close', end).resume()
  return reply
}
