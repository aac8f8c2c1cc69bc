/**
 * The certificate a connection proved. A handshake with one proves its key; whether the name in it means something is for
 * the authority that signed it, so a name counts only where one of the listener's own authorities did.
 */
import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Refused } from '../../core/errors.ts'

export interface Proved {
  /** SHA-256, 64 lower-case hex digits. */
  readonly fingerprint: string
  /** Its common name, where a configured authority signed it. */
  readonly name?: string
}

/** Certificates of the authorities that a listener has now. */
export type Authorities = readonly X509Certificate[]

interface Known {
  readonly authorities: Authorities
  readonly proved: Proved
  /** Milliseconds since 1970. */
  readonly from: number
  readonly until: number
}

/** What a connection showed does not change, and reading it costs 100 µs. The authorities may change. */
const known = new WeakMap<Socket, Known | 'none'>()

/** @throws Refused `unauthenticated` for one that is not valid now */
export function certificateOf(socket: Socket, authorities: Authorities, now = Date.now()): Proved | undefined {
  if (!(socket instanceof TLSSocket)) return undefined
  const before = known.get(socket)
  const found = before === 'none' || before?.authorities === authorities ? before : readFrom(socket, authorities)
  if (found === 'none') return undefined
  if (now < found.from || now > found.until) {
    throw new Refused('unauthenticated', 'The credential is missing, wrong or not valid here and now')
  }
  return found.proved
}

function readFrom(socket: TLSSocket, authorities: Authorities): Known | 'none' {
  const certificate = socket.getPeerX509Certificate()
  const found = certificate === undefined ? 'none' : read(certificate, socket.authorized, authorities)
  known.set(socket, found)
  return found
}

function read(certificate: X509Certificate, authorized: boolean, authorities: Authorities): Known {
  const { subject } = certificate.toLegacyObject()
  const name: unknown = subject?.CN
  const vouched = authorized && typeof name === 'string' && isSignedBy(certificate, authorities)
  return {
    authorities,
    proved: {
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      ...(vouched && { name }),
    },
    from: Date.parse(certificate.validFrom),
    until: Date.parse(certificate.validTo),
  }
}

const longestChain = 5

/**
 * Asked beside `authorized`, which also trusts what came with the listener's own PKCS #12 file.
 * https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions
 */
function isSignedBy(certificate: X509Certificate, authorities: Authorities): boolean {
  let link: X509Certificate | undefined = certificate
  for (let depth = 0; link !== undefined && depth < longestChain; depth++) {
    const signed: X509Certificate = link
    if (authorities.some((authority) => isIssuedBy(signed, authority))) return true
    const issuer: X509Certificate | undefined = signed.issuerCertificate
    link = issuer?.ca === true && isIssuedBy(signed, issuer) ? issuer : undefined
  }
  return false
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}
