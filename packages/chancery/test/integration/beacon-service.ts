/** The service with networks of validators, whose keys came by the Keymanager API. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Hex } from '../../src/base/bytes.ts'
import { randomPrivateKey, testKeystore } from '../validators/keystores.ts'
import { openService, type ServiceOptions, type TestService } from './service.ts'

export const devnet = 'beacon:devnet'
export const devnetRoot: Hex = `0x${'5a'.repeat(32)}`

/** One fork an epoch, up to Capella; Deneb does not come. In the words of the consensus specs' config.yaml. */
export const devnetSpecification = {
  PRESET_BASE: 'mainnet',
  GENESIS_FORK_VERSION: '0x10000038',
  ALTAIR_FORK_VERSION: '0x20000038',
  ALTAIR_FORK_EPOCH: '1',
  BELLATRIX_FORK_VERSION: '0x30000038',
  BELLATRIX_FORK_EPOCH: '2',
  CAPELLA_FORK_VERSION: '0x40000038',
  CAPELLA_FORK_EPOCH: '3',
  DENEB_FORK_VERSION: '0x50000038',
  SECONDS_PER_SLOT: '12',
} as const

export interface ValidatorKeys {
  readonly genesisValidatorsRoot: Hex
  readonly count: number
}

export interface BeaconService {
  readonly service: TestService
  /** In the order they were given. */
  readonly publicKeys: readonly Hex[]
  end(): Promise<void>
}

/** Long ago, so that every slot a test names is in the past. */
const genesisTime = Date.UTC(2020, 11, 1) / 1000

export async function openDevnet(keys: number): Promise<BeaconService> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-devnet-'))
  const spec = join(folder, 'config.yaml')
  const lines = Object.entries(devnetSpecification).map(([name, value]) => `${name}: ${value}\n`)
  await writeFile(spec, lines.join(''))
  const network = { id: devnet, main: false, spec, genesisValidatorsRoot: devnetRoot, genesisTime }
  const opened = await openBeacon({ networks: [network] }, [{ genesisValidatorsRoot: devnetRoot, count: keys }])
  const end = async () => {
    await opened.end()
    await rm(folder, { recursive: true, force: true })
  }
  return { ...opened, end }
}

export async function openBeacon(
  configuration: NonNullable<ServiceOptions['configuration']>,
  keys: readonly ValidatorKeys[],
): Promise<BeaconService> {
  const service = await openService({ configuration })
  const publicKeys: Hex[] = []
  const apiKey = await keymanagerKey(service)
  for (const one of keys) publicKeys.push(...(await importKeys(service, apiKey, one)))
  return { service, publicKeys, end: () => service.end() }
}

/** With a past that ends at slot 0: without one, a key would begin in the next epoch of the clock. */
async function importKeys(
  service: TestService,
  apiKey: string,
  { genesisValidatorsRoot, count }: ValidatorKeys,
): Promise<readonly Hex[]> {
  const keystores = Array.from({ length: count }, (_, i) => testKeystore(i, { privateKey: randomPrivateKey() }))
  const all = await Promise.all(keystores)
  const data = all.map(({ publicKey }) => ({
    pubkey: publicKey,
    signed_blocks: [{ slot: '0' }],
    signed_attestations: [],
  }))
  const metadata = { interchange_format_version: '5', genesis_validators_root: genesisValidatorsRoot }
  const reply = await service.ask('POST', '/eth/v1/keystores', {
    headers: { authorization: `Bearer ${apiKey}` },
    body: {
      keystores: all.map(({ text }) => text),
      passwords: all.map(({ password }) => password),
      slashing_protection: JSON.stringify({ metadata, data }),
    },
  })
  expect(reply.body).toBe(JSON.stringify({ data: all.map(() => ({ status: 'imported' })) }))
  return all.map(({ publicKey }) => publicKey)
}

async function keymanagerKey(service: TestService): Promise<string> {
  const grants = [
    { operations: ['keys:create', 'keys:read', 'keys:delete'] as const, keys: '*' as const, networks: '*' as const },
  ]
  return (await service.operator.clients.create({ name: 'keymanager', grants })).secret
}
