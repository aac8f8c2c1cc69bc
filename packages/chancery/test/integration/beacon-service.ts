/** The service with networks of validators, whose keys came as by the Keymanager API. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { operatorPrincipal } from '../../src/access/operator.ts'
import type { Hex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
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
  for (const one of keys) publicKeys.push(...(await importKeys(service, one)))
  return { service, publicKeys, end: () => service.end() }
}

/** With a past that ends at slot 0, and no votes: elsewhere such a key would begin with the next epoch of the clock. */
async function importKeys(
  { services }: TestService,
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
  const statuses = await services.validators?.import(
    {
      keystores: all.map(({ text }) => text),
      passwords: all.map(({ password }) => password),
      slashingProtection: JSON.stringify({ metadata, data }),
      unprotectedPast: true,
    },
    { principal: operatorPrincipal, deadline: deadlineIn(60_000, systemClock) },
  )
  expect(statuses).toEqual(all.map(() => ({ status: 'imported' })))
  return all.map(({ publicKey }) => publicKey)
}
