/** What a call that was not answered with success throws. */
import type { Check } from './types.ts'

export interface ErrorParticulars {
  readonly where?: string
  readonly got?: string
  readonly wanted?: string
  readonly hint?: string
  /** Every check policy made, passed ones too. */
  readonly checks?: readonly Check[]
  /** Seconds after which the same request may succeed. */
  readonly retryAfter?: number
  /** Names the request in the service's log. */
  readonly instance?: string
}

/**
 * `code` is the service's own, such as `denied`, or one of two of the client: `unreachable` (no reply; `status` is 0, and
 * whether the request was carried out is not known) and `unreadable` (a reply that is not the service's).
 */
export class ChanceryError extends Error implements ErrorParticulars {
  override readonly name = 'ChanceryError'
  readonly code: string
  readonly status: number
  declare readonly where?: string
  declare readonly got?: string
  declare readonly wanted?: string
  declare readonly hint?: string
  declare readonly checks?: readonly Check[]
  declare readonly retryAfter?: number
  declare readonly instance?: string

  constructor(
    code: string,
    status: number,
    detail: string,
    particulars: ErrorParticulars = {},
    options: ErrorOptions = {},
  ) {
    super(detail, options)
    this.code = code
    this.status = status
    Object.assign(this, particulars)
  }
}

/** The error a reply stands for. */
export function errorOf(status: number, text: string): ChanceryError {
  const problem = parsed(text)
  if (problem === undefined || typeof problem['code'] !== 'string') {
    return new ChanceryError('unreadable', status, `The reply with status ${status} is not one of the service`)
  }
  // Routes of other programs' APIs say it as those do.
  const { code, message, detail = message } = problem
  return new ChanceryError(code, status, typeof detail === 'string' ? detail : code, particularsOf(problem))
}

type Fields = Readonly<Record<string, unknown>>

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function particularsOf(problem: Fields): ErrorParticulars {
  const { retryAfter, checks } = problem
  const words = ['where', 'got', 'wanted', 'hint', 'instance'].filter((name) => typeof problem[name] === 'string')
  return {
    ...Object.fromEntries(words.map((name) => [name, problem[name]])),
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
    ...(Array.isArray(checks) ? { checks: checks.filter(isCheck) } : {}),
  }
}

function isCheck(value: unknown): value is Check {
  return isFields(value) && typeof value['name'] === 'string' && typeof value['ok'] === 'boolean'
}
