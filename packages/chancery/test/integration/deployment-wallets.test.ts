/** What deploy/ reads of wallets and AWS KMS is what the service writes, and the guide tells of all of it. */
import { readdirSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { parse } from 'yaml'
import { systemClock } from '../../src/base/clock.ts'
import { isJsonObject, type JsonObject } from '../../src/base/json.ts'
import { createMeters } from '../../src/health/metrics.ts'
import { operations } from '../../src/keys/aws/operations.ts'
import { arnOf, record } from '../keys/aws/cloudtrail-records.ts'
import { metricsOf, namesIn, panelsIn, rulesIn, textOf } from './deploy-files.ts'

const { alerts, records } = rulesIn('prometheus/wallets.rules.yml')
const panels = panelsIn('grafana/wallets.json')
const recorded = records.map(({ name }) => name)

/** The names an exchange asked for. */
const promised = [
  'kms_key_creation_rate',
  'kms_signing_operations',
  'kms_key_access_patterns',
  'failed_kms_operations',
  'wallet_creation_success_rate',
  'address_validation_failures',
  'kms_integration_errors',
  'transaction_signing_latency',
]

/** Signatory's, which operators of both compare. */
const likeSignatory = ['signing_ops_total', 'vault_sign_request_duration_ms', 'vault_sign_request_error_total']

/** Gauges of a whole service (compose/gauges.ts, and the windows of the policy). */
const gauges = ['chancery_register_trouble', 'chancery_wallet_window_used_ratio']

/** Everything was told to it once. */
async function exported(): Promise<ReadonlySet<string>> {
  const meters = createMeters(systemClock)
  meters.wallets.orphans('done', 1)
  meters.wallets.creating(1, 0)
  meters.wallets.paying(1, 0)
  meters.observeKms({ operation: 'Sign', region: 'eu-central-1', milliseconds: 5, attempt: 1, outcome: 'ok' })
  return new Set([...namesIn(await meters.text()), ...gauges])
}

test('the promised metrics are recorded by name', () => {
  expect([...promised, ...likeSignatory].filter((name) => !recorded.includes(name))).toEqual([])
})

/** `increase(name{label=~"one|another"}[5m])`: each name with each of the alternatives, and without any where none is asked for. */
const rising = [...records, ...alerts].flatMap(({ expr }) =>
  [...expr.matchAll(/increase\((\w+)(?:\{(\w+)=~?"([^"]*)"\})?[^[]*\[/g)].flatMap(([, name = '', label, values = '']) =>
    values.split('|').map((value) => (label === undefined ? `${name}` : `${name}{${label}="${value}"}`)),
  ),
)

/** What a service exports that was asked nothing yet. */
async function unasked(): Promise<readonly string[]> {
  const meters = createMeters(systemClock)
  meters.expectKms(operations, 'eu-central-1')
  meters.wallets.expect(['bitcoin'])
  return (await meters.text()).split('\n').filter((line) => line.endsWith(' 0'))
}

test.each([...new Set(rising)])('%s is 0 from the start, so that the first one is an increase', async (sample) => {
  const [, name = '', label = '', value = ''] = /^(\w+)(?:\{(\w+)="(.*)"\})?$/.exec(sample) ?? []
  const wanted = label === '' ? new RegExp(`^${name}[ {]`) : new RegExp(`^${name}\\{(?:.*,)?${label}="${value}"[,}]`)
  expect((await unasked()).filter((line) => wanted.test(line)).length).toBeGreaterThan(0)
})

test('of what goes to AWS, each operation and outcome', async () => {
  const rows = (await unasked()).filter((line) => line.startsWith('chancery_kms_attempts_total{'))
  expect(rows.length).toBe(operations.length * 5)
})

test.each([...records, ...alerts])('$name asks for what is there', async ({ expr }) => {
  const known = await exported()
  expect(metricsOf(expr).length).toBeGreaterThan(0)
  expect(metricsOf(expr).filter((name) => !known.has(name) && !recorded.includes(name))).toEqual([])
})

test('every panel', async () => {
  const known = await exported()
  const unknown = panels.flatMap(({ name, expr }) =>
    metricsOf(expr).flatMap((metric) => (known.has(metric) || recorded.includes(metric) ? [] : [`${name}: ${metric}`])),
  )
  expect(unknown).toEqual([])
  expect(panels.length).toBeGreaterThan(20)
  const shown = panels.flatMap(({ expr }) => metricsOf(expr))
  expect(promised.filter((name) => !shown.includes(name))).toEqual([])
})

test('every alert is tried', () => {
  const tried = textOf('prometheus/wallets.rules.test.yml') + textOf('prometheus/wallets-baseline.rules.test.yml')
  expect(alerts.filter(({ name }) => !tried.includes(`- name: ${name}\n`))).toEqual([])
})

test('no metric has a label that names somebody', () => {
  const labels = [...records, ...alerts, ...panels].flatMap(({ expr }) =>
    [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', ')),
  )
  const allowed = 'job instance le family backend operation outcome tier code where reason what kind rule period'
  expect(labels.filter((label) => !allowed.split(' ').includes(label))).toEqual([])
})

test('the guide tells of every alert and every metric, and of no other', () => {
  const guide = textOf('../docs/watching-wallets.md')
  const told = new Set([...guide.matchAll(/`(Chancery\w+)`/g)].map(([, name = '']) => name))
  expect([...told].toSorted()).toEqual(alerts.map(({ name }) => name).toSorted())
  const table = /<!-- metrics -->(.*?)<!-- \/metrics -->/s.exec(guide)?.[1] ?? ''
  const named = new Set([...table.matchAll(/`([a-z0-9]+(?:_[a-z0-9]+)+)/g)].map(([, name = '']) => name))
  const needed = [...records, ...alerts, ...panels].flatMap(({ expr }) => metricsOf(expr))
  const missing = [...recorded, ...needed]
    .map((name) => name.replace(/_(?:bucket|sum|count)$/, '').replace(/:.*$/, ''))
    .filter((name) => !named.has(name))
  expect(missing).toEqual([])
})

/** Every text under a member of this name, however deep: `metric_selectors`. */
function textsUnder(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => textsUnder(name, one))
  if (!isJsonObject(value)) return []
  return Object.entries(value).flatMap(([member, inner]) =>
    member === name ? textsIn(inner) : textsUnder(name, inner),
  )
}

function textsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => textsIn(one))
  return typeof value === 'string' ? [value] : []
}

function objectIn(path: string): JsonObject {
  const value: unknown = path.endsWith('.yml') ? parse(textOf(path)) : JSON.parse(textOf(path))
  if (!isJsonObject(value)) throw new Error(`${path} holds no object`)
  return value
}

describe('the way to CloudWatch', () => {
  it('takes metrics that the service exports, each in one place', async () => {
    const known = await exported()
    const selectors = textsUnder('metric_selectors', objectIn('cloudwatch/agent.json'))
    expect(selectors.length).toBeGreaterThan(8)
    const names = selectors.map((selector) => /^\^(\w+)\$$/.exec(selector)?.[1] ?? selector)
    // These two are gauges of a whole service as well (compose/gauges.ts).
    const more = ['chancery_halted', 'chancery_register_waiting']
    expect(names.filter((name) => !known.has(name) && !more.includes(name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  })

  it('takes the recorded metrics, all that were promised, and the alerts', () => {
    const collector = objectIn('cloudwatch/collector.yml')
    const selectors = textsUnder('metric_name_selectors', collector)
    expect(selectors.toSorted()).toEqual([...promised, 'ALERTS'].toSorted())
    const asked = textsUnder('match[]', collector).join(' ')
    expect(selectors.filter((name) => !asked.includes(name))).toEqual([])
  })

  it('has dimensions that are labels of what they are for', () => {
    const dimensions = [
      ...textsUnder('dimensions', objectIn('cloudwatch/agent.json')),
      ...textsUnder('dimensions', objectIn('cloudwatch/collector.yml')),
    ]
    const labels =
      'job operation outcome tier what family reason rule period where code backend quantile alertname severity'
    expect([...new Set(dimensions)].toSorted()).toEqual(labels.split(' ').toSorted())
  })
})

/** As EventBridge reads patterns of lists: each member of the pattern holds one of them. */
function matches(pattern: JsonObject, event: JsonObject): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const got = event[name]
    if (isJsonObject(wanted)) return isJsonObject(got) && matches(wanted, got)
    return textsIn(wanted).some((one) => one === got)
  })
}

describe('the rules of EventBridge', () => {
  const event = (source: string, detail: JsonObject) => ({
    source,
    'detail-type': 'AWS API Call via CloudTrail',
    detail,
  })
  const ofKeys = (name: string) =>
    event(
      'aws.kms',
      record('kms', name, arnOf('1234abcd-12ab-34cd-56ef-1234567890ab'), { time: '2026-11-21T12:00:00Z' }),
    )
  const patterns = readdirSync(new URL('../../../../deploy/cloudwatch/', import.meta.url))
    .filter((file) => file.endsWith('.pattern.json'))
    .map((file) => objectIn(`cloudwatch/${file}`))
  const told = (one: JsonObject) => patterns.some((pattern) => matches(pattern, one))

  it.each(['ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy', 'CreateGrant', 'UpdateAlias'])('tell of %s', (name) => {
    expect(told(ofKeys(name))).toBe(true)
  })

  it('tell of the trail being stopped, and of no work', () => {
    const stopped = { eventSource: 'cloudtrail.amazonaws.com', eventName: 'StopLogging' }
    expect(told(event('aws.cloudtrail', stopped))).toBe(true)
    expect(
      ['Sign', 'Decrypt', 'CreateKey', 'CreateAlias', 'GetPublicKey'].filter((name) => told(ofKeys(name))),
    ).toEqual([])
  })
})
