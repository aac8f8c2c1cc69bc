/** What deploy/ reads is what the service writes: every metric of the dashboard and the alerts is one of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificateGauges } from '../../src/compose/gauges.ts'
import { createMeters } from '../../src/health/metrics.ts'
import { metricsOf, namesIn, panelsIn, rulesIn, textOf } from './deploy-files.ts'
import { openService, type TestService } from './service.ts'

/** Prometheus makes it itself. */
const notOurs = ['up']

let service: TestService
let exported: ReadonlySet<string>

beforeAll(async () => {
  service = await openService({ configuration: { networks: [{ id: 'beacon:hoodi' }] } })
  const { body } = await service.ask('GET', '/metrics')
  exported = new Set([...namesIn(body), ...namesIn(await ofTls()), ...notOurs])
})

afterAll(() => service.end())

/** What a listener with TLS adds. */
async function ofTls(): Promise<string> {
  const meters = createMeters()
  const tls = { kind: 'pem', certFile: '', keyFile: '', clients: 'asked' } as const
  meters.expose(certificateGauges({ tls }, { certificateEnd: () => 1_000 }))
  return meters.text()
}

const { alerts } = rulesIn('prometheus/validators.rules.yml')
const panels = panelsIn('grafana/validators.json')

test('the names in an expression are found', () => {
  const expression =
    'histogram_quantile(0.99, sum by (le, job) (rate(a_b_bucket{job="x_y"}[5m]))) > 2 and on (job) max(c_d) >= 3'
  expect(metricsOf(expression)).toEqual(['a_b_bucket', 'c_d'])
})

test.each(alerts)('alert $name', ({ expr }) => {
  expect(metricsOf(expr).length).toBeGreaterThan(0)
  for (const name of metricsOf(expr)) expect(exported).toContain(name)
})

test('every panel', () => {
  const unknown = panels.flatMap(({ name, expr }) =>
    metricsOf(expr).flatMap((metric) => (exported.has(metric) ? [] : [`${name}: ${metric}`])),
  )
  expect(unknown).toEqual([])
  expect(panels.length).toBeGreaterThan(20)
})

test('every alert is tried', () => {
  const tried = textOf('prometheus/validators.rules.test.yml')
  expect(alerts.filter(({ name }) => !tried.includes(`- name: ${name}\n`))).toEqual([])
})

test('every alert the guide tells of is there', () => {
  const told = [...textOf('../docs/validators-operations.md').matchAll(/`(Chancery\w+)`/g)].map(([, name = '']) => name)
  expect(told.filter((name) => !alerts.some((alert) => alert.name === name))).toEqual([])
  expect(told.length).toBeGreaterThan(5)
})

/** Web3Signer's alone: the guide says what stands in their place. */
const theirs = ['http_vertx_worker_queue_delay', 'process_release']

test("the guide's table of metrics is of ours, and has all that validators need", () => {
  const guide = textOf('../docs/validators-operations.md')
  const table = /<!-- metrics -->(.*?)<!-- \/metrics -->/s.exec(guide)?.[1] ?? ''
  const named = [...table.matchAll(/`([a-z0-9]+(?:_[a-z0-9]+)+)`/g)].map(([, name = '']) => name)
  const whole = new Set([...exported].map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))
  expect(named.filter((name) => !exported.has(name) && !whole.has(name) && !theirs.includes(name))).toEqual([])
  const needed = [...alerts, ...panels].flatMap(({ expr }) => metricsOf(expr)).filter((name) => !notOurs.includes(name))
  const told = (name: string) => named.includes(name) || named.includes(name.replace(/_(?:bucket|sum|count)$/, ''))
  expect(needed.filter((name) => !told(name))).toEqual([])
})
