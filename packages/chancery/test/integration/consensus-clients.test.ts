/** Every validator client's requests over connections like its own, to the running service. */
import { PublicKey, Signature, verify } from '@chainsafe/blst'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { fromHex, toHex, type Hex } from '../../src/base/bytes.ts'
import { isJsonObject, type Json } from '../../src/base/json.ts'
import { dutyOperations } from '../../src/core/names.ts'
import { noRules } from '../../src/core/rules.ts'
import { clientRequests, epoch, slot, type ClientRequest } from '../chains/consensus/client-requests.ts'
import { consensus, mainnetRoot, publicKey as exampleKey, requestOf, type Body } from '../chains/consensus/signing.ts'
import { openBeacon, type BeaconService } from './beacon-service.ts'
import { clientAgent, type AgentReply, type ClientAgent, type ClientName } from './consensus-agents.ts'

const sepoliaRoot: Hex = '0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078'
const operations = [...dutyOperations, 'sign:voluntary-exit', 'sign:deposit', 'sign:bls-change'] as const

let beacon: BeaconService
let apiKey: string

beforeAll(async () => {
  const networks = [
    { id: 'beacon:mainnet', main: false },
    { id: 'beacon:sepolia', main: false },
  ]
  beacon = await openBeacon({ networks }, [
    { genesisValidatorsRoot: mainnetRoot, count: 101 },
    { genesisValidatorsRoot: sepoliaRoot, count: 1 },
  ])
  const grants = [{ operations: [...operations, 'keys:read'] as const, keys: '*' as const, networks: '*' as const }]
  apiKey = (await beacon.service.operator.clients.create({ name: 'validators', grants })).secret
  await allowEverything(key(0))
}, 60_000)

afterAll(() => beacon.end())

const hundred = Array.from({ length: 100 }, (_, i) => i + 1)

function key(index: number): Hex {
  const publicKey = beacon.publicKeys.at(index)
  if (publicKey === undefined) throw new Error(`there is no key ${index}`)
  return publicKey
}

/** Beyond duties nothing is allowed unless it is named. */
async function allowEverything(name: Hex): Promise<void> {
  const { rules } = beacon.service.operator
  const authorities = ['voluntaryExit', 'deposit', 'blsToExecutionChange']
  const delegates = [`0x${'00'.repeat(32)}`, '0x388c818ca8b9251b393131c08a736a67ccb19297']
  const more = { operations, networks: ['beacon:mainnet'] as const, recipients: '*' as const, authorities, delegates }
  await rules.put(name, { ...noRules, ...more, typedData: [] }, (await rules.get(name)).version)
}

/** A request as it is sent for one of our keys, and the root it comes to. */
function sentBy({ body: example, network, root }: ClientRequest): { key: Hex; body: Body; signingRoot: Hex } {
  const isSepolia = network === 'beacon:sepolia' || JSON.stringify(example).includes(sepoliaRoot)
  const publicKey = key(isSepolia ? -1 : 0)
  const body = JSON.parse(JSON.stringify(example).replaceAll(toHex(exampleKey.bytes), publicKey)) as Body
  const own = { algorithm: 'bls12-381', bytes: fromHex(publicKey) } as const
  const intent = consensus.parse({
    ...requestOf(body, network ?? (isSepolia ? undefined : 'beacon:mainnet')),
    publicKey: own,
  })
  if (intent.kind !== 'duty') throw new Error('it is no duty')
  const signingRoot = toHex(intent.signingRoot)
  return { key: publicKey, body: root === undefined ? body : { ...body, [root]: signingRoot }, signingRoot }
}

function openAgent(client: ClientName, accept: string | undefined, url = beacon.service.url): ClientAgent {
  const agent = clientAgent(client, url, accept)
  onTestFinished(() => agent.close())
  return agent
}

/** As the client reads it. */
function signatureIn({ status, type, body }: AgentReply, accept: string | undefined): string {
  expect([status, body]).toEqual([200, expect.any(String)])
  if (accept?.includes('json') !== true) {
    expect(type).toMatch(/^text\/plain/)
    return body
  }
  expect(type).toMatch(/^application\/json/)
  const answer = JSON.parse(body) as Json
  return isJsonObject(answer) && typeof answer['signature'] === 'string' ? answer['signature'] : ''
}

function isSignature(signature: string, signingRoot: Hex, publicKey: Hex): boolean {
  return verify(fromHex(signingRoot), PublicKey.fromHex(publicKey, true), Signature.fromHex(signature, true))
}

const withKey = (): string => `${beacon.service.url}/t/${apiKey}`
const clients = [...Map.groupBy(clientRequests, ({ client }) => client)]

describe.each(clients)('%s', (client, requests) => {
  const [first] = requests as [ClientRequest, ...ClientRequest[]]
  const { accept } = first

  test('gets a signature for everything it asks, over one connection', async () => {
    const agent = openAgent(client, accept, withKey())
    const connections = new Set<number | undefined>()
    for (const one of requests) {
      const { key: publicKey, body, signingRoot } = sentBy(one)
      const reply = await agent.post(`/api/v1/eth2/sign/${publicKey}`, body)
      expect(isSignature(signatureIn(reply, accept), signingRoot, publicKey)).toBe(true)
      connections.add(reply.connection)
      expect(Number(/timeout=(\d+)/.exec(reply.keepAlive)?.[1])).toBeGreaterThan(30)
    }
    expect(connections.size).toBe(1)
  })

  test('asks whether the service is up, and which keys there are', async () => {
    const agent = openAgent(client, accept)
    const up = await agent.get('/upcheck')
    expect([up.status, up.body]).toEqual([200, accept?.includes('json') === true ? '{"status":"OK"}' : 'OK'])
    const keys = await agent.get('/api/v1/eth2/publicKeys')
    expect([keys.status, new Set(JSON.parse(keys.body) as string[])]).toEqual([200, new Set(beacon.publicKeys)])
  })

  test('is told apart what was slashable, what was wrong, and whose key is not here', async () => {
    const agent = openAgent(client, accept)
    const { key: publicKey, body } = sentBy(attestation(client, accept))
    const path = `/api/v1/eth2/sign/${publicKey}`
    const { status, type } = await agent.post(path, { ...body, attestation: vote('4') })
    expect([status, type.split(';')[0]]).toEqual([412, 'application/json'])
    expect((await agent.post(path, { ...body, signingRoot: `0x${'ee'.repeat(32)}` })).status).toBe(400)
    expect((await agent.post(path, { ...body, type: 'ATTESTATIONS' })).status).toBe(400)
    expect((await agent.post(`/api/v1/eth2/sign/0x${'12'.repeat(48)}`, body)).status).toBe(404)
    expect((await agent.post(`/api/v1/eth2/sign/${publicKey.slice(2).toUpperCase()}`, body)).status).toBe(200)
  })
})

function vote(block: string) {
  return {
    slot: String(slot),
    index: '0',
    beacon_block_root: `0x${block.repeat(64)}`,
    source: { epoch: String(epoch - 1), root: `0x${'2'.repeat(64)}` },
    target: { epoch: String(epoch), root: `0x${'3'.repeat(64)}` },
  }
}

/** The vote that Lodestar and SSV cast above, again. */
function attestation(client: ClientName, accept: string | undefined): ClientRequest {
  const found = clientRequests.find(({ client: name, body }) => name === 'SSV' && body.type === 'ATTESTATION')
  if (found === undefined) throw new Error('nobody votes')
  const { root: _, accept: __, ...request } = found
  return { ...request, client, ...(accept !== undefined && { accept }) }
}

describe('without a header of the service’s own', () => {
  const duty = () => sentBy(attestation('Teku', undefined))

  test('a client brings its API key as the password in the URL, or in the path', async () => {
    const { host } = new URL(beacon.service.url)
    for (const url of [`http://teku:${apiKey}@${host}`, `http://${host}/t/${apiKey}/`]) {
      const { key: publicKey, body } = duty()
      expect((await openAgent('Teku', undefined, url).post(`/api/v1/eth2/sign/${publicKey}`, body)).status).toBe(200)
    }
  })

  test('a key that is wrong is not taken for none', async () => {
    const { host } = new URL(beacon.service.url)
    for (const url of [`http://teku:${apiKey}x@${host}`, `http://${host}/t/${apiKey}x`]) {
      const { key: publicKey, body } = duty()
      expect((await openAgent('Teku', undefined, url).post(`/api/v1/eth2/sign/${publicKey}`, body)).status).toBe(401)
    }
  })
})

test('a key nobody wrote rules for shows those it is judged by', async () => {
  const { value, version } = await beacon.service.operator.rules.get(key(1))
  expect([version, value.operations, value.recipients]).toEqual([0, dutyOperations, '*'])
})

test('Vero sends 100 at once over ten connections, each for another key', async () => {
  const agent = openAgent('Vero', 'text/plain')
  const { body } = sentBy(attestation('Vero', 'text/plain'))
  const own = { algorithm: 'bls12-381', bytes: fromHex(key(1)) } as const
  const intent = consensus.parse({ ...requestOf(body), publicKey: own })
  if (intent.kind !== 'duty') throw new Error('it is no duty')
  const replies = await Promise.all(hundred.map((index) => agent.post(`/api/v1/eth2/sign/${key(index)}`, body)))
  const wrong = replies.filter(
    (reply, i) => !isSignature(signatureIn(reply, 'text/plain'), toHex(intent.signingRoot), key(i + 1)),
  )
  expect(wrong).toEqual([])
  expect(new Set(replies.map(({ connection }) => connection)).size).toBe(10)
})
