/** The composed service in this process, in a folder of its own, behind its real listeners, with every reply watched. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import {
  createClient,
  type Client,
  type Transport,
  type TransportReply,
  type TransportRequest,
} from '../../../client/src/index.ts'
import { fetchTransport } from '../../../client/src/transport.ts'
import { systemClock, type Clock } from '../../src/base/clock.ts'
import { startService, type Service } from '../../src/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import { brokenPromise } from './promises.ts'

export interface SeenReply {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type Method = TransportRequest['method']

export interface Given {
  readonly headers?: Readonly<Record<string, string>>
  /** Text goes as it is, anything else as JSON. */
  readonly body?: unknown
}

export interface TestService extends Service {
  readonly folder: string
  readonly dataDir: string
  /** The first administrator's, good for one client. */
  readonly firstKey: string
  /** Every reply there was. */
  readonly replies: SeenReply[]
  /** What replies said that the OpenAPI document does not promise. */
  readonly broken: string[]
  logged(): string
  /** One request over TCP, or over the socket, as it is. */
  ask(method: Method, path: string, given?: Given): Promise<TransportReply>
  askOperator(method: Method, path: string, given?: Given): Promise<TransportReply>
  /** The SDK over TCP. */
  client(apiKey: string): Client
  /** The SDK over the operator's socket. */
  readonly operator: Client
  end(): Promise<void>
}

export interface ServiceOptions {
  readonly configuration?: object
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: Clock
  readonly passphrase?: string
}

export async function openService(options: ServiceOptions = {}): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-service-'))
  const config = loadConfig({
    flags: {},
    cwd: folder,
    env: { HOME: join(folder, 'home'), ...options.env, ...(await laidOut(folder, options)) },
  })
  const lines: string[] = []
  const log = pino({ level: 'trace', base: null }, { write: (line) => void lines.push(line) })
  let firstKey = ''
  const service = await startService(config, {
    version: '0.0.0-test',
    clock: options.clock ?? systemClock,
    log,
    show: (apiKey) => {
      firstKey = apiKey
    },
    ask: () => Promise.reject(new Error('nobody is asked')),
    onFatal: (error) => log.fatal({ err: error }, 'fatal'),
  })
  const watch = createWatch()
  const network = watched(fetchTransport(service.url), watch.see)
  const socket = watched(overSocket(service.socket), watch.see)
  return {
    ...service,
    ...watch,
    folder,
    dataDir: config.dataDir,
    firstKey,
    logged: () => lines.join(''),
    ask: (method, path, given) => network(requestOf(method, path, given)),
    askOperator: (method, path, given) => socket(requestOf(method, path, given)),
    client: (apiKey) => createClient({ transport: network, apiKey }),
    operator: createClient({ transport: socket }),
    end: async () => {
      await service.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function createWatch() {
  const replies: SeenReply[] = []
  const broken: string[] = []
  const see = (reply: SeenReply) => {
    replies.push(reply)
    const why = brokenPromise(reply)
    if (why !== undefined) broken.push(why)
  }
  return { replies, broken, see }
}

function watched(transport: Transport, see: (reply: SeenReply) => void): Transport {
  return async (asked) => {
    const reply = await transport(asked)
    see({ method: asked.method, path: asked.path, ...reply })
    return reply
  }
}

function requestOf(method: Method, path: string, { headers = {}, body }: Given = {}): TransportRequest {
  const sent = typeof body === 'string' ? body : JSON.stringify(body)
  const given = body === undefined ? {} : { body: sent }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  return { method, path, headers: { ...type, ...headers }, timeout: 30_000, ...given }
}

/** Without the words of the command line's own way in: this one is to be watched, not to explain. */
function overSocket(socketPath: string): Transport {
  return async ({ method, path, headers, body, timeout }) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const sent = request({ socketPath, method, path, timeout, headers: { host: 'localhost', ...headers, ...length } })
    sent.end(body)
    const [reply] = (await once(sent, 'response')) as [IncomingMessage]
    const names = Object.entries(reply.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')] as const)
    return { status: reply.statusCode ?? 0, headers: Object.fromEntries(names), body: await text(reply) }
  }
}

/** What its keys in AWS are tagged with: the register's first change names it. */
export async function installationOf({ operator }: Pick<TestService, 'operator'>): Promise<string> {
  const { entries } = await operator.register.tail({ limit: 500 })
  const [found] = entries.flatMap(({ body }) => /"installation":"(ins_[^"]+)"/.exec(body)?.[1] ?? [])
  if (found === undefined) throw new Error('The register names no installation')
  return found
}

/** Writes what the configuration is read from. @returns further variables */
async function laidOut(
  folder: string,
  { configuration = {}, passphrase }: ServiceOptions,
): Promise<Record<string, string>> {
  await mkdir(join(folder, 'home'))
  await writeFile(join(folder, 'chancery.yaml'), JSON.stringify({ port: 0, drainSeconds: 0, ...configuration }), {
    mode: 0o600,
  })
  if (passphrase === undefined) return {}
  const file = join(folder, 'home', 'passphrase')
  await writeFile(file, passphrase, { mode: 0o600 })
  return { CHANCERY_PASSPHRASE_FILE: file }
}
