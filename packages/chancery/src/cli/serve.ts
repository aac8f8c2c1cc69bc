/** `chancery serve`: runs the service until it is told to stop. */
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { url as inspectorUrl } from 'node:inspector'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { systemClock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/problem.ts'
import type { Service } from '../compose.ts'
import type { Command, Given, Terminal } from './command.ts'
import { askSecret, configOf, settingFlags } from './offline.ts'
import { firstSignal } from './signals.ts'

/** A fault that a restart may mend: distinct from a wrong configuration, so that supervisors can tell. */
const fatalStatus = 70

export function serveCommand(version: string): Command {
  return {
    name: 'serve',
    about: 'Run the service',
    takes: [],
    flags: settingFlags,
    examples: [
      'chancery serve',
      'chancery serve --port 9100 --data-dir /var/lib/chancery',
      'chancery serve --config /etc/chancery.yaml --passphrase-file /run/secrets/chancery',
    ],
    run: (given, terminal) => serve(given, terminal, version),
  }
}

async function serve(given: Given, terminal: Terminal, version: string): Promise<number> {
  const config = configOf(given, terminal)
  refuseInspector()
  const hangUp = { heard: (): void => {} }
  const again = (signal: NodeJS.Signals): void => {
    terminal.note(`chancery: a second signal, ${signal}: it ends at once, and what was being worked on is cut off`)
    process.exit(fatalStatus)
  }
  const signal = firstSignal(process, systemClock, again, config.tls && (() => hangUp.heard()))
  // Loaded now: the commands that only speak to the service start in a third of the time without them.
  const [{ createProgress, startService }, log] = await Promise.all([import('../compose.ts'), openLog(config)])
  const firstKey = firstKeyIn(config, given, terminal)
  const starting = startService(config, {
    version,
    clock: systemClock,
    log,
    signal,
    show: firstKey.show,
    ask: askSecret(terminal),
    progress: createProgress({ ...(process.stderr.isTTY ? onTerminal : inLog(log)), clock: systemClock }),
    onFatal: (error) => {
      log.fatal({ code: error.code }, error.message)
      process.exit(fatalStatus)
    },
  })
  const service = await unlessStopped(starting, signal, log)
  hangUp.heard = () => void reloadTls(service, log)
  announce(service, config, given, terminal, firstKey.file())
  if (!signal.aborted) await once(signal, 'abort')
  log.info({ signal: String(signal.reason) }, 'Stopping')
  await service.stop()
  return 0
}

const onTerminal = { terminal: true, write: (text: string) => void process.stderr.write(text) }

function inLog(log: Logger) {
  return { terminal: false, write: (text: string) => log.info({}, text.trimEnd()) }
}

/** A certificate that cannot be read must not end a service that has a good one. */
async function reloadTls(service: Service, log: Logger): Promise<void> {
  try {
    await service.reloadTls()
    log.info({}, 'The certificate was read again')
  } catch (error) {
    log.error({ err: error }, 'The certificate could not be read again; the one before goes on')
  }
}

/** A start may wait for a peer that does not answer: told to stop, the process does not wait with it. */
async function unlessStopped(starting: Promise<Service>, signal: AbortSignal, log: Logger): Promise<Service> {
  try {
    return await starting
  } catch (error) {
    if (!signal.aborted) throw error
    log.info({ signal: String(signal.reason) }, 'Stopped before it listened')
    return process.exit(0)
  }
}

/**
 * An inspector reads every secret of this process, for whoever on this machine reaches its port; by default Node opens one
 * at SIGUSR1. https://nodejs.org/api/process.html#signal-events
 * @throws ConfigError when one is open
 */
function refuseInspector(): void {
  process.on('SIGUSR1', () => {})
  if (inspectorUrl() === undefined) return
  throw new ConfigError([
    { where: 'node --inspect', wanted: 'no inspector', hint: 'it can read every key of the service' },
  ])
}

async function openLog({ logLevel }: Config): Promise<Logger> {
  const { pino } = await import('pino')
  return pino({ level: logLevel, base: null }, pino.destination({ fd: 2, sync: true }))
}

function announce(service: Service, config: Config, given: Given, terminal: Terminal, firstKey?: string): void {
  const { url, socket, kmsBackendAddress } = service
  const { kmsBackendLacks } = config
  if (given.has('json')) {
    return terminal.out(JSON.stringify({ url, socket, firstKey, kmsBackendAddress, kmsBackendLacks }))
  }
  terminal.out(`chancery listens on ${url}; reference at ${url}/docs`)
  const compatible = compatibleRoutes(config, kmsBackendAddress)
  if (compatible !== undefined) terminal.out(`compatible routes: ${compatible}`)
}

/** What their variables let them do; `undefined` where none is set. */
function compatibleRoutes({ kmsBackend, kmsBackendLacks: lacks }: Config, address?: string): string | undefined {
  if (lacks !== undefined) return `off, ${lacks.set} is set and ${lacks.missing} is not; they answer 503`
  if (address === undefined) return undefined
  const relays = kmsBackend?.rpc ? `, relay to ${kmsBackend.rpc.origin}` : ''
  return `BACKEND_API_KEY may sign any digest with ${address}${relays}`
}

interface FirstKey {
  show(apiKey: string): Promise<void>
  /** Where it was written, if it was. */
  file(): string | undefined
}

/** Safety rule 11: on a terminal it is shown; elsewhere output is kept by machines, so it goes to a 0600 file. */
function firstKeyIn(config: Config, given: Given, terminal: Terminal): FirstKey {
  const use = 'It creates one client and then ends; or use the command line on this machine, which needs no key.'
  let file: string | undefined
  return {
    file: () => file,
    async show(apiKey) {
      if (terminal.interactive && !given.has('json')) return terminal.out(`First administrator key: ${apiKey}\n${use}`)
      file = join(config.dataDir, 'first-administrator-key')
      // What an earlier installation left there opens nothing any more.
      await rm(file, { force: true })
      await writeFile(file, `${apiKey}\n`, { mode: 0o600, flag: 'wx' })
      if (!given.has('json')) terminal.out(`First administrator key written to ${file}. ${use}`)
    },
  }
}
