/** Each right beside every act of validators' routes: one right opens what is its own, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toHex, type Hex } from '../../src/base/bytes.ts'
import { dutyOperations, operations, type Operation } from '../../src/core/names.ts'
import { clientRequests } from '../chains/consensus/client-requests.ts'
import { mainnetRoot, publicKey as exampleKey } from '../chains/consensus/signing.ts'
import { openBeacon, type BeaconService } from './beacon-service.ts'
import type { Given } from './service.ts'

const sepoliaRoot: Hex = '0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078'

let beacon: BeaconService
/** API keys of clients that hold one right each. */
const holders = new Map<Operation, string>()

beforeAll(async () => {
  const networks = [
    { id: 'beacon:mainnet', main: false },
    { id: 'beacon:sepolia', main: false },
  ]
  beacon = await openBeacon({ networks }, [
    { genesisValidatorsRoot: mainnetRoot, count: 1 },
    { genesisValidatorsRoot: sepoliaRoot, count: 1 },
  ])
  for (const operation of operations) holders.set(operation, await client(`only ${operation}`, [operation]))
}, 60_000)

afterAll(() => beacon.end())

async function client(name: string, allowed: readonly Operation[], sources?: readonly string[]): Promise<string> {
  const grant = {
    operations: [...allowed],
    keys: '*',
    networks: '*',
    ...(sources && { sources: [...sources] }),
  } as const
  return (await beacon.service.operator.clients.create({ name: name.replace(':', ' '), grants: [grant] })).secret
}

type Method = Parameters<BeaconService['service']['ask']>[0]

interface Act {
  readonly what: string
  readonly enough: readonly Operation[]
  /** Where a right is enough, what is asked is harmless, or refused for another reason. */
  readonly ask: () => readonly [Method, string, Given['body']?]
}

/** As the Remote Signing API calls them. */
const rightOf: Readonly<Record<string, Operation>> = {
  BLOCK_V2: 'sign:block',
  ATTESTATION: 'sign:attestation',
  AGGREGATE_AND_PROOF: 'sign:aggregation',
  AGGREGATE_AND_PROOF_V2: 'sign:aggregation',
  AGGREGATION_SLOT: 'sign:aggregation',
  RANDAO_REVEAL: 'sign:randao',
  SYNC_COMMITTEE_MESSAGE: 'sign:sync-committee',
  SYNC_COMMITTEE_SELECTION_PROOF: 'sign:sync-committee',
  SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF: 'sign:sync-committee',
  VALIDATOR_REGISTRATION: 'sign:registration',
  PROPOSER_PREFERENCES: 'sign:registration',
  EXECUTION_PAYLOAD_ENVELOPE: 'sign:builder',
  EXECUTION_PAYLOAD_BID: 'sign:builder',
  BUILDER_REQUEST_AUTH: 'sign:builder',
  PAYLOAD_ATTESTATION_MESSAGE: 'sign:payload-attestation',
  VOLUNTARY_EXIT: 'sign:voluntary-exit',
  DEPOSIT: 'sign:deposit',
  BLS_TO_EXECUTION_CHANGE: 'sign:bls-change',
}

const requests = new Map(clientRequests.map((one) => [one.body.type, one]))

/** For one of our keys, on its network. */
function duty(type: string): { readonly key: Hex; readonly body: object } {
  const { body, network } = requests.get(type) ?? { body: {}, network: undefined }
  const text = JSON.stringify(body)
  const isSepolia = network === 'beacon:sepolia' || text.includes(sepoliaRoot)
  const key = beacon.publicKeys[isSepolia ? 1 : 0] ?? '0x'
  return { key, body: JSON.parse(text.replaceAll(toHex(exampleKey.bytes), key)) as object }
}

const sign = (type: string) => () => {
  const { key, body } = duty(type)
  return ['POST', `/api/v1/eth2/sign/${key}`, body] as const
}

const many = (path: string, type: string) => () => {
  const { key, body } = duty(type)
  return ['POST', `/api/v1/eth2/${path}`, { identifiers: [key], signing_request: body }] as const
}

const protection = '/v1/validators/slashing-protection'
const network = 'beacon:mainnet'
const metadata = { interchange_format_version: '5', genesis_validators_root: mainnetRoot }
const block = { kind: 'block', slot: '1' }
const vote = { kind: 'attestation', source: '1', target: '2' }
const check = (asked: object) => () =>
  ['POST', `${protection}/check`, { network, publicKey: beacon.publicKeys[0], duty: asked }] as const
const root = `0x${'11'.repeat(32)}`

const acts: readonly Act[] = [
  ...Object.entries(rightOf).flatMap(([type, right]): readonly Act[] => [
    { what: `sign ${type}`, enough: [right], ask: sign(type) },
    { what: `sign ${type} with many keys`, enough: [right], ask: many('sign', type) },
    { what: `ask whether ${type} is slashable`, enough: [right], ask: many('slashable', type) },
  ]),
  {
    what: 'sign a bare root',
    enough: ['sign:opaque-root'],
    ask: () => ['POST', `/api/v1/eth2/sign/${beacon.publicKeys[0]}`, { signingRoot: root, domain: '0x00000001' }],
  },
  {
    what: 'sign an exit by the Keymanager API',
    enough: ['sign:voluntary-exit'],
    ask: () => ['POST', `/eth/v1/validator/${beacon.publicKeys[0]}/voluntary_exit?epoch=1&validator_index=1`],
  },
  {
    what: 'import keystores',
    enough: ['keys:create'],
    ask: () => ['POST', '/eth/v1/keystores', { keystores: [], passwords: [], slashing_protection: '{}' }],
  },
  { what: 'delete keystores', enough: ['keys:delete'], ask: () => ['DELETE', '/eth/v1/keystores', { pubkeys: ['x'] }] },
  { what: 'load key files', enough: ['keys:create'], ask: () => ['POST', '/reload'] },
  { what: 'see how loading went', enough: ['keys:read'], ask: () => ['GET', '/reload'] },
  {
    what: 'import slashing protection',
    enough: ['admin'],
    ask: () => ['POST', protection, { interchange: { metadata, data: [] } }],
  },
  {
    what: 'export slashing protection',
    enough: ['register:read', 'admin'],
    ask: () => ['GET', `${protection}?network=${network}`],
  },
  {
    what: 'raise a watermark',
    enough: ['admin'],
    ask: () => ['PUT', `${protection}/watermark`, { network, slot: '1', publicKeys: [] }],
  },
  { what: 'put a ceiling', enough: ['admin'], ask: () => ['PUT', `${protection}/ceiling`, { network }] },
  { what: 'prune', enough: ['admin'], ask: () => ['POST', `${protection}/prune`, { network, epochs: 1_000_000 }] },
  { what: 'repair', enough: ['admin'], ask: () => ['POST', `${protection}/repair`] },
  { what: 'check a block', enough: ['sign:block', 'keys:read'], ask: check(block) },
  { what: 'check an attestation', enough: ['sign:attestation', 'keys:read'], ask: check(vote) },
]

/** What a client is told for want of a right, and for nothing else. */
const refusal = /No grant of the client allows/

async function isAllowed({ ask }: Act, apiKey: string): Promise<boolean> {
  const [method, path, body] = ask()
  const given = { headers: { authorization: `Bearer ${apiKey}` }, ...(body !== undefined && { body }) }
  const { status, body: said } = await beacon.service.ask(method, path, given)
  if (refusal.test(said)) expect([200, 403]).toContain(status)
  return !refusal.test(said) && status !== 404 && status !== 401
}

test.each(acts)(
  '$what: $enough',
  async (act) => {
    const allowed: Operation[] = []
    for (const [operation, apiKey] of holders) if (await isAllowed(act, apiKey)) allowed.push(operation)
    expect(allowed.toSorted()).toEqual(act.enough.toSorted())
  },
  30_000,
)

test('no duty, exit, deposit or change of credentials is left out', () => {
  const rights = [...dutyOperations, 'sign:voluntary-exit', 'sign:deposit', 'sign:bls-change']
  expect([...new Set(Object.values(rightOf))].toSorted()).toEqual(rights.toSorted())
  expect(Object.keys(rightOf).toSorted()).toEqual([...requests.keys()].toSorted())
})

describe('a grant of some addresses', () => {
  const every = acts.filter(({ enough }) => enough.length === 1)

  /** What is open to clients that hold the right for it, from these addresses. */
  async function open(to: string, sources: readonly string[]): Promise<readonly string[]> {
    const found: string[] = []
    for (const operation of operations) {
      const apiKey = await client(`${to} ${operation}`, [operation], sources)
      for (const act of every) {
        if (act.enough[0] === operation && (await isAllowed(act, apiKey))) found.push(act.what)
      }
    }
    return found.toSorted()
  }

  test('is none from elsewhere', async () => {
    expect(await open('elsewhere', ['10.0.0.0/8'])).toEqual([])
  })

  test('is one from there', async () => {
    expect(await open('here', ['127.0.0.0/8', '::1/128'])).toEqual(every.map(({ what }) => what).toSorted())
  })
})

test('the rules of a key that has none are shown as they can be put', async () => {
  const { rules } = beacon.service.operator
  const [name = ''] = beacon.publicKeys
  const shown = await rules.get(name)
  expect(shown.version).toBe(0)
  expect(await rules.put(name, shown.value, 0)).toEqual({ version: 1, value: shown.value })
})
