/** The service with one key that may pay one address, ready to be asked: `service.ts <sealed|aws-kms> [emulator url]`. */
import { noRules, type Rules } from '../../packages/chancery/src/core/rules.ts'
import { start } from './start.ts'

const [backend = 'sealed', endpoint] = process.argv.slice(2)
const network = 'eip155:31337'
const recipient = '0x000000000000000000000000000000000000dEaD'

const aws = endpoint === undefined ? {} : { 'aws-endpoint': endpoint, 'aws-region': 'us-east-1', 'aws-quota': '100000' }
const { service, call } = await start(network, aws)
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
