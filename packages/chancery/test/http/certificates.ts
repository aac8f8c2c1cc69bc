/** Certificates for tests, made by OpenSSL where they are used: no key of any kind lies in the repository. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Made {
  readonly certificate: string
  readonly key: string
  /** SHA-256, 64 lower-case hex digits. */
  readonly fingerprint: string
}

const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'ignore'] })

const keyed = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export interface CertificateMaker {
  /** Signed by itself, for localhost. */
  selfSigned(commonName: string, days?: number): Made
  signedBy(authority: Made, commonName: string): Made
  /** As PKCS #12 under a password, with other certificates beside it. */
  pkcs12(made: Made, password: string, beside?: readonly Made[]): Buffer
  end(): void
}

/** Where its files are, without ending: by fingerprint. */
type Places = Map<string, string>

/** @throws where there is no OpenSSL: these tests need it */
export function certificateMaker(): CertificateMaker {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-tls-'))
  const places: Places = new Map()
  const place = () => join(folder, String(places.size))
  return {
    selfSigned: (commonName, days = 2) => selfSigned(places, place(), commonName, days),
    signedBy: (authority, commonName) => signed(places, place(), authority, commonName),
    pkcs12: (made, password, beside = []) => pkcs12(places, `${place()}.p12`, made, password, beside),
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function read(places: Places, place: string): Made {
  const certificate = readFileSync(`${place}.pem`, 'utf8')
  const fingerprint = new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase()
  places.set(fingerprint, place)
  return { certificate, key: readFileSync(`${place}.key`, 'utf8'), fingerprint }
}

function selfSigned(places: Places, place: string, commonName: string, days: number): Made {
  const names = ['-subj', `/CN=${commonName}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const files = ['-keyout', `${place}.key`, '-out', `${place}.pem`]
  openssl('req', '-x509', ...keyed, ...names, '-days', String(days), ...files)
  return read(places, place)
}

function signed(places: Places, place: string, { fingerprint }: Made, commonName: string): Made {
  const by = places.get(fingerprint) ?? ''
  openssl('req', ...keyed, '-subj', `/CN=${commonName}`, '-keyout', `${place}.key`, '-out', `${place}.csr`)
  const authority = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', '2']
  openssl('x509', '-req', '-in', `${place}.csr`, ...authority, '-out', `${place}.pem`)
  return read(places, place)
}

function pkcs12(places: Places, out: string, made: Made, password: string, beside: readonly Made[]): Buffer {
  const placeOf = ({ fingerprint }: Made) => places.get(fingerprint) ?? ''
  const own = ['-in', `${placeOf(made)}.pem`, '-inkey', `${placeOf(made)}.key`]
  const more = beside.flatMap((one) => ['-certfile', `${placeOf(one)}.pem`])
  openssl('pkcs12', '-export', ...own, ...more, '-out', out, '-passout', `pass:${password}`)
  return readFileSync(out)
}
