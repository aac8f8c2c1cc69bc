/** Errors as a person, or a program, reads them. Never a stack: the service's own log has those. */
import { ChanceryError, type Check } from '@chancery/client'
import { ConfigError, type Problem } from '../config/problem.ts'
import { Failed, Refused } from '../core/errors.ts'
import { UsageError } from './command.ts'

/** The running service could not be reached; its sentence says what to do. */
export class NoService extends Error {
  override readonly name = 'NoService'
}

interface Told {
  readonly code: string
  readonly message: string
  readonly where?: string
  readonly got?: string
  readonly wanted?: string
  readonly hint?: string
  readonly checks?: readonly Check[]
  /** Everything that is wrong with a configuration. */
  readonly problems?: readonly Problem[]
}

/** 32 bytes or more: nothing of the command line or the configuration is written so, but private keys are. */
const keyLike = /(?<![0-9a-fA-F])(?:0x)?[0-9a-fA-F]{64,}/g
const concealed = '(64 or more hex digits, not shown: a private key given here is in the history of the shell now)'

/** What a person mistyped is repeated to them, unless it may be a private key. */
function withoutKeys(text: string, error: unknown): string {
  const typed = error instanceof UsageError || error instanceof ConfigError
  return typed ? text.replaceAll(keyLike, concealed) : text
}

export function errorText(error: unknown): string {
  return withoutKeys(textOf(error), error)
}

function textOf(error: unknown): string {
  const { message, where, got, wanted, hint, checks = [] } = told(error)
  const words = [
    where && !(message.startsWith(where) && said(message, where)) && `at ${where}`,
    got && !said(message, `got ${got}`) && `got ${got}`,
    wanted && !said(message, `wanted ${wanted}`, `must be ${wanted}`) && `wanted ${wanted}`,
  ]
    .filter(Boolean)
    .join(', ')
  const failed = checks
    .filter(({ ok }) => !ok)
    .map(({ name, got: found, allowed }) => `  ${name}: got ${found}, allowed ${allowed}`)
  return [
    `chancery: ${message.replace(/^chancery /, '')}${words && ` (${words})`}`,
    ...failed,
    ...(hint ? [hint] : []),
  ].join('\n')
}

/** Whether the sentence has one of these already, and not as the beginning of something longer. */
function said(sentence: string, ...phrases: readonly string[]): boolean {
  const rest = phrases.flatMap((phrase) => sentence.split(phrase).slice(1))
  return rest.some((after) => !/^[\w.[]*\w/.test(after))
}

export function errorJson(error: unknown): string {
  return withoutKeys(JSON.stringify({ error: told(error) }, undefined, 2), error)
}

function told(error: unknown): Told {
  if (error instanceof ChanceryError) return fromClient(error)
  if (error instanceof ConfigError) return { code: 'configuration', message: error.message, problems: error.problems }
  if (error instanceof Refused || error instanceof Failed) {
    return { code: error.code, message: error.message, ...error.particulars }
  }
  if (error instanceof Error)
    return { code: error instanceof UsageError ? 'usage' : 'internal', message: error.message }
  return { code: 'internal', message: String(error) }
}

function fromClient({ code, message, cause, where, got, wanted, hint, checks }: ChanceryError): Told {
  if (cause instanceof NoService) return { code, message: cause.message }
  const words = { where, got, wanted, hint }
  const given = Object.entries(words).filter(([, word]) => word !== undefined)
  return { code, message, ...Object.fromEntries(given), ...(checks && { checks }) }
}
