/** The numbers of the hot path: what they say, under whose names, and what they cost. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { Call } from '../../src/core/call.ts'
import type { RecordItem } from '../../src/core/recorder.ts'
import type { SigningFlow, SignReply, SignRequest } from '../../src/core/services.ts'
import { createHttpMeter } from '../../src/health/http-meter.ts'
import { createMeters } from '../../src/health/metrics.ts'
import { observedRecorder, observedSigning } from '../../src/health/observed.ts'
import { createRegisterMeter } from '../../src/health/register-meter.ts'
import { createSigningMeter } from '../../src/health/signing-meter.ts'
import { histogramText, Times } from '../../src/health/tally.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { systemClock } from '../../src/base/clock.ts'
import { samples } from './samples.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

const call: Call = {
  principal: { client: 'cli_0', name: 'test', grants: [], scheme: 'built-in' },
  deadline: deadlineIn(30_000, systemClock),
}
const reply: SignReply = { attempt: 'att_0', key: 'key_0', signed: { result: {} } }

function flowOf(sign: SigningFlow['sign'], signMany?: SigningFlow['signMany']): SigningFlow {
  const never = () => Promise.reject(new Error('not asked'))
  return { sign, signOwn: never, signJoined: never, judge: never, judgeOwn: never, signMany: signMany ?? never }
}

const attestation: SignRequest = { key: '0x00', operation: 'sign:attestation', value: {} }

test('a histogram is cumulated, and holds everything it was told', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 120_000, noNaN: true })), (all) => {
      const times = new Times()
      for (const one of all) times.observe(one)
      const buckets = times.buckets()
      for (const [end, count] of buckets) expect(count).toBe(all.filter((one) => one <= end * 1_000).length)
      expect(times.total().count).toBe(all.length)
      expect(times.total().seconds).toBeCloseTo(all.reduce((total, one) => total + one, 0) / 1_000, 6)
    }),
  )
})

test('it is written as Prometheus reads it', () => {
  const times = new Times()
  times.observe(15)
  times.observe(90_000)
  const text = histogramText('chancery_example_seconds', 'An example', [{ labels: 'kind="a"', times }])
  expect(
    text.startsWith('# HELP chancery_example_seconds An example\n# TYPE chancery_example_seconds histogram\n'),
  ).toBe(true)
  const seen = samples(text)
  expect(seen.get('chancery_example_seconds_bucket{kind="a",le="0.01"}')).toBe(0)
  expect(seen.get('chancery_example_seconds_bucket{kind="a",le="0.015"}')).toBe(1)
  expect(seen.get('chancery_example_seconds_bucket{kind="a",le="60"}')).toBe(1)
  expect(seen.get('chancery_example_seconds_bucket{kind="a",le="+Inf"}')).toBe(2)
  expect(seen.get('chancery_example_seconds_sum{kind="a"}')).toBe(90.015)
  expect(seen.get('chancery_example_seconds_count{kind="a"}')).toBe(2)
  expect(text.endsWith('\n')).toBe(true)
})

test('every signature is counted by operation and outcome, and passes through as it was', async () => {
  const meters = createMeters()
  const refused = new Refused('conflicts-with-earlier', 'signed before')
  const answers = [() => reply, () => fail(refused), () => fail(new Failed('in-doubt', 'who knows')), () => fail(1)]
  const flow = observedSigning(
    flowOf(async () => answers.shift()?.() ?? reply),
    meters,
    systemClock,
  )
  expect(await flow.sign(attestation, call)).toBe(reply)
  await expect(flow.sign(attestation, call)).rejects.toBe(refused)
  await expect(flow.sign(attestation, call)).rejects.toThrow('who knows')
  await expect(flow.sign(attestation, call)).rejects.toBe(1)
  const seen = samples(await meters.text())
  const outcomes = { signed: 1, refused: 1, failed: 2 }
  for (const [outcome, count] of Object.entries(outcomes)) {
    expect(seen.get(`chancery_signatures_total{operation="sign:attestation",outcome="${outcome}"}`)).toBe(count)
  }
  for (const code of ['conflicts-with-earlier', 'in-doubt', 'internal']) {
    expect(seen.get(`chancery_signing_errors_total{code="${code}"}`)).toBe(1)
  }
  expect(seen.get('chancery_duties_total{kind="attestation",verdict="prevented"}')).toBe(1)
  expect(seen.get('chancery_signature_seconds_count{operation="sign:attestation"}')).toBe(1)
  expect(seen.get('signing_bls_signing_duration_count')).toBe(1)
  expect(seen.get('eth2_slashingprotection_prevented_signings_total')).toBe(1)
  expect(seen.get('chancery_signatures_total{operation="sign:block",outcome="signed"}')).toBe(0)
})

test('a batch counts each of its keys', async () => {
  const meters = createMeters()
  const error = new Refused('key-not-found', 'none')
  const flow = observedSigning(
    flowOf(
      () => fail(1),
      async () => [{ reply }, { error }, { reply }],
    ),
    meters,
    systemClock,
  )
  await flow.signMany({ keys: ['a', 'b', 'c'], operation: 'sign:attestation', value: {} }, call)
  const seen = samples(await meters.text())
  expect(seen.get('chancery_signatures_total{operation="sign:attestation",outcome="signed"}')).toBe(2)
  expect(seen.get('signing_bls_missing_identifier_count_total')).toBe(1)
})

const signRoute = 'POST /api/v1/eth2/sign/{identifier}'

test('what cannot be read and whom nobody knows is told apart, by route', async () => {
  const meters = createMeters()
  meters.observe({ route: signRoute, status: 404, code: 'key-not-found', milliseconds: 1 })
  meters.observe({ route: signRoute, status: 400, code: 'malformed-json', milliseconds: 1 })
  meters.observe({ route: signRoute, status: 400, code: 'invalid-payload', milliseconds: 1 })
  meters.observe({ route: signRoute, status: 412, code: 'conflicts-with-earlier', milliseconds: 1 })
  meters.observe({ route: 'POST /v1/keys/{key}/sign', status: 400, code: 'malformed-json', milliseconds: 1 })
  meters.observe({ route: signRoute, status: 200, milliseconds: 1 })
  const seen = samples(await meters.text())
  expect(seen.get('signing_bls_missing_identifier_count_total')).toBe(1)
  expect(seen.get('http_bls_malformed_request_count_total')).toBe(2)
  expect(seen.get(`chancery_http_requests_total{route="${signRoute}",status="200",code=""}`)).toBe(1)
  expect(seen.get(`chancery_http_request_seconds_count{route="${signRoute}"}`)).toBe(5)
})

const scope = '0x00@0x00'
const root = '0x00'

test('duties that were recorded are permitted ones, timed by their kind; what is refused or signs nothing is neither', async () => {
  const meter = createRegisterMeter()
  const statuses = ['recorded', 'recorded', 'stale', 'recorded'] as const
  const waiting: ('recorded' | 'stale')[] = [...statuses]
  const recorder = observedRecorder(
    {
      record: async () => {
        const status = waiting.shift() ?? 'recorded'
        return status === 'stale' ? { status } : { status, stream: 'str_0', seq: 1, signatures: [] }
      },
      trail: () => {},
      trailOutcome: () => {},
    },
    meter,
    systemClock,
  )
  const item = (more: Partial<RecordItem>): RecordItem => ({ bodies: [], guards: [], signs: true, ...more })
  const vote = { kind: 'attestation', scope, source: 1n, target: 2n, root } as const
  await recorder.record(item({ duties: [vote, { ...vote, scope: 'other' }] }), call.deadline)
  await recorder.record(item({ duties: [{ kind: 'block', scope, slot: 1n, root }] }), call.deadline)
  await recorder.record(item({ duties: [vote] }), call.deadline)
  await recorder.record(item({ signs: false }), call.deadline)
  expect(meter.kinds.attestation.count).toBe(2)
  expect(meter.kinds.attestation.times.total().count).toBe(1)
  expect(meter.kinds.block.count).toBe(1)
  expect(meter.kinds.other.count).toBe(0)
})

/** The goal is a microsecond; a machine that does ten things besides gets ten. */
test('counting costs next to nothing', againstClock, () => {
  const [http, signing, register] = [createHttpMeter(), createSigningMeter(), createRegisterMeter()]
  const seen = { route: signRoute, status: 200, milliseconds: 1.5 }
  const rounds = 100_000
  const began = performance.now()
  for (let i = 0; i < rounds; i++) {
    http.observe(seen)
    signing.signed('sign:attestation', 1.5)
    register.recorded('attestation', 1, 1.5)
  }
  const each = ((performance.now() - began) * 1_000) / rounds
  expect(signing.duties().count).toBe(rounds)
  expect(each, tooSlow).toBeLessThan(10)
})

function fail(error: unknown): never {
  throw error
}
