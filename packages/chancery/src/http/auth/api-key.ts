/**
 * API keys, wherever a caller can put one: `X-API-Key`, `Authorization: Bearer`, the password of `Authorization: Basic`
 * (a URL of the form `https://name:key@host`; the name is not looked at), or the path. Whether a key is right is for the
 * authenticator to say.
 */
import { Refused } from '../../core/errors.ts'
import type { Caller } from './identify.ts'

const bearer = /^Bearer +([^\s,]+)$/i
const basic = /^Basic +([A-Za-z0-9+/]+={0,2})$/i
const longest = 512

/** The one API key the request carries. @throws Refused `unauthenticated` for two of them, and for what is none */
export function apiKeyOf({ headers, token }: Pick<Caller, 'headers' | 'token'>): string | undefined {
  const plain = headers['x-api-key']
  const authorization = headers.authorization
  if (plain === undefined && authorization === undefined) return checked(token)
  const secrets = new Set([
    ...(plain === undefined ? [] : [String(plain)]),
    ...(authorization === undefined ? [] : [authorized(authorization)]),
    ...(token === undefined ? [] : [token]),
  ])
  if (secrets.size > 1) throw notAuthenticated('The request carries different API keys')
  const [secret] = secrets
  return checked(secret)
}

function checked(secret: string | undefined): string | undefined {
  if (secret !== undefined && secret.length > longest) {
    throw notAuthenticated('The API key is not one of this service')
  }
  return secret
}

function authorized(value: string): string {
  const [, token] = bearer.exec(value) ?? []
  if (token !== undefined) return token
  const [, encoded] = basic.exec(value) ?? []
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  if (password !== undefined) return password
  throw notAuthenticated('Authorization must be `Bearer` and an API key')
}

export function notAuthenticated(detail: string): Refused {
  return new Refused('unauthenticated', detail, { hint: 'send it as X-API-Key, or as Authorization: Bearer' })
}
