/** TLS of the network's listener, from the files the configuration names, and from them again when told to. */
import type { X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { connect } from 'node:tls'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import type { TlsConfig } from '../config/tls.ts'
import { Failed } from '../core/errors.ts'
import type { Finding } from '../core/services.ts'
import type { Examination } from '../health/doctor.ts'
import { createTls, type Tls, type TlsMaterial } from '../http/tls.ts'

export interface ListenerTls {
  readonly tls: Tls
  /** Reads the files again. @throws Failed `not-configured`; then everything is as it was */
  reload(): Promise<void>
}

/** @throws Failed `not-configured` for files that cannot be read, or do not fit together */
export async function openTls(config: TlsConfig): Promise<ListenerTls> {
  const material = await materialOf(config)
  const tls = fitting(config, () => createTls({ material, clients: config.clients }))
  return {
    tls,
    reload: async () => {
      const next = await materialOf(config)
      fitting(config, () => tls.exchange(next))
    },
  }
}

function fitting<T>(config: TlsConfig, work: () => T): T {
  try {
    return work()
  } catch (error) {
    // What OpenSSL says names no secret; its message is all there is.
    const got = error instanceof Error ? error.message : String(error)
    throw refusal(config, 'The certificate and the key of the listener do not fit together', got)
  }
}

async function materialOf(config: TlsConfig): Promise<TlsMaterial> {
  const { clientCaFile } = config
  const clientAuthorities = clientCaFile === undefined ? {} : { clientAuthorities: await textOf(clientCaFile) }
  if (config.kind === 'pem') {
    const [certificate, key] = [await textOf(config.certFile), await secretOf(config.keyFile)]
    return { certificate, key: key.toString('utf8'), ...clientAuthorities }
  }
  const password = (await secretOf(config.passwordFile)).toString('utf8').replace(/\r?\n$/, '')
  return { pkcs12: await bytesOf(config.keystoreFile), password, ...clientAuthorities }
}

async function bytesOf(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    const got = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Failed('not-configured', 'A file of the listener cannot be read', { particulars: { where: path, got } })
  })
}

async function textOf(path: string): Promise<string> {
  return (await bytesOf(path)).toString('utf8')
}

/** A file that everybody may read is no secret. */
async function secretOf(path: string): Promise<Buffer> {
  const bytes = await bytesOf(path)
  const { mode } = await stat(path)
  if ((mode & 0o007) === 0) return bytes
  throw new Failed('not-configured', 'Everybody on this machine may read a secret of the listener', {
    particulars: { where: path, got: `mode ${(mode & 0o777).toString(8)}`, hint: `chmod 600 ${path}` },
  })
}

function refusal(config: TlsConfig, detail: string, got: string): Failed {
  const where = config.kind === 'pem' ? config.certFile : config.keystoreFile
  return new Failed('not-configured', detail, { particulars: { where, got } })
}

const day = 86_400_000
const soon = 30 * day

/** When the certificate ends that the listener shows now: asked of the listener itself, as a client would. */
export function certificateExaminations({ tls, host, port }: Config, clock: Clock): readonly Examination[] {
  if (tls === undefined) return []
  const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return [{ name: 'certificate', examine: async () => [findingOf(await shownBy(near, port), clock.now())] }]
}

function findingOf(certificate: X509Certificate, now: number): Finding {
  const subject = 'certificate'
  const left = Date.parse(certificate.validTo) - now
  const got = `ends ${new Date(certificate.validTo).toISOString()}`
  if (left > soon) return { subject, level: 'ok', got }
  const advice = 'Put a new one in its place and send the service SIGHUP: no connection is dropped'
  return { subject, level: left > 0 ? 'warning' : 'problem', got, advice }
}

function shownBy(host: string, port: number): Promise<X509Certificate> {
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>()
  const socket = connect({ host, port, rejectUnauthorized: false, timeout: 2_000 })
  socket.once('secureConnect', () => {
    const shown = socket.getPeerX509Certificate()
    if (shown === undefined) reject(new Failed('internal', 'The listener shows no certificate'))
    else resolve(shown)
  })
  socket.once('error', reject).once('timeout', () => socket.destroy(new Error('it does not answer')))
  return promise.finally(() => socket.destroy())
}
