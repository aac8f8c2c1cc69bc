/** Which store, and how the way to it is protected. */
import { resolve } from 'node:path'
import { isIP } from 'node:net'
import type { Secret } from '../base/secret.ts'
import type { StoreConfig } from './config.ts'
import { ConfigError } from './problem.ts'
import { settings, type Setting } from './settings.ts'

/** `ssl*` parameters of the URL would turn verification off behind the setting's back. */
const tlsParameters = ['ssl', 'sslmode', 'sslcert', 'sslkey', 'sslrootcert', 'uselibpqcompat']

export function storeConfig(
  take: <T>(setting: Setting<T>) => T | undefined,
  attempt: (work: () => void) => void,
  cwd: string,
): StoreConfig {
  const url = take(settings.databaseUrl)
  const [tls, caFile] = [take(settings.databaseTls), take(settings.databaseCaFile)]
  if (url === undefined) return { kind: 'sqlite' }
  const parsed = parse(url)
  const local = isLoopback(parsed.hostname)
  const chosen = tls ?? (local ? 'off' : 'verify')
  attempt(() => requireProtection(parsed, chosen, local))
  const shown = `${parsed.host}${parsed.pathname}`
  return {
    kind: 'postgres',
    url,
    shown,
    tls: chosen,
    ...(caFile === undefined ? {} : { caFile: resolve(cwd, caFile) }),
  }
}

function parse(url: Secret): URL {
  const parsed = URL.parse(url.use((bytes) => Buffer.from(bytes).toString('utf8')))
  if (parsed === null || parsed.hostname === '') {
    throw new ConfigError([{ where: 'database.url', wanted: 'a URL with a host, postgres://user@host/database' }])
  }
  return parsed
}

function requireProtection(url: URL, tls: 'verify' | 'off', local: boolean): void {
  const parameter = tlsParameters.find((name) => url.searchParams.has(name))
  if (parameter !== undefined) {
    throw new ConfigError([
      { where: 'database.url', got: `the parameter ${parameter}`, wanted: 'database.tls instead' },
    ])
  }
  if (tls === 'off' && !local) {
    throw new ConfigError([
      { where: 'database.tls', got: 'off', wanted: `verify for ${url.hostname}, not on loopback` },
    ])
  }
}

export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
