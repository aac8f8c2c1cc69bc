/** The documented examples of validators' routes against the service as it is composed, with a network and a key as they name. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { schemas } from '../../src/chains/consensus/schema.ts'
import { dutyOperations } from '../../src/core/names.ts'
import { noRules } from '../../src/core/rules.ts'
import { genesisValidatorsRootExample, publicKeyExample, signatureExample } from '../../src/http/compat/eth2/shapes.ts'
import { elsewhereRoutes } from '../../src/http/compat/keymanager/elsewhere.ts'
import { testKeystore, type TestKeystore } from '../validators/keystores.ts'
import { devnet, devnetSpecification, openBeacon, type BeaconService } from './beacon-service.ts'
import { documented, tell, type Chapter } from './story.ts'

let folder: string
let beacon: BeaconService
let another: TestKeystore
/** Signs, takes keys in and out; administers. */
let keys: { validators: string; admin: string }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-examples-'))
  const [spec, passwordFile] = [join(folder, 'config.yaml'), join(folder, 'password')]
  const described = { ...devnetSpecification, GENESIS_FORK_VERSION: '0x00000001' }
  await writeFile(spec, JSON.stringify(described))
  await writeFile(passwordFile, 'of no keystore', { mode: 0o600 })
  const network = { id: devnet, main: false, spec, genesisTime: Date.UTC(2020, 11, 1) / 1000 }
  beacon = await openBeacon(
    {
      networks: [{ ...network, genesisValidatorsRoot: genesisValidatorsRootExample }],
      keystores: { path: folder, passwordFile },
    },
    [{ genesisValidatorsRoot: genesisValidatorsRootExample, count: 1 }],
  )
  another = await testKeystore(1)
  names.set(publicKeyExample, beacon.publicKeys[0] ?? '')
  keys = { validators: await client('validators'), admin: await client('admin') }
}, 60_000)

afterAll(async () => {
  await beacon.end()
  await rm(folder, { recursive: true, force: true })
})

const rights = {
  validators: [...dutyOperations, 'sign:voluntary-exit', 'keys:create', 'keys:read', 'keys:delete'],
  admin: ['admin', 'register:read'],
} as const

async function client(name: keyof typeof rights): Promise<string> {
  const grants = [{ operations: [...rights[name]], keys: '*' as const, networks: '*' as const }]
  return (await beacon.service.operator.clients.create({ name, grants })).secret
}

/** What the document calls things, and what they are called here. */
const names = new Map<string, string>()

/** In the order of a story: what an example speaks of has happened, and nothing that stands against it. */
const chapters: readonly Chapter<keyof typeof rights>[] = [
  { id: 'validatorKeys', by: 'validators', exact: true },
  { id: 'validatorHealth', by: 'validators', exact: true },
  { id: 'highWatermark', by: 'validators', exact: true },
  { id: 'listKeystores', by: 'validators' },
  { id: 'slashableDuties', by: 'validators', exact: true },
  {
    id: 'signDuty',
    by: 'validators',
    learn: ({ signature }) => void names.set(signatureExample, String(signature)),
  },
  { id: 'signDuties', by: 'validators', exact: true },
  { id: 'signVoluntaryExit', by: 'validators', first: () => allowExits() },
  { id: 'checkSlashingProtection', by: 'validators', exact: true },
  { id: 'importSlashingProtection', by: 'admin', exact: true },
  { id: 'exportSlashingProtection', by: 'admin' },
  { id: 'raiseWatermark', by: 'admin', exact: true },
  { id: 'putCeiling', by: 'admin' },
  { id: 'pruneSlashingProtection', by: 'admin' },
  { id: 'repairSlashingProtection', by: 'admin' },
  { id: 'reloadKeys', by: 'validators', exact: true },
  { id: 'reloadStatus', by: 'validators' },
  {
    id: 'importKeystores',
    by: 'validators',
    exact: true,
    body: () => ({ keystores: [another.text], passwords: [another.password] }),
  },
  ...elsewhereRoutes.map(({ id }) => ({ id, by: 'validators' }) as const),
  { id: 'deleteKeystores', by: 'validators' },
]

/** Beyond duties nothing is allowed unless it is named. */
async function allowExits(): Promise<unknown> {
  const { rules } = beacon.service.operator
  const name = beacon.publicKeys[0] ?? ''
  const allowed = { operations: ['sign:voluntary-exit'], networks: [devnet], authorities: ['voluntaryExit'] } as const
  return rules.put(name, { ...noRules, ...allowed, recipients: '*', typedData: [] }, (await rules.get(name)).version)
}

tell({
  examples: documented('consensus', schemas, ({ needs }) => needs === 'validators'),
  chapters,
  names,
  door: (by) => ({ ask: beacon.service.ask, headers: { authorization: `Bearer ${keys[by]}` } }),
  broken: () => beacon.service.broken,
})
