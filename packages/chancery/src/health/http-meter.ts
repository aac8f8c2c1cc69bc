/** Requests by route, status and error code. Routes come from our own table, so there are never many. */
import { codes, type Code } from '../core/errors.ts'
import type { Observation } from '../core/services.ts'
import { Counts, counterText, histogramText, Times } from './tally.ts'

export interface HttpMeter {
  observe(observation: Observation): void
  /** Requests on a route that were answered with one of these codes. */
  answered(route: string, codes: readonly Code[]): number
  text(): string
}

interface Answered {
  readonly status: number
  readonly code: Code | undefined
  count: number
}

interface RouteMeter {
  readonly times: Times
  readonly answers: Answered[]
}

const problems = Object.keys(codes)
const places: ReadonlyMap<string, number> = new Map(problems.map((code, at) => [code, at]))

export function createHttpMeter(): HttpMeter {
  const routes = new Map<string, RouteMeter>()
  const reasons = new Counts(problems.length)
  return {
    observe({ route, status, code, milliseconds }) {
      const { times, answers } = routes.get(route) ?? added(routes, route)
      times.observe(milliseconds)
      const place = code === undefined ? undefined : places.get(code)
      if (place !== undefined) reasons.add(place)
      // A route answers in a few ways only, and mostly in the first one seen.
      for (const answer of answers) {
        if (answer.status === status && answer.code === code) return void (answer.count += 1)
      }
      answers.push({ status, code, count: 1 })
    },
    answered: (route, codes) =>
      (routes.get(route)?.answers ?? [])
        .filter(({ code }) => code !== undefined && codes.includes(code))
        .reduce((total, { count }) => total + count, 0),
    text: () => textOf([...routes]) + problemText(reasons),
  }
}

function added(routes: Map<string, RouteMeter>, route: string): RouteMeter {
  const meter = { times: new Times(), answers: [] }
  routes.set(route, meter)
  return meter
}

function textOf(routes: readonly (readonly [string, RouteMeter])[]): string {
  const counts = routes.flatMap(([route, { answers }]) =>
    answers.map(({ status, code = '', count }) => ({
      labels: `route="${route}",status="${status}",code="${code}"`,
      count,
    })),
  )
  const times = routes.map(([route, meter]) => ({ labels: `route="${route}"`, times: meter.times }))
  return (
    counterText('chancery_http_requests_total', 'Requests answered, by route, status and error code', counts) +
    histogramText('chancery_http_request_seconds', 'Time to answer, by route', times)
  )
}

/** Zeros too: the first request that is answered so must be an increase. */
function problemText(reasons: Counts): string {
  const rows = problems.map((code, at) => ({ labels: `code="${code}"`, count: reasons.at(at) }))
  return counterText('chancery_problems_total', 'Requests answered with a problem, by its code', rows)
}
