/** Errors as a person, or a program, reads them. Never a stack: the service's own log has those. */
import { ChanceryError, type Check } from '@chancery/client'
import { ConfigError, type Problem } from '../config/problem.ts'
import { Failed, Refused } from '../core/errors.ts'
import { UsageError } from './command.ts'
import { concealTyped, concealWritten, type Conceal } from './concealed.ts'

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

/** `words` are the command line, of which nothing is repeated that may be a private key. */
export function errorText(error: unknown, words: readonly string[] = []): string {
  const text = textOf(error)
  const shown = concealIn(error, words)(text)
  const typed = shown !== text && words.some((word) => concealWritten(word) !== word)
  return typed ? `${shown}\nA private key given on the command line is in the history of the shell now` : shown
}

export function errorJson(error: unknown, words: readonly string[] = []): string {
  const conceal = concealIn(error, words)
  const shown = (_: string, value: unknown) => (typeof value === 'string' ? conceal(value) : value)
  return JSON.stringify({ error: told(error) }, shown, 2)
}

function concealIn(error: unknown, words: readonly string[]): Conceal {
  const typed = concealTyped(words)
  return error instanceof ConfigError ? (text) => concealWritten(typed(text)) : typed
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
