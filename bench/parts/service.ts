/** The service with one key that may pay one address, ready to be asked: `service.ts <sealed|aws-kms> [emulator url]`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operatorPrincipal } from '../../packages/chancery/src/access/operator.ts'
import { systemClock } from '../../packages/chancery/src/base/clock.ts'
import { deadlineIn } from '../../packages/chancery/src/base/deadline.ts'
import { loadConfig } from '../../packages/chancery/src/config/load.ts'
import { noRules, type Rules } from '../../packages/chancery/src/core/rules.ts'
import { startService } from '../../packages/chancery/src/compose.ts'

const [backend = 'sealed', endpoint] = process.argv.slice(2)
const network = 'eip155:31337'
const recipient = '0x000000000000000000000000000000000000dEaD'

const home = await mkdtemp(join(tmpdir(), 'chancery-bench-'))
const aws = endpoint === undefined ? {} : { 'aws-endpoint': endpoint, 'aws-region': 'us-east-1', 'aws-quota': '100000' }
const config = loadConfig({
  flags: {
    port: '0',
    networks: JSON.stringify([{ id: network }]),
    ...aws,
    'limits-client-rate': '1000000',
    'log-level': 'silent',
  },
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

const call = () => ({ principal: operatorPrincipal, deadline: deadlineIn(10_000, systemClock) })
const { keyring, clients } = service.services
const key = await keyring.create({ backend, family: 'evm', kind: 'decoded' }, call())
const rules: Rules = {
  ...noRules,
  operations: ['sign:transaction'],
  networks: [network],
  recipients: [recipient],
  maximums: { [`${network}/slip44:60`]: '1000' },
  fees: { [network]: '1000000000000000000' },
}
await keyring.putRules(key.id, rules, 0, call())
const grants = [{ operations: ['sign:transaction'], keys: [key.id], networks: '*' }] as const
const { secret } = await clients.create({ name: 'bench', grants }, call())
process.stdout.write(
  `${JSON.stringify({ url: `${service.url}/v1/keys/${key.id}/sign`, apiKey: secret, network, recipient })}\n`,
)

process.once('SIGTERM', () => void stop())

async function stop(): Promise<void> {
  await service.stop()
  await rm(home, { recursive: true, force: true })
  process.exit(0)
}
