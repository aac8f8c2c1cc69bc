/** What the dry run says of a duty, beside what becomes of that duty when it is signed. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hex } from '../../src/base/bytes.ts'
import { epoch } from '../chains/consensus/client-requests.ts'
import { mainnetForkInfo, mainnetRoot } from '../chains/consensus/signing.ts'
import { openBeacon, type BeaconService } from './beacon-service.ts'

const sepoliaRoot: Hex = '0xd8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078'
const keys = 3

let beacon: BeaconService

beforeAll(async () => {
  const networks = [
    { id: 'beacon:mainnet', main: false },
    { id: 'beacon:sepolia', main: false },
  ]
  beacon = await openBeacon({ networks }, [
    { genesisValidatorsRoot: mainnetRoot, count: keys },
    { genesisValidatorsRoot: sepoliaRoot, count: 1 },
  ])
}, 60_000)

afterAll(() => beacon.end())

interface Step {
  readonly kind: 'block' | 'attestation'
  readonly key: number
  /** From the beginning of the run. */
  readonly at: number
  readonly length: number
  readonly root: string
  readonly again: boolean
  readonly rooted: boolean
}

const root = (digit: string): Hex => `0x${digit.repeat(64)}`

function dutyOf({ kind, at, length, root: digit }: Step, from: number) {
  const [slot, target] = [(from + at) * 32, from + at]
  if (kind === 'attestation') {
    const source = { epoch: String(target - length), root: root('2') }
    const attestation = { slot: String(slot), index: '0', beacon_block_root: root(digit), source }
    return {
      type: 'ATTESTATION',
      fork_info: mainnetForkInfo,
      attestation: { ...attestation, target: { epoch: String(target), root: root('3') } },
    }
  }
  const parts = { parent_root: root('4'), state_root: root('5'), body_root: root(digit) }
  const block_header = { slot: String(slot), proposer_index: '7', ...parts }
  return { type: 'BLOCK_V2', fork_info: mainnetForkInfo, beacon_block: { version: 'FULU', block_header } }
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('block', 'attestation'),
  key: fc.nat(keys - 1),
  at: fc.nat(6),
  length: fc.integer({ min: -1, max: 4 }),
  root: fc.constantFrom('a', 'b'),
  again: fc.boolean(),
  rooted: fc.boolean(),
})

async function ask(key: Hex, signing_request: object) {
  const { status, body } = await beacon.service.ask('POST', '/api/v1/eth2/slashable', {
    body: { identifiers: [key], signing_request },
  })
  expect([status, body]).toEqual([200, expect.any(String)])
  const [answer] = JSON.parse(body) as readonly { slashable?: boolean; reason?: string; error?: { code: number } }[]
  return answer
}

const sign = (key: Hex, body: object) => beacon.service.ask('POST', `/api/v1/eth2/sign/${key}`, { body })

/** The root, as a refusal of a wrong one tells it. */
async function rootOf(key: Hex, duty: object): Promise<string> {
  const { status, body } = await sign(key, { ...duty, signingRoot: root('e') })
  expect(status).toBe(400)
  return /0x(?!e{64})[0-9a-f]{64}/.exec(body)?.[0] ?? ''
}

test('it says what signing does, with a root or without, whatever was signed before', async () => {
  const said = { slashable: 0, allowed: 0 }
  let from = epoch
  const run = async (steps: readonly Step[]) => {
    from += 12
    for (const [index, drawn] of steps.entries()) {
      const one = drawn.again ? (steps[index - 1] ?? drawn) : drawn
      const key = beacon.publicKeys[one.key] ?? '0x'
      const duty = dutyOf(one, from)
      const asked = drawn.rooted ? { ...duty, signingRoot: await rootOf(key, duty) } : duty
      const answer = await ask(key, asked)
      const { status, body } = await sign(key, drawn.rooted ? duty : asked)
      expect([status, body]).toEqual([answer?.slashable === true ? 412 : 200, body])
      said[answer?.slashable === true ? 'slashable' : 'allowed'] += 1
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), run), {
    numRuns: 40,
    endOnFailure: true,
  })
  expect(Math.min(said.slashable, said.allowed)).toBeGreaterThan(20)
}, 60_000)

test('where there are several networks, each duty is held against the high watermark of its own', async () => {
  const { slashingProtection } = beacon.service.operator
  const wanted = { network: 'beacon:sepolia', slot: '100', epoch: '100' } as const
  await slashingProtection.putCeiling(wanted)
  const sepolia = { ...mainnetForkInfo, genesis_validators_root: sepoliaRoot }
  const [mainnetKey = '0x', sepoliaKey = '0x'] = [beacon.publicKeys[0], beacon.publicKeys.at(-1)]
  const vote = { kind: 'attestation', key: 0, at: 0, length: 1, root: 'a', again: false, rooted: false } as const
  const [duty, theirs] = [dutyOf(vote, 450_000), { ...dutyOf(vote, 300_000), fork_info: sepolia }]
  expect(await ask(mainnetKey, duty)).toMatchObject({ slashable: false })
  const reason: unknown = expect.stringContaining('high watermark')
  expect(await ask(sepoliaKey, theirs)).toMatchObject({ slashable: true, reason })
  expect((await sign(sepoliaKey, theirs)).status).toBe(412)
  expect(await ask(sepoliaKey, duty)).toMatchObject({ error: { code: 400 } })
})

test('where there are several networks, the high watermark is asked for by name', async () => {
  const asked = async (query: string) => {
    const { status, body } = await beacon.service.ask('GET', `/api/v1/eth2/highWatermark${query}`)
    return [status, body]
  }
  expect(await asked('?network=beacon:sepolia')).toEqual([200, '{"slot":"100","epoch":"100"}'])
  expect(await asked('?network=beacon:mainnet')).toEqual([200, '{}'])
  expect(await asked('')).toEqual([400, expect.stringContaining('?network=')])
  expect((await asked('?network=beacon:hoodi'))[0]).toBe(400)
})
