import { describe, expect, it } from 'vitest'
import type { RunningEmulator } from '../src/index.ts'
import { kmsOperations } from '../src/kms/operations.ts'
import { canonicalRequest, signature } from '../src/sigv4/canonical.ts'
import { ssmOperations } from '../src/ssm/operations.ts'
import { start } from './clients.ts'

/** Sends a body no SDK would send, with a valid signature. */
async function post(emulator: RunningEmulator, service: 'kms' | 'ssm', operation: string, body: string) {
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = { date: timestamp.slice(0, 8), region: emulator.region, service }
  const headers = {
    host: `127.0.0.1:${emulator.port}`,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-date': timestamp,
    'x-amz-target': `${service === 'kms' ? 'TrentService' : 'AmazonSSM'}.${operation}`,
  }
  const names = Object.keys(headers).toSorted()
  const canonical = canonicalRequest({ method: 'POST', target: '/', headers, body: Buffer.from(body) }, names)
  const value = signature(emulator.credentials.secretAccessKey, timestamp, scope, canonical)
  const credential = `${emulator.credentials.accessKeyId}/${scope.date}/${scope.region}/${service}/aws4_request`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${value}`
  const response = await fetch(emulator.url, { method: 'POST', headers: { ...headers, authorization }, body })
  return { status: response.status, body: await response.text() }
}

const MEMBERS = `
  KeyId TargetKeyId DestinationKeyId SourceKeyId AliasName Message MessageType Signature SigningAlgorithm
  MacAlgorithm Mac Plaintext CiphertextBlob EncryptionContext KeySpec KeyUsage KeyPairSpec NumberOfBytes
  Tags TagKeys Policy PolicyName Description Origin MultiRegion Limit Marker PendingWindowInDays
  ImportToken EncryptedKeyMaterial ValidTo ExpirationModel WrappingAlgorithm WrappingKeySpec ReplicaRegion
  PrimaryRegion GranteePrincipal RetiringPrincipal Operations Constraints GrantId GrantToken GrantTokens
  DryRun RotationPeriodInDays Name Names Value Type Overwrite Path Recursive ParameterFilters MaxResults
  NextToken Labels ParameterVersion ResourceType ResourceId WithDecryption AllowedPattern Tier
`
  .trim()
  .split(/\s+/)

/** Every member with the same odd value. */
const everyMember = (value: unknown) => JSON.stringify(Object.fromEntries(MEMBERS.map((name) => [name, value])))

const ODD_TEXTS = ['', 'x', '%', 'alias/', 'arn:aws:kms:us-east-1:000000000000:key/', 'arn:', 'x'.repeat(10_000)]
const ODD_VALUES = [0, -1, 1.5, 1e21, true, null, [], [[]], [null], {}, { a: 1 }]

const BODIES = [
  '',
  '{}',
  '[]',
  'null',
  '{',
  '"text"',
  '{"__proto__": {"KeyId": "x"}, "constructor": 1}',
  ...ODD_TEXTS.map(everyMember),
  ...ODD_VALUES.map(everyMember),
]

const named = (service: 'kms' | 'ssm', operations: object) =>
  Object.keys(operations).map((name) => [service, name] as const)
const operations = named('kms', kmsOperations).concat(named('ssm', ssmOperations))

describe('ill-formed input is answered, never an internal error', () => {
  it.each(operations)('%s %s', async (service, operation) => {
    const emulator = await start()
    for (const body of BODIES) {
      const answer = await post(emulator, service, operation, body)
      expect([200, 400], `${body.slice(0, 80)}: ${answer.body}`).toContain(answer.status)
    }
    expect(emulator.calls).toHaveLength(BODIES.length)
  })
})
