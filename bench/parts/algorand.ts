/**
 * The service with one Algorand key, first measured from within, then ready to be asked over HTTP:
 * `algorand.ts <backend> [flag=value …]`, the flags being settings of `chancery serve`.
 */
import { noRules, type Rules } from '../../packages/chancery/src/core/rules.ts'
import { algorandSigner } from '../../packages/chancery/src/exports/algorand.ts'
import { load } from './load.ts'
import { algorandTestnet, payments } from './payments.ts'
import { start } from './start.ts'

const [backend = 'sealed', ...settings] = process.argv.slice(2)
const network = algorandTestnet

const flags: Record<string, string> = {}
for (const [, name = '', value = ''] of settings.map((one) => /^([a-z-]+)=(.*)$/.exec(one) ?? [])) flags[name] = value
const { service, call } = await start(network, flags)
const { keyring, clients } = service.services
const key = await keyring.create({ backend, family: 'algorand', kind: 'decoded', network }, call())
const { address } = key
if (address === undefined) throw new Error('the key has no address')
const rules: Rules = {
  ...noRules,
  operations: ['sign:transaction'],
  networks: [network],
  recipients: [address],
  maximums: { [`${network}/slip44:283`]: '0' },
  fees: { [network]: '16000' },
}
await keyring.putRules(key.id, rules, 0, call())
const grants = [{ operations: ['sign:transaction'], keys: [key.id], networks: '*' }] as const
const { secret } = await clients.create({ name: 'bench', grants }, call())

const { signTransactions } = await algorandSigner(service.services, { key: key.id, network })
const next = payments(address)
const sign = (count: number) => async () => {
  const transactions = Array.from({ length: count }, () => {
    const bytes = next()
    return { toByte: () => bytes }
  })
  await signTransactions(transactions)
}
const single = await load(16, 2, sign(1))
const batch = await load(4, 2, sign(16))
const url = `${service.url}/v1/keys/${key.id}/sign`
process.stdout.write(`${JSON.stringify({ url, apiKey: secret, address, single, batch })}\n`)
