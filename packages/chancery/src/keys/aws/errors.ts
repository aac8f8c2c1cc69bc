/**
 * Every AWS error becomes one sentence that names the missing permission or the state of the key. Errors are told apart by
 * `__type`, which the SDK gives as `name`, never by HTTP status: the API reference promises 404, 409 and 412, and the real
 * service answers 400.
 */
import { type Code, Failed, Refused } from '../../core/errors.ts'

/** Which call failed, and on what. */
export interface Subject {
  /** The API's name for it, which is also the permission's: `Sign` needs `kms:Sign`. */
  readonly operation: string
  /** The key as it was named in the call. */
  readonly key: string
  readonly region: string
}

/**
 * `throttled` and `transient` may pass by waiting, `credentials` by fetching new ones. `final` will not pass.
 * https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
 */
export type Retry = 'final' | 'throttled' | 'transient' | 'credentials'

interface Rule {
  readonly retry: Retry
  readonly code: Code
  readonly sentence: (subject: Subject, message: string) => string
}

const refusals: ReadonlySet<Code> = new Set(['key-state', 'not-found', 'invalid-request', 'already-exists'])

const lookups: ReadonlySet<string> = new Set(['DescribeKey', 'GetPublicKey', 'ListResourceTags'])

const denied: Rule = {
  retry: 'final',
  code: 'backend-denied',
  sentence: ({ operation, key }) =>
    `AWS does not allow kms:${operation} on ${key}: grant it in the IAM policy of the service's role or in the key's policy`,
}
const throttled: Rule = {
  retry: 'throttled',
  code: 'backend-throttled',
  sentence: ({ operation, region }) => `AWS KMS in ${region} is throttling kms:${operation}`,
}
const unavailable: Rule = {
  retry: 'transient',
  code: 'backend-unavailable',
  sentence: ({ operation, region }) => `AWS KMS in ${region} did not answer kms:${operation} properly`,
}
const credentials: Rule = {
  retry: 'credentials',
  code: 'backend-denied',
  sentence: ({ region }) => `AWS in ${region} does not accept the service's credentials, or its clock is wrong`,
}
const invalid: Rule = {
  retry: 'final',
  code: 'backend-failed',
  sentence: ({ operation, key }) => `AWS KMS does not accept kms:${operation} on ${key} as the service asks it`,
}

const rules: Readonly<Record<string, Rule>> = {
  AccessDeniedException: denied,
  ThrottlingException: throttled,
  Throttling: throttled,
  TooManyRequestsException: throttled,
  RequestLimitExceeded: throttled,
  KMSInternalException: unavailable,
  InternalFailure: unavailable,
  ServiceUnavailable: unavailable,
  KeyUnavailableException: unavailable,
  DependencyTimeoutException: unavailable,
  ExpiredTokenException: credentials,
  UnrecognizedClientException: credentials,
  InvalidSignatureException: credentials,
  IncompleteSignatureException: credentials,
  MissingAuthenticationTokenException: credentials,
  RequestExpired: credentials,
  RequestTimeTooSkewed: credentials,
  CredentialsProviderError: {
    retry: 'final',
    code: 'backend-denied',
    sentence: () => 'The service found no AWS credentials: set a profile, a role or the usual environment variables',
  },
  NotFoundException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ key, region }) => `AWS KMS in ${region} has no key ${key}`,
  },
  DisabledException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ key }) => `The key ${key} is disabled in AWS KMS`,
  },
  KMSInvalidStateException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ key }, message) => `The key ${key} is ${stateIn(message)} in AWS KMS`,
  },
  InvalidKeyUsageException: {
    retry: 'final',
    code: 'key-state',
    sentence: ({ operation, key }) => `The key ${key} was made for another use than kms:${operation}`,
  },
  AlreadyExistsException: {
    retry: 'final',
    code: 'already-exists',
    sentence: ({ key }) => `AWS KMS has ${key} already`,
  },
  LimitExceededException: {
    // The SDK takes this for throttling and would try again; it is a quota on resources, which waiting does not raise.
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ operation, region }) =>
      `A resource quota of the AWS account in ${region} is used up (kms:${operation})`,
  },
  IncorrectKeyException: {
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ key }) => `The ciphertext was made under another key than ${key}`,
  },
  InvalidCiphertextException: {
    retry: 'final',
    code: 'backend-failed',
    sentence: ({ key }) => `The ciphertext does not open under ${key} with this installation's encryption context`,
  },
  ValidationException: invalid,
  InvalidArnException: invalid,
  InvalidAliasNameException: invalid,
  InvalidGrantTokenException: invalid,
  InvalidGrantIdException: invalid,
  UnsupportedOperationException: invalid,
  TagException: invalid,
  MalformedPolicyDocumentException: invalid,
  KMSInvalidSignatureException: invalid,
  KMSInvalidMacException: invalid,
  SerializationException: invalid,
}

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

const states = [
  ['pending deletion', 'pending deletion'],
  ['pending replica deletion', 'pending the deletion of its replicas'],
  ['pending import', 'waiting for its key material'],
  ['creating', 'still being created'],
  ['updating', 'being updated'],
  ['unavailable', 'unavailable'],
] as const

export function retryOf(error: unknown): Retry {
  return ruleOf(error).retry
}

/** Whether it is the error of this name. */
export function isAws(error: unknown, name: string): boolean {
  return nameOf(error) === name
}

/** What the service says instead of an AWS error. Its own refusals and faults pass unchanged. */
export function explain(error: unknown, subject: Subject): Refused | Failed {
  if (error instanceof Refused || error instanceof Failed) return error
  const rule = ruleOf(error)
  const absent = nameOf(error) === 'NotFoundException' && lookups.has(subject.operation)
  const code = absent ? 'not-found' : rule.code
  const sentence = rule.sentence(subject, messageOf(error))
  const particulars = rule.retry === 'throttled' || rule.retry === 'transient' ? { retryAfter: 1 } : {}
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
    sentence: ({ operation, key }) => `AWS KMS answered kms:${operation} on ${key} with ${clean(name)}`,
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

function stateIn(message: string): string {
  const said = message.toLowerCase()
  return states.find(([phrase]) => said.includes(phrase))?.[1] ?? 'not in a state in which it can be used'
}

/** For logs: the remote text cut short, without the SDK's error object, which holds the whole answer. */
function cause(error: unknown): Error {
  return new Error(`${clean(nameOf(error))}: ${clean(messageOf(error))}`)
}

function clean(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
