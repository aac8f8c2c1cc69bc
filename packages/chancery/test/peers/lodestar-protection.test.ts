/** The same requests to Lodestar's slashing protection and to ours: we agree, or ours is the stricter and a rule says why. */
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { DutyClaim } from '../../src/core/claim.ts'
import type { ProtectionRow } from '../../src/core/protection.ts'
import { seeded } from './faults/random.ts'
import { startLodestar, type LodestarPeer } from './lodestar/peer.ts'
import { hash } from '../contract/store/writer.ts'
import { Contest, dutyOf, interchangeOf } from './protection/contest.ts'
import { genesisValidatorsRoot, validators, type Validator } from './protection/duties.ts'
import { openOurs, type OurProtection } from './protection/ours.ts'

const requests = Number(process.env['REQUESTS'] ?? 100_000)
const seed = Number(process.env['SEED'] ?? 3076)

const all = validators(48)
const tame = all.filter(({ wild }) => !wild)

let lodestar: LodestarPeer

beforeAll(() => {
  lodestar = startLodestar()
})

afterAll(() => lodestar.stop())

beforeEach(() => lodestar.ask('forget', {}))

async function contest(changed: (ours: OurProtection) => OurProtection = (ours) => ours): Promise<Contest> {
  const one = new Contest({ lodestar, ours: changed(await openOurs()), random: seeded(seed) })
  onTestFinished(() => one.close())
  return one
}

test(`${requests} requests with files in between (SEED=${seed}): we agree, or ours is stricter by a rule`, async () => {
  const both = await contest()
  await both.run(all, requests)
  console.info(both.report())
  expect(both.unexplained).toEqual([])
  expect(tame.filter(({ publicKey }) => both.stopped.has(publicKey))).toEqual([])
}, 600_000)

test('each takes over what the other exports, and they go on as before', async () => {
  const both = await contest()
  await both.run(tame, requests / 10)
  const publicKeys = tame.map(({ publicKey }) => publicKey)
  const { interchange } = await lodestar.ask('export', { publicKeys, genesisValidatorsRoot })
  await both.exchange(interchange, publicKeys, await openOurs())
  await both.run(tame, requests / 10)
  expect(both.unexplained).toEqual([])
  expect([...both.stopped]).toEqual([])
}, 600_000)

test('one vote is repeated that Lodestar would not: a file named another vote for its target, from an earlier source', async () => {
  const ours = await openOurs()
  onTestFinished(() => ours.close())
  const [{ publicKey, scope }] = all as [Validator]
  const signed = { kind: 'attestation', scope, source: 3n, target: 10n, root: hash('signed') } as const
  const other = { source_epoch: '2', target_epoch: '10', signing_root: hash('other') }
  const file = interchangeOf([{ pubkey: publicKey, signed_blocks: [], signed_attestations: [other] }])
  const duties = [dutyOf(publicKey, signed)]
  expect(await ours.judge([signed])).toEqual([undefined])
  expect(await lodestar.ask('judge', { duties })).toEqual({ verdicts: [null] })
  await ours.import(file)
  await lodestar.ask('import', { interchange: file, genesisValidatorsRoot })
  expect(await ours.judge([signed])).toEqual([undefined])
  expect(await lodestar.ask('judge', { duties })).toEqual({ verdicts: ['ERR_INVALID_ATTESTATION_DOUBLE_VOTE'] })
})

/** The row that stood against a claim, or nothing, in place of what the store says. */
type Verdict = (claim: DutyClaim, held: ProtectionRow | undefined) => ProtectionRow | undefined

const wrong: Readonly<Record<string, readonly [Verdict, string]>> = {
  'looks at targets alone': [
    (claim, held) =>
      claim.kind === 'attestation' && claim.target > (held?.attestation?.target ?? -1n) ? undefined : held,
    'laxer than ERR_INVALID_ATTESTATION_NEW_SURROUNDS_PREV',
  ],
  'takes any root for the same slot': [
    (claim, held) => (claim.kind === 'block' && claim.slot === held?.block?.slot ? undefined : held),
    'laxer than ERR_INVALID_BLOCK_DOUBLE_BLOCK_PROPOSAL',
  ],
  'takes any vote for the last target': [
    (claim, held) => (claim.kind === 'attestation' && claim.target === held?.attestation?.target ? undefined : held),
    'laxer than ERR_INVALID_ATTESTATION_DOUBLE_VOTE',
  ],
  'refuses what it may take': [
    (claim, held) => held ?? (claim.kind === 'block' ? { scope: claim.scope } : undefined),
    'stricter without a rule',
  ],
}

describe('a gate is found out that', () => {
  test.each(Object.entries(wrong))('%s', async (_, [verdict, said]) => {
    const both = await contest((ours) => ({
      ...ours,
      judge: async (claims) => {
        const held = await ours.judge(claims)
        return claims.map((claim, i) => verdict(claim, held[i]))
      },
    }))
    await both.run(all, 2_000)
    expect(both.unexplained.some((difference) => difference.startsWith(said))).toBe(true)
  })
})
