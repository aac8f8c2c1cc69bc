/** API keys: `X-API-Key`, or `Authorization: Bearer`. Whether a key is right is for the authenticator to say. */
import { Refused } from '../../core/errors.ts'
import type { Authenticator } from '../../core/services.ts'
import type { Caller, Identify } from './identify.ts'

const bearer = /^Bearer +([^\s,]+)$/i
const longest = 512

export function apiKeyAuth(authenticator: Authenticator): Identify {
  return async (caller) =>
    authenticator.authenticate({ scheme: 'api-key', secret: secretOf(caller), address: caller.address })
}

function secretOf({ headers }: Caller): string {
  const secrets = new Set([...plainKey(headers['x-api-key']), ...bearerToken(headers.authorization)])
  const [secret] = secrets
  if (secret === undefined) throw missing('The request carries no API key')
  if (secrets.size > 1) throw missing('X-API-Key and Authorization carry different keys')
  if (secret.length > longest) throw missing('The API key is not one of this service')
  return secret
}

function plainKey(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [String(value)]
}

function bearerToken(value: string | undefined): string[] {
  if (value === undefined) return []
  const [, token] = bearer.exec(value) ?? []
  if (token === undefined) throw missing('Authorization must be `Bearer` and an API key')
  return [token]
}

function missing(detail: string): Refused {
  return new Refused('unauthenticated', detail, { hint: 'send it as X-API-Key, or as Authorization: Bearer' })
}
