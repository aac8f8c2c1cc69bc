import { ACCOUNT } from './arn.ts'
import type { Emulator } from './emulator.ts'
import { FAULT_KINDS, type FaultRule } from './faults.ts'
import type { IdentityOptions } from './iam/principal.ts'
import { isPolicy } from './iam/policy.ts'
import type { SignedRequest } from './sigv4/canonical.ts'
import { isObject } from './validation.ts'

export interface ControlReply {
  readonly status: number
  readonly body: unknown
}

type Handler = (emulator: Emulator, body: unknown, rest: string, query: URLSearchParams) => ControlReply

const ok = (body: unknown): ControlReply => ({ status: 200, body })
const refused = (message: string, status = 400): ControlReply => ({ status, body: { error: message } })

// The control surface has no password, so a web page must not be able to reach it through its visitor's browser:
// no Origin, and a Host that is this machine (which a rebound DNS name is not).
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/

/** Switches for another process on this machine: faults, calls, clock, quotas, access keys. */
export function control(emulator: Emulator, request: SignedRequest): ControlReply {
  if (request.headers.origin !== undefined || !LOCAL_HOST.test(request.headers.host ?? '')) {
    return refused('Only local programs may use the control surface', 403)
  }
  const url = new URL(request.target, 'http://localhost')
  const [, , resource = '', rest = ''] = url.pathname.split('/')
  const handler = HANDLERS[`${request.method} ${resource}`]
  if (handler === undefined) return refused(`No ${request.method} ${url.pathname} here`, 404)
  const body = parseBody(request.body)
  return body === undefined ? refused('The body is not JSON') : handler(emulator, body.value, rest, url.searchParams)
}

function parseBody(body: Buffer): { value: unknown } | undefined {
  try {
    return { value: body.length === 0 ? undefined : JSON.parse(body.toString()) }
  } catch {
    return undefined
  }
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET ': (emulator) => ok({ account: ACCOUNT, region: emulator.region, regions: emulator.regions }),
  'GET faults': (emulator) => ok({ faults: emulator.faults.list() }),
  'POST faults': addFaults,
  'DELETE faults': (emulator, _, id) => {
    if (id !== '') return emulator.faults.remove(id) ? ok({}) : refused(`No fault ${id}`, 404)
    emulator.faults.clear()
    return ok({})
  },
  'GET calls': (emulator, _, __, query) => {
    const since = Number(query.get('since') ?? 0)
    return ok({ calls: emulator.calls.entries.filter((entry) => entry.seq > since) })
  },
  'DELETE calls': (emulator) => {
    emulator.calls.clear()
    return ok({})
  },
  'POST clock': advanceClock,
  'PUT quotas': setQuotas,
  'POST identities': addIdentity,
}

function addFaults(emulator: Emulator, body: unknown): ControlReply {
  const rules: readonly unknown[] = Array.isArray(body) ? body : [body]
  const wrong = rules.map(faultProblem).find((problem) => problem !== undefined)
  if (wrong !== undefined) return refused(wrong)
  return ok({ ids: rules.filter(isFaultRule).map((rule) => emulator.faults.add(rule)) })
}

const NUMBERS = ['skip', 'count', 'probability', 'ms', 'maxMs', 'calls', 'length', 'status']
const REQUIRED: Readonly<Record<string, string>> = {
  latency: 'ms',
  'clock-skew': 'ms',
  'der-length': 'length',
  error: 'code',
}

/** Says what is wrong with a rule, so that a mistyped switch is not one that silently never fires. */
function faultProblem(rule: unknown): string | undefined {
  if (!isObject(rule)) return 'A fault must be an object'
  const { kind } = rule
  if (!FAULT_KINDS.some((one) => one === kind))
    return `kind: got ${String(kind)}, wanted one of ${FAULT_KINDS.join(', ')}`
  const member = REQUIRED[String(kind)]
  if (member !== undefined && rule[member] === undefined) return `${member}: wanted for the fault ${String(kind)}`
  const unknown = Object.keys(rule).find((name) => ![...NUMBERS, ...TEXTS, 'kind', 'operation'].includes(name))
  if (unknown !== undefined) return `${unknown}: not a member of a fault`
  const mistyped = NUMBERS.find((name) => rule[name] !== undefined && typeof rule[name] !== 'number')
  if (mistyped !== undefined) return `${mistyped}: got ${JSON.stringify(rule[mistyped])}, wanted a number`
  return rule['stage'] === undefined || rule['stage'] === 'before' || rule['stage'] === 'after'
    ? undefined
    : `stage: got ${JSON.stringify(rule['stage'])}, wanted before or after`
}

const TEXTS = ['key', 'code', 'message', 'stage']

const isFaultRule = (rule: unknown): rule is FaultRule => faultProblem(rule) === undefined

function advanceClock(emulator: Emulator, body: unknown): ControlReply {
  const ms = isObject(body) ? body['advanceMs'] : undefined
  if (typeof ms !== 'number' || !(ms >= 0)) return refused('advanceMs: wanted a number of milliseconds')
  emulator.advance(ms)
  return ok({ now: new Date(emulator.now()).toISOString() })
}

function setQuotas(emulator: Emulator, body: unknown): ControlReply {
  const quotas = isObject(body) ? body['quotas'] : undefined
  if (quotas === null) emulator.quotas.set(undefined)
  else if (quotas === 'aws') emulator.quotas.set('aws')
  else if (isFigures(quotas)) emulator.quotas.set(quotas)
  else return refused('quotas: wanted "aws", null or an object of figures')
  return ok({})
}

const isFigures = (value: unknown): value is Record<string, number> =>
  isObject(value) && Object.values(value).every((one) => typeof one === 'number')

function addIdentity(emulator: Emulator, body: unknown): ControlReply {
  if (!isIdentity(body)) return refused('Wanted accessKeyId, secretAccessKey and perhaps userName, policy, mfa')
  emulator.identities.set(body)
  return ok({})
}

function isIdentity(value: unknown): value is IdentityOptions {
  if (!isObject(value) || typeof value['accessKeyId'] !== 'string') return false
  if (typeof value['secretAccessKey'] !== 'string') return false
  return value['policy'] === undefined || isPolicy(value['policy'])
}
