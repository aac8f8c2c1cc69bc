import { timingSafeEqual } from 'node:crypto'
import { AwsError } from '../errors.ts'
import type { ServiceName } from '../services.ts'
import { type Authorization, parseAuthorization } from './authorization.ts'
import { canonicalRequest, type SignedRequest, signature } from './canonical.ts'

const MAX_SKEW_MS = 5 * 60 * 1000

/** What the verifier must know about an access key. */
export interface Credentials {
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiresAt?: number
}

export interface Verifier<C extends Credentials> {
  readonly regions: readonly string[]
  now(): number
  find(accessKeyId: string): C | undefined
}

export interface Verified<C> {
  readonly credentials: C
  readonly region: string
}

type Failure = 'signature' | 'client' | 'missing' | 'incomplete' | 'expired'

// The JSON services answer 400, the query service 403, with other names for the same failures.
const JSON_CODES: Readonly<Record<Failure, string>> = {
  signature: 'InvalidSignatureException',
  client: 'UnrecognizedClientException',
  missing: 'MissingAuthenticationTokenException',
  incomplete: 'IncompleteSignatureException',
  expired: 'ExpiredTokenException',
}
const QUERY_CODES: Readonly<Record<Failure, string>> = {
  signature: 'SignatureDoesNotMatch',
  client: 'InvalidClientTokenId',
  missing: 'MissingAuthenticationToken',
  incomplete: 'IncompleteSignature',
  expired: 'ExpiredToken',
}

function failure(service: ServiceName, kind: Failure, message: string): AwsError {
  return service === 'sts' ? new AwsError(QUERY_CODES[kind], message, 403) : new AwsError(JSON_CODES[kind], message)
}

/**
 * Checks a request's SigV4 signature, its scope and its age.
 * Throws the AwsError the service answers: missing or incomplete authorization, unknown or expired credentials,
 * wrong scope, a clock more than five minutes away, a signature that does not match.
 */
export function verifyRequest<C extends Credentials>(
  request: SignedRequest,
  service: ServiceName,
  verifier: Verifier<C>,
): Verified<C> {
  const authorization = readAuthorization(request, service)
  const credentials = findCredentials(request, service, authorization, verifier)
  const timestamp = readTimestamp(request, service)
  checkScope(authorization, service, timestamp, verifier.regions)
  checkSkew(timestamp, service, verifier.now())
  checkSignature(request, service, authorization, timestamp, credentials.secretAccessKey)
  return { credentials, region: authorization.region }
}

function readAuthorization(request: SignedRequest, service: ServiceName): Authorization {
  const header = request.headers.authorization
  if (header === undefined) {
    const text = service === 'sts' ? 'Request is missing Authentication Token' : 'Missing Authentication Token'
    throw failure(service, 'missing', text)
  }
  const authorization = parseAuthorization(header)
  if ('incomplete' in authorization) throw failure(service, 'incomplete', authorization.incomplete)
  if (!authorization.signedHeaders.includes('host')) {
    throw failure(service, 'signature', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  }
  return authorization
}

function findCredentials<C extends Credentials>(
  request: SignedRequest,
  service: ServiceName,
  authorization: Authorization,
  verifier: Verifier<C>,
): C {
  const credentials = verifier.find(authorization.accessKeyId)
  const token = request.headers['x-amz-security-token']
  if (credentials === undefined || credentials.sessionToken !== token) {
    throw failure(service, 'client', 'The security token included in the request is invalid.')
  }
  if (credentials.expiresAt !== undefined && credentials.expiresAt <= verifier.now()) {
    throw failure(service, 'expired', 'The security token included in the request is expired')
  }
  return credentials
}

function readTimestamp(request: SignedRequest, service: ServiceName): string {
  const header = request.headers['x-amz-date']
  if (typeof header === 'string' && /^\d{8}T\d{6}Z$/.test(header)) return header
  throw failure(
    service,
    'incomplete',
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  )
}

function checkScope(scope: Authorization, service: ServiceName, timestamp: string, regions: readonly string[]): void {
  const wrong = scopeProblem(scope, service, timestamp, regions)
  if (wrong !== undefined) throw failure(service, 'signature', wrong)
}

function scopeProblem(
  scope: Authorization,
  service: ServiceName,
  timestamp: string,
  regions: readonly string[],
): string | undefined {
  const day = timestamp.slice(0, 8)
  if (scope.terminator !== 'aws4_request') {
    return `Credential should be scoped with a valid terminator: 'aws4_request', not '${scope.terminator}'.`
  }
  if (!regions.includes(scope.region)) return `Credential should be scoped to a valid region, not '${scope.region}'.`
  if (scope.service !== service) return `Credential should be scoped to correct service: '${service}'.`
  if (scope.date !== day) {
    return (
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
      `'${scope.date}' != '${day}', from '${timestamp}'.`
    )
  }
  return undefined
}

const compactTime = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')

function milliseconds(timestamp: string): number {
  const iso = timestamp.replace(/^(....)(..)(..T..)(..)(..)Z$/, '$1-$2-$3:$4:$5Z')
  return Date.parse(iso)
}

function checkSkew(timestamp: string, service: ServiceName, now: number): void {
  const signed = milliseconds(timestamp)
  if (!(signed >= now - MAX_SKEW_MS)) {
    const limit = `${compactTime(now - MAX_SKEW_MS)} (${compactTime(now)} - 5 min.)`
    throw failure(service, 'signature', `Signature expired: ${timestamp} is now earlier than ${limit}`)
  }
  if (signed > now + MAX_SKEW_MS) {
    const limit = `${compactTime(now + MAX_SKEW_MS)} (${compactTime(now)} + 5 min.)`
    throw failure(service, 'signature', `Signature not yet current: ${timestamp} is still later than ${limit}`)
  }
}

function checkSignature(
  request: SignedRequest,
  service: ServiceName,
  authorization: Authorization,
  timestamp: string,
  secret: string,
): void {
  const expected = signature(secret, timestamp, authorization, canonicalRequest(request, authorization.signedHeaders))
  const given = Buffer.from(authorization.signature)
  const wanted = Buffer.from(expected)
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
  throw failure(
    service,
    'signature',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
      'and signing method. Consult the service documentation for details.',
  )
}
