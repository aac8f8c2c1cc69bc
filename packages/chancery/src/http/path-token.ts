/**
 * An API key in the path, for validator clients that can send no header: `/t/<key>/api/v1/…`. It is taken out before
 * anything else sees the path, so nothing that names a path names it.
 */
import type { IncomingMessage } from 'node:http'

const tokens = new WeakMap<IncomingMessage, string>()

const withToken = /^\/t\/([^/?#]+)(\/.*)$/s

/** The path without the key in it, which `tokenOf` gives from then on. */
export function withoutToken(request: IncomingMessage): string {
  const { url = '' } = request
  if (!url.startsWith('/t/')) return url
  const [, token, path] = withToken.exec(url) ?? []
  if (token === undefined || path === undefined) return '/'
  tokens.set(request, token)
  return path
}

export function tokenOf(request: IncomingMessage): string | undefined {
  return tokens.get(request)
}
