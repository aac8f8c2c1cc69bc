/** The network's listener: an API key, else the certificate of the connection, else, for validator clients, the address. */
import { isIPv4, type Socket } from 'node:net'
import type { Principal } from '../../core/access.ts'
import { Refused } from '../../core/errors.ts'
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
    const here = isLoopback(address)
    if (here && !isDirect(caller)) throw fromAnywhere()
    const otherwise = here ? loopback : undefined
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

/**
 * Whether nothing shows that a proxy on this machine passes it on, from wherever. Proxies that show nothing there are too,
 * so this is no proof: who puts one in front switches the trust in loopback off.
 */
function isDirect({ socket, headers, version }: Caller): boolean {
  return (
    isLoopbackPeer(socket) &&
    version === '1.1' &&
    isLocalHost(headers.host) &&
    !Object.keys(headers).some(isProxyHeader)
  )
}

function fromAnywhere(): Refused {
  return new Refused('unauthenticated', "The request came through a proxy, so that its address is anybody's", {
    hint: 'give the validator client a certificate or an API key; directly it asks in HTTP/1.1, for localhost or 127.0.0.1',
  })
}

const proxyHeaders = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-host',
  'x-original-forwarded-for',
  'true-client-ip',
  'cdn-loop',
])

/** Headers that proxies add, and validator clients never send. */
function isProxyHeader(name: string): boolean {
  return (
    proxyHeaders.has(name) || name.startsWith('x-forwarded-') || name.startsWith('cf-') || name.startsWith('x-envoy-')
  )
}

/** What a client on this machine was told to ask; nginx passes on in HTTP/1.0 unless it is told otherwise (until 1.29.7). */
const localHost = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?$/i

function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && localHost.test(host)
}

function isLoopbackPeer({ remoteAddress }: Socket): boolean {
  return remoteAddress !== undefined && isLoopback(remoteAddress)
}

function isLoopback(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'))
}
