/**
 * Records as CloudTrail writes them, for tests. Their shape is that of AWS's own examples:
 * https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
 */
import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../../src/base/json.ts'

export const account = '111122223333'
export const region = 'eu-central-2'
export const ours = `arn:aws:sts::${account}:assumed-role/chancery-signer/i-0123456789abcdef0`
export const mallory = `arn:aws:iam::${account}:user/Mallory`

export interface RecordOptions {
  readonly time: string
  readonly requestId?: string
  readonly principal?: string
  readonly error?: string
  readonly asked?: JsonObject
  readonly answered?: JsonObject
}

export const arnOf = (id: string) => `arn:aws:kms:${region}:${account}:key/${id}`

export function record(service: 'kms' | 'ssm', eventName: string, arn: string, options: RecordOptions): JsonObject {
  const { time, requestId = randomUUID(), principal = ours, error, asked = {}, answered = null } = options
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: principal.includes('assumed-role') ? 'AssumedRole' : 'IAMUser',
      principalId: 'AIDACKCEVSQ6C2EXAMPLE',
      arn: principal,
      accountId: account,
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    },
    eventTime: time,
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: region,
    sourceIPAddress: '192.0.2.0',
    userAgent: 'aws-sdk-js/3.1162.0 "quoted" \\ [brackets] {braces}',
    ...(error !== undefined && { errorCode: error }),
    requestParameters: asked,
    responseElements: answered,
    requestID: requestId,
    eventID: randomUUID(),
    readOnly: true,
    resources: [{ accountId: account, type: service === 'kms' ? 'AWS::KMS::Key' : 'AWS::SSM::Parameter', ARN: arn }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    tlsDetails: { tlsVersion: 'TLSv1.3', clientProvidedHostHeader: `${service}.${region}.amazonaws.com` },
  }
}

export function signRecord(arn: string, options: RecordOptions): JsonObject {
  const asked = { messageType: 'RAW', keyId: arn, signingAlgorithm: 'ED25519_SHA_512' }
  return record('kms', 'Sign', arn, { asked, ...options })
}

/** What Parameter Store's own record shows, and the record of KMS that goes with it. */
export function openRecords(path: string, arn: string, options: RecordOptions): readonly JsonObject[] {
  const parameter = `arn:aws:ssm:${region}:${account}:parameter${path}`
  const reading = record('ssm', 'GetParameter', parameter, { asked: { name: path, withDecryption: true }, ...options })
  const asked = { encryptionAlgorithm: 'SYMMETRIC_DEFAULT', encryptionContext: { PARAMETER_ARN: parameter } }
  return [reading, { ...record('kms', 'Decrypt', arn, { ...options, asked }), requestID: randomUUID() }]
}
