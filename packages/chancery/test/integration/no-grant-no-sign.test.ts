/**
 * Invariant 5: no grant, no Sign call. Random clients ask random things with mutated bodies; whatever AWS KMS was asked to
 * sign must be what a small evaluator of grants, written apart from the service, allows.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type RunningEmulator } from '../../../aws-emulator/src/index.ts'
import type { Grant, Key } from '../../../client/src/index.ts'
import { useCredentials } from '../keys/aws/emulator.ts'
import { openService, type TestService } from './service.ts'

const networks = ['eip155:31337', 'eip155:1337'] as const
const recipient = '0x000000000000000000000000000000000000dEaD'

let emulator: RunningEmulator
let service: TestService
let keys: readonly [Key, Key, Key]
let clients: readonly { readonly secret: string; readonly grants: readonly Grant[] }[]

beforeAll(async () => {
  emulator = await startEmulator({ seed: 'no grant' })
  useCredentials(emulator.credentials)
  service = await openService({
    configuration: {
      networks: networks.map((id) => ({ id })),
      aws: { region: emulator.region, endpoint: emulator.url },
    },
  })
  keys = [await newKey('decoded'), await newKey('decoded'), await newKey('opaque')]
  clients = await Promise.all(grantLists().map(newClient))
}, 60_000)

afterAll(async () => {
  await service.end()
  await emulator.close()
})

async function newKey(kind: 'decoded' | 'opaque'): Promise<Key> {
  const key = await service.operator.keys.create({ backend: 'aws-kms', family: 'evm', kind })
  const money = Object.fromEntries(networks.map((network) => [`${network}/slip44:60`, '1000000']))
  const rules = {
    operations: kind === 'opaque' ? ['sign:digest' as const] : ['sign:transaction' as const, 'sign:message' as const],
    networks: [...networks],
    recipients: [recipient],
    maximums: money,
    fees: Object.fromEntries(networks.map((network) => [network, '1000000000000000000'])),
  }
  // Everything the grants could allow: only they stand between a caller and the key.
  await service.operator.rules.put(key.id, rules, 0)
  return key
}

async function newClient(grants: readonly Grant[], index: number) {
  const { secret } = await service.operator.clients.create({ name: `client ${index}`, grants: [...grants] })
  return { secret, grants }
}

function grantLists(): readonly (readonly Grant[])[] {
  const [first, second, opaque] = keys.map(({ id }) => id) as [string, string, string]
  const grant = (operations: Grant['operations'], on: Grant['keys'], where: Grant['networks'] = '*'): Grant => ({
    operations,
    keys: on,
    networks: where,
  })
  return [
    [],
    [grant(['keys:read'], '*')],
    [grant(['admin', 'register:read', 'keys:create', 'keys:read'], '*')],
    [grant(['sign:transaction'], [first], [networks[0]])],
    [grant(['sign:transaction', 'sign:message'], [first]), grant(['sign:message'], [second], [networks[1]])],
    [grant(['relay', 'sign:authorization', 'sign:typed-data'], '*')],
    [grant(['sign:digest'], [opaque]), grant(['sign:message', 'keys:read'], [second])],
    [grant(['sign:transaction', 'sign:message'], '*', [networks[1]])],
  ]
}

/** What a request asks for, as far as grants go: undefined where no payload can be made out. */
interface Wish {
  readonly key: string
  readonly operation: string
  readonly network: unknown
}

function wishOf(key: string, body: unknown): Wish | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const { network, ...payload } = body as Record<string, unknown>
  const [field, ...more] = Object.keys(payload)
  if (field === undefined || more.length > 0) return undefined
  return { key, network, operation: field === 'message' ? messageRight(payload[field]) : `sign:${field}` }
}

/** Safety rule 18: 32 bytes may be a hash of something else, and take the right to sign digests. */
function messageRight(message: unknown): string {
  const { bytes, text } = (message ?? {}) as Record<string, unknown>
  const length = typeof bytes === 'string' ? (bytes.length - 2) / 2 : Buffer.byteLength(String(text))
  return length === 32 ? 'sign:digest' : 'sign:message'
}

function allows(grants: readonly Grant[], { key, operation, network }: Wish): boolean {
  return grants.some(
    (grant) =>
      (grant.operations as readonly string[]).includes(operation) &&
      (grant.keys === '*' || grant.keys.includes(key)) &&
      (grant.networks === '*' || (typeof network === 'string' && grant.networks.includes(network))),
  )
}

let nonce = 0
const transaction = () => ({
  type: 2,
  nonce: nonce++,
  to: recipient,
  value: '1',
  gas: 21_000,
  maxFeePerGas: '9',
  maxPriorityFeePerGas: '1',
})

const payloads = {
  transaction: fc.constant(0).map(() => ({ transaction: transaction() })),
  text: fc.string({ maxLength: 40 }).map((text) => ({ message: { text } })),
  bytes: fc.uint8Array({ minLength: 31, maxLength: 33 }).map((bytes) => ({ message: { bytes: hex(bytes) } })),
  digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => ({ digest: hex(bytes) })),
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`

const payload: fc.Arbitrary<Record<string, unknown>> = fc.oneof(...Object.values(payloads))

const body = fc
  .record({ payload, network: fc.option(fc.constantFrom(...networks, 'eip155:1'), { nil: undefined }) })
  .map(({ payload: one, network }): Record<string, unknown> => ({ ...(network && { network }), ...one }))

/** A member taken out, put in, replaced, or the whole replaced. */
const mutated = fc.oneof(
  { weight: 4, arbitrary: body },
  { weight: 1, arbitrary: fc.tuple(body, payload).map(([one, other]): unknown => ({ ...one, ...other })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(body, fc.constantFrom('network', 'message', 'digest', 'transaction'), fc.jsonValue({ maxDepth: 2 }))
      .map(([one, member, value]): unknown => ({ ...one, [member]: value })),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown> },
)

/** Names of a key, and what stands around it in a path. */
const names = fc
  .tuple(fc.nat({ max: 2 }), fc.constantFrom('id', 'address', 'publicKey'))
  .map(([index, by]) => ({ index, by }))
const routes = fc.constantFrom(
  ...(['/sign', '/sign', '/sign', '/sign', '/sign?dryRun=true', '/sign/', '', '/rules', '/enable', '/purge'] as const),
)

const anything = fc.record({
  client: fc.nat({ max: 8 }),
  name: names,
  route: routes,
  method: fc.oneof(
    { weight: 5, arbitrary: fc.constant('POST' as const) },
    fc.constantFrom('GET' as const, 'PUT' as const),
  ),
  body: mutated,
})

/** What the grants above do allow, by client, key, payload and network: chance alone rarely hits one. */
const granted = fc
  .constantFrom(
    ...([
      [3, 0, 'transaction', networks[0]],
      [4, 0, 'transaction', networks[1]],
      [4, 0, 'text', networks[0]],
      [4, 1, 'text', networks[1]],
      [6, 2, 'digest', undefined],
      [6, 1, 'text', networks[0]],
      [7, 1, 'transaction', networks[1]],
    ] as const),
  )
  .chain(([client, index, kind, network]) =>
    payloads[kind].map((one) => ({
      client,
      name: { index, by: 'id' },
      route: '/sign' as const,
      method: 'POST' as const,
      body: { ...(network && { network }), ...one } as unknown,
    })),
  )

const asking = fc.oneof({ weight: 4, arbitrary: anything }, { weight: 1, arbitrary: granted })

const signCalls = () => emulator.calls.filter(({ operation }) => operation === 'Sign')

test('no grant, no Sign call', async () => {
  const signed = { allowed: 0, refused: 0 }
  const before = signCalls().length
  let known = before
  await fc.assert(
    fc.asyncProperty(asking, async ({ client, name, route, method, body: sent }) => {
      const key = keys[name.index as 0 | 1 | 2]
      const caller = clients[client]
      const named = String(name.by === 'id' ? key.id : name.by === 'address' ? key.address : key.publicKey)
      const headers = caller === undefined ? {} : { 'x-api-key': caller.secret }
      const given = method === 'GET' ? {} : { body: JSON.stringify(sent) }
      const { status } = await service.ask(method, `/v1/keys/${named}${route}`, { headers, ...given })
      const calls = signCalls().length - known
      known += calls
      const wish = method === 'POST' && route === '/sign' ? wishOf(key.id, sent) : undefined
      const may = caller !== undefined && wish !== undefined && allows(caller.grants, wish)
      if (!may) expect([calls, route === '/sign' && status === 200]).toEqual([0, false])
      expect(calls).toBeLessThan(2)
      if (calls === 1) signed.allowed += 1
      else signed.refused += 1
    }),
    { numRuns: 500, seed: 20_261_121, endOnFailure: true },
  )
  // Otherwise nothing was tried.
  expect(signed.allowed).toBeGreaterThan(20)
  expect(signed.refused).toBeGreaterThan(200)
  expect(service.broken).toEqual([])
}, 120_000)
