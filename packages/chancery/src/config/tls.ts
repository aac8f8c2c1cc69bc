/** What the network's listener proves itself with, and whom of its clients' authorities it believes. */
import { resolve } from 'node:path'
import { ConfigError } from './problem.ts'
import { settings, type Setting } from './settings.ts'

export type TlsConfig = (
  | { readonly kind: 'pem'; readonly certFile: string; readonly keyFile: string }
  | { readonly kind: 'pkcs12'; readonly keystoreFile: string; readonly passwordFile: string }
) & {
  readonly clientCaFile?: string
  readonly clients: 'asked' | 'required'
}

/** @throws ConfigError for half of a pair, for both pairs, and for what means nothing without either */
export function tlsConfig(take: <T>(setting: Setting<T>) => T | undefined, cwd: string): TlsConfig | undefined {
  const pem = pair(settings.tlsCertFile, settings.tlsKeyFile, take)
  const pkcs12 = pair(settings.tlsKeystoreFile, settings.tlsKeystorePasswordFile, take)
  const [ca, clients] = [take(settings.tlsClientCaFile), take(settings.tlsClients)]
  if (pem && pkcs12) throw refusal('tls.keystoreFile', 'both', 'tls.certFile or tls.keystoreFile, not both')
  const common = { ...(ca !== undefined && { clientCaFile: resolve(cwd, ca) }), clients: clients ?? 'asked' } as const
  if (pem) {
    const [certFile, keyFile] = pem
    return { kind: 'pem', certFile: resolve(cwd, certFile), keyFile: resolve(cwd, keyFile), ...common }
  }
  if (pkcs12) {
    const [keystoreFile, passwordFile] = pkcs12
    return {
      kind: 'pkcs12',
      keystoreFile: resolve(cwd, keystoreFile),
      passwordFile: resolve(cwd, passwordFile),
      ...common,
    }
  }
  const stray = ca !== undefined ? settings.tlsClientCaFile : clients !== undefined ? settings.tlsClients : undefined
  if (stray !== undefined) throw refusal(stray.name, 'it alone', 'tls.certFile and tls.keyFile beside it')
  return undefined
}

function pair(
  first: Setting<string>,
  second: Setting<string>,
  take: <T>(setting: Setting<T>) => T | undefined,
): readonly [string, string] | undefined {
  const [one, other] = [take(first), take(second)]
  if (one !== undefined && other !== undefined) return [one, other]
  if (one === undefined && other === undefined) return undefined
  const [given, missing] = one === undefined ? [second, first] : [first, second]
  throw refusal(given.name, 'it alone', `${missing.name} beside it`)
}

function refusal(where: string, got: string, wanted: string): ConfigError {
  return new ConfigError([{ where, got, wanted }])
}
