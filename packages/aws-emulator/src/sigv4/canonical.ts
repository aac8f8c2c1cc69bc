import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** What SigV4 signs. Source: AWS IAM user guide, "Create a signed AWS API request". */
export interface SignedRequest {
  readonly method: string
  /** Path and query as they came on the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Scope {
  readonly date: string
  readonly region: string
  readonly service: string
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')

const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

/** RFC 3986 encoding: encodeURIComponent leaves `!'()*` alone, SigV4 does not. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** What is not valid percent-encoding stands for itself; its signature will not match. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((segment) => encode(decode(segment)))
    .join('/')
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return `${encode(decode(name))}=${encode(decode(value.join('=')))}`
  })
  return pairs.sort().join('&')
}

function canonicalHeader(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  const text = Array.isArray(value) ? value.join(',') : (value ?? '')
  return `${name}:${text.trim().replace(/ +/g, ' ')}\n`
}

export function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const [path = '/', query = ''] = request.target.split('?')
  return [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    signedHeaders.map((name) => canonicalHeader(request.headers, name)).join(''),
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n')
}

/** Hex SigV4 signature of a canonical request. `timestamp` is `YYYYMMDDTHHMMSSZ`. */
export function signature(secret: string, timestamp: string, scope: Scope, canonical: string): string {
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scopeText, sha256(canonical)].join('\n')
  const dateKey = hmac(`AWS4${secret}`, scope.date)
  const signingKey = hmac(hmac(hmac(dateKey, scope.region), scope.service), 'aws4_request')
  return hmac(signingKey, toSign).toString('hex')
}
