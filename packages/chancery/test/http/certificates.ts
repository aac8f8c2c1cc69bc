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

/** @throws where there is no OpenSSL: these tests need it */
export function certificateMaker() {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-tls-'))
  const at = (name: string) => join(folder, name)
  let count = 0
  const read = (name: string): Made => {
    const certificate = readFileSync(at(`${name}.pem`), 'utf8')
    const fingerprint = new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase()
    return { certificate, key: readFileSync(at(`${name}.key`), 'utf8'), fingerprint }
  }
  const keyed = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  return {
    /** Signed by itself, for localhost. */
    selfSigned(commonName: string, days = 2): Made {
      const name = `c${count++}`
      const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', String(days)]
      const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)]
      openssl('req', '-x509', ...keyed, '-subj', `/CN=${commonName}`, ...names, ...files)
      return read(name)
    },
    signedBy(authority: Made, commonName: string): Made {
      const name = `c${count++}`
      const ca = this.written(authority)
      openssl('req', ...keyed, '-subj', `/CN=${commonName}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`))
      const by = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', '2']
      openssl('x509', '-req', '-in', at(`${name}.csr`), ...by, '-out', at(`${name}.pem`))
      return read(name)
    },
    /** As PKCS #12 under a password, with other certificates beside it. */
    pkcs12(made: Made, password: string, beside: readonly Made[] = []): Buffer {
      const own = this.written(made)
      const out = at(`s${count++}.p12`)
      const more = beside.flatMap((one) => ['-certfile', `${this.written(one)}.pem`])
      openssl(
        'pkcs12',
        '-export',
        '-in',
        `${own}.pem`,
        '-inkey',
        `${own}.key`,
        ...more,
        '-out',
        out,
        '-passout',
        `pass:${password}`,
      )
      return readFileSync(out)
    },
    /** Path without ending of the files that hold it. */
    written({ fingerprint }: Made): string {
      const found = Array.from({ length: count }, (_, index) => `c${index}`).find((name) => {
        try {
          return read(name).fingerprint === fingerprint
        } catch {
          return false
        }
      })
      return at(found ?? '')
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}
