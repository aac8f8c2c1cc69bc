/** `chancery serve`: runs the service until it is told to stop. */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import { systemClock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import { startService, type Service } from '../compose.ts'
import type { Command, Given, Terminal } from './command.ts'
import { askSecret, configOf, settingFlags } from './offline.ts'

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
  const log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }))
  const stopped = Promise.withResolvers<number>()
  const service = await startService(config, {
    version,
    clock: systemClock,
    log,
    show: (apiKey) => showFirstKey(apiKey, config, terminal),
    ask: askSecret(terminal),
    onFatal: (error) => {
      log.fatal({ code: error.code }, error.message)
      process.exit(fatalStatus)
    },
  })
  announce(service, config, given, terminal)
  stopOnSignal(service, log, stopped)
  return stopped.promise
}

function announce(service: Service, config: Config, given: Given, terminal: Terminal): void {
  if (given.has('json')) return terminal.out(JSON.stringify({ url: service.url, socket: service.socket }))
  terminal.out(`chancery listens on ${service.url}; reference at ${service.url}/docs`)
  if (service.kmsBackendAddress === undefined) return
  const relays = config.kmsBackend?.rpc ? `, relay to ${config.kmsBackend.rpc.origin}` : ''
  terminal.out(`compatible routes: BACKEND_API_KEY may sign any digest with ${service.kmsBackendAddress}${relays}`)
}

/** Safety rule 11: on a terminal it is shown; elsewhere output is kept by machines, so it goes to a 0600 file. */
async function showFirstKey(apiKey: string, config: Config, terminal: Terminal): Promise<void> {
  const use = 'It creates one client and then ends; or use the command line on this machine, which needs no key.'
  if (terminal.interactive) return terminal.out(`First administrator key: ${apiKey}\n${use}`)
  const path = join(config.dataDir, 'first-administrator-key')
  await writeFile(path, `${apiKey}\n`, { mode: 0o600, flag: 'wx' })
  await chmod(path, 0o600)
  terminal.out(`First administrator key written to ${path}. ${use}`)
}

/** The first signal drains, a second one ends at once. */
function stopOnSignal(service: Service, log: Logger, stopped: PromiseWithResolvers<number>): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(fatalStatus)
    stopping = true
    log.info({ signal }, 'Stopping')
    service.stop().then(() => stopped.resolve(0), stopped.reject)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
