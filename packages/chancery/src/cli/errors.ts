/** Errors as a person, or a program, reads them. Never a stack: the service's own log has those. */
import { ChanceryError, type Check } from '@chancery/client'
import { Failed, Refused } from '../core/errors.ts'

interface Told {
  readonly code: string
  readonly message: string
  readonly where?: string
  readonly got?: string
  readonly wanted?: string
  readonly hint?: string
  readonly checks?: readonly Check[]
}

export function errorText(error: unknown): string {
  const { message, where, got, wanted, hint, checks = [] } = told(error)
  const words = [where && `at ${where}`, got && `got ${got}`, wanted && `wanted ${wanted}`].filter(Boolean).join(', ')
  const failed = checks
    .filter(({ ok }) => !ok)
    .map(({ name, got: found, allowed }) => `  ${name}: got ${found}, allowed ${allowed}`)
  return [`chancery: ${message}${words && ` (${words})`}`, ...failed, ...(hint ? [hint] : [])].join('\n')
}

export function errorJson(error: unknown): string {
  return JSON.stringify({ error: told(error) }, undefined, 2)
}

function told(error: unknown): Told {
  if (error instanceof ChanceryError) return fromClient(error)
  if (error instanceof Refused || error instanceof Failed) {
    return { code: error.code, message: error.message, ...error.particulars }
  }
  if (error instanceof Error) return { code: codeOf(error), message: error.message }
  return { code: 'internal', message: String(error) }
}

function codeOf(error: Error): string {
  if (error.name === 'UsageError') return 'usage'
  return error.name === 'ConfigError' ? 'configuration' : 'internal'
}

function fromClient({ code, message, where, got, wanted, hint, checks }: ChanceryError): Told {
  const words = { where, got, wanted, hint }
  const given = Object.entries(words).filter(([, word]) => word !== undefined)
  return { code, message, ...Object.fromEntries(given), ...(checks && { checks }) }
}
