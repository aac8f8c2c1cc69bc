/** The service with so many validator keys, ready to be asked: `validators.ts <keys> [setting=value …]`. */
import { randomBytes } from 'node:crypto'
import type { ImportKey } from '../../packages/chancery/src/core/keyring.ts'
import { dutyOperations } from '../../packages/chancery/src/core/names.ts'
import { start } from './start.ts'

const [count = '1000', ...settings] = process.argv.slice(2)
const network = 'beacon:mainnet'
const flags = Object.fromEntries(settings.map((setting) => setting.split('=') as [string, string]))
const { service, call } = await start(network, {
  'limits-client-in-flight': '65536',
  'limits-in-flight': '65536',
  ...flags,
})
const { keyring, clients, validators } = service.services
const keys: string[] = []
const take: Parameters<typeof keyring.importMany>[1] = (_, key) => {
  if (key instanceof Error) throw key
  keys.push(key.publicKey)
}
const nothingToProtect = async () => undefined
const asLongAsItTakes = { ...call(), deadline: { ...call().deadline, at: Number.MAX_SAFE_INTEGER } }
await keyring.importMany(imports(Number(count)), take, asLongAsItTakes, nothingToProtect)
// These keys have no past: the load begins at an early epoch, and so do their rows.
await validators?.raiseWatermark({ slot: 0n, epoch: 0n }, asLongAsItTakes)
const grants = [{ operations: dutyOperations, keys: '*', networks: '*' }] as const
const { secret } = await clients.create({ name: 'bench', grants }, call())
process.stdout.write(`${JSON.stringify({ pid: process.pid, url: service.url, apiKey: secret, keys })}\n`)

function* imports(many: number): Generator<ImportKey> {
  for (let i = 0; i < many; i++) {
    const hex = `0x00${randomBytes(31).toString('hex')}`
    yield { backend: 'sealed', family: 'consensus', kind: 'decoded', network, secret: { format: 'hex', hex } }
  }
}
