/** The service in this process, in a home of its own that goes with it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operatorPrincipal } from '../../packages/chancery/src/access/operator.ts'
import { systemClock } from '../../packages/chancery/src/base/clock.ts'
import { deadlineIn } from '../../packages/chancery/src/base/deadline.ts'
import { startService, type Service } from '../../packages/chancery/src/compose.ts'
import { loadConfig } from '../../packages/chancery/src/config/load.ts'
import type { Call } from '../../packages/chancery/src/core/call.ts'

interface Started {
  readonly service: Service
  /** The operator's. */
  call(): Call
}

/** Ends with SIGTERM. `flags` are settings of `chancery serve`. */
export async function start(network: string, flags: Readonly<Record<string, string>>): Promise<Started> {
  const home = await mkdtemp(join(tmpdir(), 'chancery-bench-'))
  const standing = { port: '0', 'limits-client-rate': '1000000', 'log-level': 'silent' }
  const config = loadConfig({
    flags: { ...standing, networks: JSON.stringify([{ id: network }]), ...flags },
    env: { HOME: home },
    cwd: home,
  })
  const service = await startService(config, {
    version: 'bench',
    clock: systemClock,
    log: {
      info: () => {},
      error: (fields, message) => void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
    },
    show: () => {},
    ask: () => Promise.reject(new Error('nobody is asked here')),
    onFatal: (error) => {
      throw error
    },
  })
  process.once('SIGTERM', () => void stop(service, home))
  return { service, call: () => ({ principal: operatorPrincipal, deadline: deadlineIn(10_000, systemClock) }) }
}

async function stop(service: Service, home: string): Promise<void> {
  await service.stop()
  await rm(home, { recursive: true, force: true })
  process.exit(0)
}
