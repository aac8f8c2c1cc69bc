// Every error becomes one sentence of ours, told apart by its name and never by its HTTP status.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { type Code, Failed, Refused } from '../../../src/core/errors.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { type AwsKmsBackend, createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import { explain, retryOf } from '../../../src/keys/aws/errors.ts'
import { clearedFor, errorOf, newKeyId, soon } from '../../contract/key-backend.ts'
import { readVectors, vectorsMissing } from '../../vectors/vectors.ts'
import { useCredentials } from './emulator.ts'

const arn = 'arn:aws:kms:eu-central-1:111111111111:key/11111111-2222-3333-4444-555555555555'
const subject = { operation: 'Sign', key: arn, region: 'eu-central-1' }

/** As the SDK throws it. */
function awsError(name: string, message = '', status = 400): Error {
  const error = new Error(message)
  return Object.assign(error, { name, $metadata: { httpStatusCode: status } })
}

const table: readonly (readonly [string, string, Code, RegExp])[] = [
  [
    'AccessDeniedException',
    'User: arn:aws:iam::1:user/x is not authorized',
    'backend-denied',
    /kms:Sign on arn:aws:kms.*grant it/,
  ],
  ['ThrottlingException', 'You have exceeded the rate', 'backend-throttled', /throttling kms:Sign/],
  ['KMSInternalException', '', 'backend-unavailable', /did not answer/],
  ['KeyUnavailableException', '', 'backend-unavailable', /did not answer/],
  ['DependencyTimeoutException', '', 'backend-unavailable', /did not answer/],
  ['DisabledException', `${arn} is disabled.`, 'key-state', /is disabled in AWS KMS/],
  ['KMSInvalidStateException', `${arn} is pending deletion.`, 'key-state', /is pending deletion in AWS KMS/],
  ['KMSInvalidStateException', `${arn} is pending import.`, 'key-state', /waiting for its key material/],
  ['KMSInvalidStateException', `${arn} is creating.`, 'key-state', /still being created/],
  ['KMSInvalidStateException', 'something new', 'key-state', /not in a state in which it can be used/],
  ['NotFoundException', `Key '${arn}' does not exist`, 'key-state', /has no key/],
  ['InvalidKeyUsageException', '', 'key-state', /another use than kms:Sign/],
  ['LimitExceededException', '', 'backend-failed', /resource quota/],
  ['ExpiredTokenException', '', 'backend-denied', /credentials, or its clock/],
  ['UnrecognizedClientException', '', 'backend-denied', /credentials/],
  ['InvalidSignatureException', '', 'backend-denied', /credentials, or its clock/],
  ['CredentialsProviderError', 'Could not load credentials', 'backend-denied', /no AWS credentials/],
  ['ValidationException', 'Digest is invalid length', 'backend-failed', /does not accept kms:Sign/],
  ['UnsupportedOperationException', '', 'backend-failed', /does not accept kms:Sign/],
  ['SomethingNewException', '', 'backend-failed', /with SomethingNewException/],
  ['com.amazonaws.kms#DisabledException', '', 'key-state', /is disabled/],
  ['DisabledException:http://internal.amazon.com/', '', 'key-state', /is disabled/],
  ['ns#ThrottlingException:http://x', '', 'backend-throttled', /throttling/],
]

describe('what the service says', () => {
  it.each(table)('of %s (%s): %s', (name, message, code, sentence) => {
    for (const status of [400, 404, 409, 412]) {
      const said = explain(awsError(name, message, status), subject)
      expect([said.code, said instanceof Refused]).toEqual([code, code === 'key-state'])
      expect(said.message).toMatch(sentence)
      expect(said.message).not.toContain('arn:aws:iam')
    }
  })

  it('of an absent key, when it was only looked for', () => {
    expect(explain(awsError('NotFoundException'), { ...subject, operation: 'DescribeKey' }).code).toBe('not-found')
  })

  it.each(['ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'])('of a socket: %s', (code) => {
    const error = Object.assign(new Error('socket'), { code })
    expect([retryOf(error), explain(error, subject).code]).toEqual(['transient', 'backend-unavailable'])
  })

  it('of any answer of 500 and above', () => {
    expect(explain(awsError('Unknown', '', 502), subject).code).toBe('backend-unavailable')
  })

  it('keeps remote text out of what callers see, and printable in what is logged', () => {
    const said = explain(awsError('Evil\u0007Exception', '\u001b[31mred'), subject)
    expect(said.message).toContain('Evil?Exception')
    expect(String(said.cause)).toBe('Error: Evil?Exception: ?[31mred')
  })

  it('does not take a resource quota for throttling, as the SDK does', () => {
    expect(retryOf(awsError('LimitExceededException'))).toBe('final')
  })
})

const sdk = (client: string, operation: string) =>
  readFileSync(
    fileURLToPath(
      new URL(
        `../../../../../node_modules/@aws-sdk/${client}/dist-types/commands/${operation}Command.d.ts`,
        import.meta.url,
      ),
    ),
    'utf8',
  )

/** Only for arguments that the service never sends: custom and external key stores, tiers, patterns and policies. */
const neverAsked =
  /^(?:CustomKeyStore|CloudHsm|Xks|InvalidMarker|DryRun|KMSService|SSMService|IncompatiblePolicy|InvalidAllowedPattern|InvalidPolicy|PoliciesLimit)/

describe("every error that AWS's own SDK lists", () => {
  const keys = [
    'Sign Encrypt Decrypt GenerateDataKeyPairWithoutPlaintext CreateKey CreateAlias TagResource DescribeKey ListKeys',
    'ListAliases ListResourceTags GetPublicKey GetKeyPolicy EnableKey DisableKey ScheduleKeyDeletion CancelKeyDeletion',
  ].flatMap((line) => line.split(' ').map((operation) => ['client-kms', operation] as const))
  const parameters = ['GetParameter', 'PutParameter', 'DeleteParameter'].map((one) => ['client-ssm', one] as const)

  it.each([...keys, ...parameters])('of %s for %s is known, and has a remedy', (client, operation) => {
    const listed = [...sdk(client, operation).matchAll(/@throws \{@link (\w+)\}/g)].flatMap(([, name]) => name ?? [])
    const met = listed.filter((name) => !neverAsked.test(name))
    expect(met.length).toBeGreaterThan(0)
    for (const name of met) {
      const { message, particulars } = explain(awsError(name), {
        ...subject,
        operation,
        ...(client === 'client-ssm' && { service: 'ssm' }),
      })
      expect(message).not.toContain(name)
      expect(particulars.hint).toMatch(/\w{3,}/)
    }
  })
})

interface Recorded {
  readonly code: string
  readonly message: string
  readonly status: number
}

/** Every error in a recording, wherever it stands. */
function errorsIn(value: unknown): readonly Recorded[] {
  if (Array.isArray(value)) return value.flatMap(errorsIn)
  if (typeof value !== 'object' || value === null) return []
  const members = new Map<string, unknown>(Object.entries(value))
  const [error, metadata] = [members.get('Error'), members.get('ResponseMetadata')].map(entriesOf)
  const rest = [...members.values()].flatMap(errorsIn)
  const [code, text] = [error?.get('Code'), error?.get('Message')]
  if (typeof code !== 'string') return rest
  const message = typeof text === 'string' ? text : ''
  return [...rest, { code, message, status: Number(metadata?.get('HTTPStatusCode')) }]
}

const entriesOf = (value: unknown) =>
  typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)) : undefined

const file = 'aws-kms/kms-recorded-responses.json'

describe.skipIf(vectorsMissing(file))('recorded answers of the real AWS KMS, over the wire and through the SDK', () => {
  const recorded = readVectors<unknown>(file).flatMap(errorsIn)
  const unique = [...new Map(recorded.map((row) => [`${row.code} ${row.message}`, row])).values()]
  let server: Server
  let backend: AwsKmsBackend
  let answer: Recorded
  let requests = 0

  beforeAll(async () => {
    server = createServer((incoming, response) => {
      requests += 1
      incoming.resume().on('end', () => {
        response.writeHead(answer.status, { 'Content-Type': 'application/x-amz-json-1.1' })
        response.end(JSON.stringify({ __type: answer.code, message: answer.message }))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    useCredentials({ accessKeyId: 'TEST', secretAccessKey: 'test' })
    const endpoint = `http://127.0.0.1:${port}`
    backend = await createAwsKms({ region: 'eu-central-1', endpoint, installation: 'ins_test', clock: systemClock })
  })
  afterAll(async () => {
    await backend.close()
    server.closeAllConnections()
    server.close()
  })

  test('there are fifty of them or more', () => {
    expect(unique.length).toBeGreaterThanOrEqual(50)
  })

  const wanted: Readonly<Record<string, Code>> = {
    ValidationException: 'backend-failed',
    NotFoundException: 'key-state',
    KMSInvalidSignatureException: 'backend-failed',
    InvalidKeyUsageException: 'key-state',
    KMSInvalidMacException: 'backend-failed',
    KMSInvalidStateException: 'key-state',
    IncorrectKeyException: 'backend-failed',
    InvalidCiphertextException: 'backend-failed',
    UnsupportedOperationException: 'backend-failed',
    TagException: 'backend-failed',
    DisabledException: 'key-state',
    LimitExceededException: 'backend-failed',
  }

  test.each(unique.filter(({ code }) => code !== 'DryRunOperationException'))('$code: $message', async (row) => {
    answer = row
    requests = 0
    const data = { arn }
    const ref: KeyRef = { id: newKeyId(), algorithm: 'secp256k1-ecdsa', publicKey: new Uint8Array(33), data }
    const error = await errorOf(backend.sign(ref, clearedFor(ref, randomBytes(32)), soon()))
    if (!(error instanceof Refused) && !(error instanceof Failed)) throw error
    expect(error.code).toBe(wanted[row.code])
    expect(error.message).toMatch(/kms:Sign|in AWS KMS|has no key|ciphertext/)
    expect(requests).toBe(1)
  })

  test('a dry run that would have succeeded', async () => {
    answer = unique.find(({ code }) => code === 'DryRunOperationException') ?? answer
    const ref: KeyRef = { id: newKeyId(), algorithm: 'secp256k1-ecdsa', publicKey: new Uint8Array(33), data: { arn } }
    expect(await backend.probe(ref, soon())).toEqual({ ok: true })
  })
})
