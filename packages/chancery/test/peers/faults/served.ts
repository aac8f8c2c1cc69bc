/** The service and the emulator as processes of their own, in a home that outlives both. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type Client } from '../../../../client/src/index.ts'
import { environmentOf } from '../../environment.ts'
import type { Anvil } from '../../integration/anvil.ts'
import { startChild, type Child } from './child.ts'

export const network = 'eip155:31337'
export const payee = '0x00000000000000000000000000000000000000a1'

export interface Home {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly store: string
  readonly witness: string
  readonly backendLog: string
}

const script = (path: string) => new URL(`../../../../${path}`, import.meta.url)

export async function startBackend(folder: string): Promise<{ readonly emulator: Child; readonly home: Home }> {
  const backendLog = join(folder, 'emulator.jsonl')
  await writeFile(backendLog, '')
  const args = ['--port', '0', '--json', '--log', backendLog, '--seed', folder]
  const emulator = await startChild(script('aws-emulator/src/bin.ts'), args, environmentOf(folder), folder)
  const { accessKeyId, secretAccessKey } = emulator.ready
  const env = {
    ...environmentOf(folder),
    AWS_ACCESS_KEY_ID: String(accessKeyId),
    AWS_SECRET_ACCESS_KEY: String(secretAccessKey),
  }
  const places = { store: join(folder, 'data', 'store.sqlite'), witness: join(folder, 'witness') }
  return { emulator, home: { folder, env, backendLog, ...places } }
}

/** Settings that every start reads again. */
export async function configure(home: Home, emulator: Child, anvil: Anvil, more: object = {}): Promise<void> {
  const settings = {
    port: 0,
    dataDir: join(home.folder, 'data'),
    witnessFile: home.witness,
    logLevel: 'error',
    networks: [{ id: network, rpc: [anvil.url.href], confirmations: 1 }],
    backends: ['sealed', 'aws-kms'],
    aws: { region: String(emulator.ready['region']), endpoint: String(emulator.ready['url']), quota: 100_000 },
    ...more,
  }
  // JSON is YAML.
  await writeFile(join(home.folder, 'chancery.yaml'), JSON.stringify(settings))
}

export interface Served {
  readonly child: Child
  readonly url: string
  readonly startedIn: number
}

export async function serve({ folder, env }: Home): Promise<Served> {
  const began = performance.now()
  const child = await startChild(script('chancery/src/bin.ts'), ['serve', '--json'], env, folder)
  return { child, url: String(child.ready['url']), startedIn: Math.round(performance.now() - began) }
}

/** The administrator a new installation begins with makes another, and ends. */
export async function administrator({ folder }: Home, url: string): Promise<Client> {
  const apiKey = (await readFile(join(folder, 'data', 'first-administrator-key'), 'utf8')).trim()
  const grants = [{ operations: ['admin', 'keys:create', 'keys:read'] as const, keys: '*', networks: '*' } as const]
  const { secret } = await createClient({ url, apiKey }).clients.create({ name: 'administrator', grants })
  return createClient({ url, apiKey: secret })
}

export interface MadeKey {
  readonly id: string
  readonly address: string
}

/** A key that may pay `payee`. */
export async function payingKey(by: Client, backend: 'sealed' | 'aws-kms'): Promise<MadeKey> {
  const { id, address } = await by.keys.create({ backend, family: 'evm', kind: 'decoded' })
  const rules = {
    operations: ['sign:transaction'] as const,
    networks: [network],
    recipients: [payee],
    maximums: { [`${network}/slip44:60`]: '1000000000' },
    fees: { [network]: '1000000000000000000' },
  }
  await by.rules.put(id, rules, 0)
  return { id, address: String(address) }
}
