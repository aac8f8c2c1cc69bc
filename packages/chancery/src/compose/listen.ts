/** The two listeners: the network's, and the operator's socket in the data directory. */
import { chmod, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { operatorPrincipal } from '../access/operator.ts'
import type { Config } from '../config/config.ts'
import { Failed } from '../core/errors.ts'
import type { Services } from '../core/services.ts'
import type { Log } from '../http/options.ts'
import { createServer, type HttpServer } from '../http/server.ts'

export interface Listening {
  /** Such as `http://127.0.0.1:9000`. */
  readonly url: string
  readonly socket: string
  /** Not ready at once; what is under way may end within `milliseconds`. */
  drain(milliseconds: number): Promise<void>
}

export async function listen(
  services: Services,
  config: Config,
  version: string,
  clock: Clock,
  log: Log,
): Promise<Listening> {
  const { hosts, origins, observability, limits, trustedProxies } = config
  const common = { clock, version, limits, log }
  const network = createServer(services, {
    ...common,
    auth: { scheme: 'api-key' },
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
  await listenOnSocket(operator, config.socket)
  await listenOnNetwork(network, config).catch(async (error: unknown) => {
    await operator.drain(0)
    throw error
  })
  const { port } = network.app.server.address() as AddressInfo
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return {
    url: `http://${host}:${port}`,
    socket: config.socket,
    drain: async (milliseconds) => {
      await Promise.all([network.drain(milliseconds), operator.drain(milliseconds)])
      await rm(config.socket, { force: true })
    },
  }
}

async function listenOnNetwork({ app }: HttpServer, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port })
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

/**
 * A socket left by a process that was killed is in the way; that no process owns it is certain, because the store was
 * opened exclusively, or the directory is ours alone. Nobody can connect before it is 0600: its directory is 0700.
 */
async function listenOnSocket(server: HttpServer, path: string): Promise<void> {
  await rm(path, { force: true })
  await server.app.listen({ path })
  await chmod(path, 0o600)
}
