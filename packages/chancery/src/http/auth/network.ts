/** The network's listener: an API key, else the certificate of the connection, else, for validator clients, the address. */
import { isIPv4, type Socket } from 'node:net'
import type { Principal } from '../../core/access.ts'
import type { Authenticator, Credential } from '../../core/services.ts'
import { apiKeyOf, notAuthenticated } from './api-key.ts'
import { certificateOf, type Authorities } from './certificate.ts'
import type { Caller, Identify } from './identify.ts'

export interface NetworkAuth {
  readonly authenticator: Authenticator
  /** Whom a validator client on this machine is taken for; given only where the listener is on loopback. */
  readonly loopback?: Principal
  /** Whose client certificates are known by name. */
  authorities(): Authorities
}

export function networkAuth({ authenticator, loopback, authorities }: NetworkAuth): Identify {
  // No promise of its own: the authenticator's is enough.
  return (caller) => {
    const { address } = caller
    const secret = apiKeyOf(caller)
    const certificate = certificateOf(caller.socket, authorities())
    const byKey = secret === undefined ? undefined : ({ scheme: 'api-key', secret, address } as const)
    const byCertificate = certificate && ({ scheme: 'certificate', ...certificate, address } as const)
    if (byKey && byCertificate) return agreed(authenticator, byKey, byCertificate)
    const only = byKey ?? byCertificate
    if (only !== undefined) return authenticator.authenticate(only)
    if (!caller.validators) throw notAuthenticated('The request carries no API key')
    const otherwise = loopback !== undefined && isFromHere(caller) ? loopback : undefined
    return authenticator.authenticate({ scheme: 'source', address, ...(otherwise && { otherwise }) })
  }
}

/** A certificate that is nobody's says nothing beside a key; one that is somebody else's says that something is wrong. */
async function agreed(authenticator: Authenticator, key: Credential, certificate: Credential): Promise<Principal> {
  const [principal, other] = await Promise.all([
    authenticator.authenticate(key),
    authenticator.authenticate(certificate).catch(() => undefined),
  ])
  if (other === undefined || other.client === principal.client) return principal
  throw notAuthenticated('The API key and the certificate are those of different clients')
}

/** Not only its connection: what a proxy on this machine passes on comes from elsewhere. */
function isFromHere({ socket, headers, address }: Caller): boolean {
  return isLoopbackPeer(socket) && isLoopback(address) && !Object.keys(headers).some(isProxys)
}

const proxys = new Set(['forwarded', 'via', 'x-real-ip', 'x-client-ip', 'x-original-host', 'true-client-ip'])

/** Headers that proxies add, and validator clients never send. */
function isProxys(name: string): boolean {
  return proxys.has(name) || name.startsWith('x-forwarded-') || name.startsWith('cf-') || name.startsWith('x-envoy-')
}

function isLoopbackPeer({ remoteAddress }: Socket): boolean {
  return remoteAddress !== undefined && isLoopback(remoteAddress)
}

function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'))
}
