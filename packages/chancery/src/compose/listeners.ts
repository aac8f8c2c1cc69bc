/** The two listeners: the network's, and the operator's socket in the data directory. */
import type { Clock } from '../base/clock.ts'
import { loopbackPrincipal } from '../access/loopback.ts'
import { operatorPrincipal } from '../access/operator.ts'
import type { Config } from '../config/config.ts'
import { isLoopback } from '../config/store.ts'
import { Failed } from '../core/errors.ts'
import type { Services } from '../core/services.ts'
import { listen } from '../http/listen.ts'
import type { Log } from '../http/options.ts'
import { createServer, type HttpServer } from '../http/server.ts'
import { openTls } from './tls.ts'

export interface Listening {
  /** Such as `http://127.0.0.1:9000`. */
  readonly url: string
  readonly socket: string
  /** Reads certificate and key again, where there are any. @throws Failed `not-configured`; then the old ones go on */
  reloadTls(): Promise<void>
  /** When the certificate ends that the newest connection was shown, milliseconds since 1970; undefined before the first. */
  certificateEnd(): number | undefined
  /** As of one server: the operator's socket goes no sooner, so that a service that still takes requests can be frozen. */
  drain(milliseconds: number, leave: number): Promise<void>
}

/**
 * Opens both or neither.
 * @throws Failed `not-configured` when the port cannot be had, `already-exists` when another service answers on the socket
 */
export async function openListeners(
  services: Services,
  config: Config,
  version: string,
  clock: Clock,
  log: Log,
): Promise<Listening> {
  const { hosts, origins, observability, limits, trustedProxies } = config
  const encrypted = config.tls && (await openTls(config.tls))
  const common = { clock, version, limits, log }
  const network = createServer(services, {
    ...common,
    auth: { scheme: 'api-key', ...(mayTrustLoopback(config) && { loopback: loopbackPrincipal }) },
    ...(encrypted && { tls: encrypted.tls }),
    hosts,
    origins,
    trustedProxies,
    observability,
  })
  const operator = createServer(services, {
    ...common,
    auth: { scheme: 'socket', principal: operatorPrincipal },
    observability: 'open',
  })
  const socket = await listen(operator, { socket: config.socket })
  const url = await listenOnNetwork(network, config).catch(async (error: unknown) => {
    await operator.drain(0)
    throw error
  })
  return {
    url,
    socket,
    reloadTls: async () => encrypted?.reload(),
    certificateEnd: () => encrypted?.tls.certificate()?.validToDate.getTime(),
    drain: async (milliseconds, leave) => {
      await Promise.all([network.drain(milliseconds, leave), operator.drain(milliseconds, leave)])
    },
  }
}

/** Not behind a proxy: what it passes on comes from elsewhere. */
function mayTrustLoopback({ host, validatorsLoopback, trustedProxies }: Config): boolean {
  return validatorsLoopback && isLoopback(host) && trustedProxies.length === 0
}

async function listenOnNetwork(server: HttpServer, { host, port }: Config): Promise<string> {
  try {
    return await listen(server, { host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const hint = hints[code] ?? 'choose others with --host and --port'
    const particulars = { where: `${host}:${port}`, got: code, hint }
    throw new Failed('not-configured', 'The service cannot listen there', { cause: error, particulars })
  }
}

const hints: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program, perhaps another chancery, listens there: choose another one with --port',
  EACCES: 'Ports below 1024 need a privilege: choose another one with --port',
  EADDRNOTAVAIL: 'This machine has no such address: choose another one with --host',
}
