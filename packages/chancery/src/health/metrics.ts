/** Counters and histograms in Prometheus' text form. Labels never hold an address, a key or a client. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Metrics } from '../core/services.ts'

export interface Gauged {
  readonly name: string
  readonly help: string
  read(): number
}

/** Milliseconds to seconds, in steps that resolve a sealed signature (1 ms) as well as a slow KMS (3 s). */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createMetrics(gauges: readonly Gauged[]): Metrics {
  const registry = new Registry()
  const requests = new Counter({
    name: 'chancery_http_requests_total',
    help: 'Requests answered, by route, status and error code',
    labelNames: ['route', 'status', 'code'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'chancery_http_request_seconds',
    help: 'Time to answer, by route',
    labelNames: ['route'],
    buckets,
    registers: [registry],
  })
  for (const gauge of gauges) expose(gauge, registry)
  return {
    observe: ({ route, status, code, milliseconds }) => {
      requests.inc({ route, status: String(status), code: code ?? '' })
      seconds.observe({ route }, milliseconds / 1_000)
    },
    text: () => registry.metrics(),
  }
}

function expose({ name, help, read }: Gauged, registry: Registry): void {
  const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) })
}
