/** Keys, what they may do, and who may ask. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keccak256, stringToHex } from 'viem'
import { createClient, ChanceryError, type Client } from '../packages/client/src/index.ts'
import { command, firstAdministrator, type RunningService } from './service.ts'
import { must, type Steps } from './steps.ts'
import { gasFreeNetwork, network, type World } from './world.ts'

export interface Key {
  readonly id: string
  readonly alias: string
  readonly address: `0x${string}`
}

export interface Keys {
  readonly kms: Key
  readonly sealed: Key
}

/** Whom the keys may pay. */
export const shop = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
export const exchange = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const order = 'Order(address maker,uint256 amount,uint256 nonce)'

export async function makeKeys({ step }: Steps, { home, chain }: World): Promise<Keys> {
  const create = (alias: string, backend: string) =>
    step(`$ chancery keys create --alias ${alias} --backend ${backend}`, async (tell): Promise<Key> => {
      const made = await command(home, 'keys', 'create', '--alias', alias, '--backend', backend, '--json')
      const { id, address } = JSON.parse(made) as Key
      await chain.rpc('anvil_setBalance', address, '0x56bc75e2d63100000')
      tell(`${address}, which gets 100 ether to play with`)
      return { id, alias, address }
    })
  const kms = await create('treasury', 'aws-kms')
  const sealed = await create('till', 'sealed')
  return { kms, sealed }
}

export async function giveRules({ step }: Steps, { home }: World, { kms, sealed }: Keys): Promise<void> {
  await writeFile(join(home.folder, 'rules.yaml'), rules)
  for (const { alias } of [kms, sealed]) {
    await step(`$ chancery rules put ${alias} rules.yaml`, async (tell) => {
      await command(home, 'rules', 'put', alias, 'rules.yaml')
      tell('a fresh key may do nothing; now it may pay the shop 1,000 wei at a time')
    })
  }
}

const rules = `operations: [sign:transaction, sign:message, sign:typed-data]
networks: ["${network}", "${gasFreeNetwork}"]
recipients: ["${shop}"]
maximums:
  "${network}/slip44:60": "1000"
  "${gasFreeNetwork}/slip44:60": "1000"
fees:
  "${network}": "10000000000000000"
  "${gasFreeNetwork}": "0"
typedData:
  - contract: "${exchange}"
    type: "${keccak256(stringToHex(order))}"
`

export interface App {
  readonly client: Client
  /** The same client where the service is later. */
  connect(url: string): Client
}

export async function registerClient(
  { step }: Steps,
  { home }: World,
  { url }: RunningService,
  { kms, sealed }: Keys,
): Promise<App> {
  return step('The first administrator key registers a client over HTTP, and ends with that', async (tell) => {
    const administrator = await firstAdministrator(home, url)
    const operations = ['sign:transaction', 'sign:message', 'sign:typed-data', 'relay', 'keys:read'] as const
    const grants = [{ operations, keys: [kms.id, sealed.id], networks: [network, gasFreeNetwork] }]
    const { client, secret } = await administrator.clients.create({ name: 'shop', grants })
    const again = await administrator.clients.list().catch((error: unknown) => error)
    must(again instanceof ChanceryError && again.code === 'unauthenticated', 'the first key still works')
    tell(`${client.name} may sign and send with these two keys, and administer nothing`)
    const connect = (at: string) => createClient({ url: at, apiKey: secret })
    return { client: connect(url), connect }
  })
}
