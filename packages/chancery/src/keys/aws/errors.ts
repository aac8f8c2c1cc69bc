/**
 * Every AWS error becomes one sentence that names the missing permission or the state of the key. Errors are told apart by
 * `__type`, which the SDK gives as `name`, never by HTTP status: the API reference promises 404, 409 and 412, and the real
 * service answers 400.
 */
import { type Code, Failed, Refused } from '../../core/errors.ts'
import { permissionOf, type Retry, type Rule, type Subject, titleOf } from './error-rule.ts'
import { invalid, rules, unavailable } from './error-rules.ts'

export type { Retry, Subject } from './error-rule.ts'

const refusals: ReadonlySet<Code> = new Set(['key-state', 'not-found', 'invalid-request', 'already-exists'])

const lookups: ReadonlySet<string> = new Set([
  'DescribeKey',
  'GetPublicKey',
  'ListResourceTags',
  'GetParameter',
  'DeleteParameter',
])

/** Sockets that broke, names that did not resolve, answers that were cut off or are no JSON. */
const broken: ReadonlySet<string> = new Set([
  'AbortError',
  'DeadlineExceeded',
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
  'SyntaxError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
])

export function retryOf(error: unknown): Retry {
  return ruleOf(error).retry
}

/** Whether it is the error of this name. */
export function isAws(error: unknown, name: string): boolean {
  return nameOf(error) === name
}

function isAbsent(name: string): boolean {
  return name === 'NotFoundException' || name === 'ParameterNotFound'
}

/**
 * Whether AWS told what was asked, though by an error: nothing is called so, or something is already. Each creation begins
 * with such a look, and whoever counts failures must not take it for one. Who asks for what must be there says no such thing:
 * a parameter that somebody deleted is a failure to sign.
 */
export function isAnswer(error: unknown, { mayBeAbsent }: { readonly mayBeAbsent?: true }): boolean {
  const name = nameOf(error)
  if (name === 'AlreadyExistsException' || name === 'ParameterAlreadyExists') return true
  return mayBeAbsent === true && isAbsent(name)
}

/** What the service says instead of an AWS error. Its own refusals and faults pass unchanged. */
export function explain(error: unknown, subject: Subject): Refused | Failed {
  if (error instanceof Refused || error instanceof Failed) return error
  const rule = ruleOf(error)
  const absent = isAbsent(nameOf(error)) && lookups.has(subject.operation)
  const code = absent ? 'not-found' : rule.code
  const said = messageOf(error)
  const sentence = rule.sentence(subject, said)
  const waits = rule.retry === 'throttled' || rule.retry === 'transient'
  const particulars = { ...(waits && { retryAfter: 1 }), hint: rule.remedy(subject, said) }
  if (refusals.has(code)) return new Refused(code, sentence, particulars)
  return new Failed(code, sentence, { particulars, cause: cause(error) })
}

function ruleOf(error: unknown): Rule {
  const name = nameOf(error)
  const known = Object.hasOwn(rules, name) ? rules[name] : undefined
  if (known !== undefined) return known
  if (broken.has(name) || broken.has(systemCode(error)) || statusOf(error) >= 500) return unavailable
  return {
    ...invalid,
    sentence: (subject) =>
      `${titleOf(subject)} answered ${permissionOf(subject)} on ${subject.key} with ${clean(name)}`,
  }
}

/** `__type` may be bare, behind a namespace, or before an address: `ns#Name:http://…` (awsJson1_1 protocol tests). */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const bare = error.name.replace(/^.*#/, '').replace(/:.*$/, '')
  return bare === 'Error' ? systemCode(error) : bare
}

function systemCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !('$metadata' in error)) return 0
  const metadata: unknown = error.$metadata
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return 0
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : 0
}

/** A few errors of KMS spell it `Message`. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const capital: unknown = 'Message' in error ? error.Message : undefined
  return error.message || (typeof capital === 'string' ? capital : '')
}

/** For logs: the remote text cut short, without the SDK's error object, which holds the whole answer. */
function cause(error: unknown): Error {
  return new Error(`${clean(nameOf(error))}: ${clean(messageOf(error))}`)
}

function clean(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
