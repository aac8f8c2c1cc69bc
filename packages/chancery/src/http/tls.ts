/** TLS on the network's listener: from 1.2 on, exchanged while connections go on. */
import { X509Certificate } from 'node:crypto'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { RequestListener } from 'node:http'
import type { Authorities } from './auth/certificate.ts'

/** What a listener proves itself with: certificate and key as PEM, or both as PKCS #12. */
export type TlsMaterial = (
  | { readonly certificate: string; readonly key: string }
  | { readonly pkcs12: Uint8Array; readonly password: string }
) & {
  /** PEM of the authorities whose client certificates are known by their common name. */
  readonly clientAuthorities?: string
}

export interface TlsOptions {
  readonly material: TlsMaterial
  /** Whether a connection without a client's certificate ends with its handshake. */
  readonly clients: 'asked' | 'required'
}

export interface Tls {
  server(http: ServerOptions, handler: RequestListener): Server
  authorities(): Authorities
  /** What the newest connection was shown; undefined before the first one. */
  certificate(): X509Certificate | undefined
  /** For connections from now on. @throws Error for material that does not fit together; then nothing has changed */
  exchange(material: TlsMaterial): void
}

/** @throws Error for authorities that are no certificates */
export function createTls({ material, clients }: TlsOptions): Tls {
  let authorities = authoritiesOf(material)
  const servers: Server[] = []
  let shown: X509Certificate | undefined
  return {
    authorities: () => authorities,
    certificate: () => shown,
    server(http, handler) {
      const server = createServer({ ...http, ...contextOf(material), ...asked }, handler)
      server.on('secureConnection', (socket) => {
        shown = socket.getX509Certificate() ?? shown
      })
      if (clients === 'required') {
        server.on('secureConnection', (socket) => {
          if (socket.getPeerX509Certificate() === undefined) socket.destroy()
        })
      }
      servers.push(server)
      return server
    },
    exchange(next) {
      const read = authoritiesOf(next)
      for (const server of servers) server.setSecureContext(contextOf(next))
      authorities = read
    },
  }
}

/** Whose certificate it is, is asked of each request: one that is known by its fingerprint needs no authority. */
const asked = { requestCert: true, rejectUnauthorized: false } as const

function authoritiesOf({ clientAuthorities = '' }: TlsMaterial): Authorities {
  const texts = clientAuthorities.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? []
  return texts.map((text) => new X509Certificate(text))
}

function contextOf(material: TlsMaterial) {
  const own =
    'pkcs12' in material
      ? { pfx: Buffer.from(material.pkcs12), passphrase: material.password }
      : { cert: material.certificate, key: material.key }
  const { clientAuthorities: ca } = material
  return { ...own, ...(ca !== undefined && { ca }), minVersion: 'TLSv1.2' } as const
}
