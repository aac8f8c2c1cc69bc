/**
 * A record of CloudTrail as a call on keys. What KMS and Systems Manager put into records:
 * https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
 */
import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts'
import { type Meaning, meaningOf } from './operations.ts'

export interface TrailCall {
  /** Milliseconds; CloudTrail knows whole seconds. */
  readonly time: number
  /** As IAM writes it: `kms:Sign`. */
  readonly operation: string
  readonly meaning: Meaning
  readonly region: string
  /** Whatever the record calls keys and parameters: ARNs, ids, aliases, paths. */
  readonly names: readonly string[]
  /** The path under which GetParametersByPath reads everything. */
  readonly under?: string
  /** What the service bound to the call where the key serves many accounts. */
  readonly context: Readonly<Record<string, string>>
  /** Who called: an ARN where CloudTrail has one. */
  readonly principal: string
  readonly source: string
  readonly requestId: string
  readonly eventId: string
  /** The error AWS answered. */
  readonly error?: string
}

const services: Readonly<Record<string, string>> = { 'kms.amazonaws.com': 'kms', 'ssm.amazonaws.com': 'ssm' }

export function timeOf(record: JsonObject): number {
  return Date.parse(textOf(record['eventTime']))
}

/** Undefined for calls of other services. */
export function callOf(record: JsonObject): TrailCall | undefined {
  const source = textOf(record['eventSource'])
  const service = Object.hasOwn(services, source) ? services[source] : undefined
  if (service === undefined) return undefined
  const asked = objectOf(record['requestParameters'])
  const error = textOf(record['errorCode'])
  const operation = `${service}:${textOf(record['eventName'])}`
  const dryRun = asked['dryRun'] === true || error.startsWith('DryRunOperation')
  return {
    time: timeOf(record),
    operation,
    meaning: meaningOf(operation, { decrypts: asked['withDecryption'] === true, dryRun }),
    region: textOf(record['awsRegion']),
    names: namesIn(record, asked),
    ...(typeof asked['path'] === 'string' && { under: asked['path'] }),
    context: textsOf(objectOf(asked['encryptionContext'])),
    principal: principalOf(objectOf(record['userIdentity'])),
    source: textOf(record['sourceIPAddress']),
    requestId: textOf(record['requestID']),
    eventId: textOf(record['eventID']),
    ...(error !== '' && { error }),
  }
}

function namesIn(record: JsonObject, asked: JsonObject): readonly string[] {
  const answered = objectOf(record['responseElements'])
  const made = objectOf(answered['keyMetadata'])
  const context = objectOf(asked['encryptionContext'])
  const resources = listOf(record['resources']).map((one) => objectOf(one)['ARN'])
  const named = ['keyId', 'targetKeyId', 'aliasName', 'name', 'resourceId'].map((name) => asked[name])
  // A call that was denied may name its key in the sentence alone.
  const said = textOf(record['errorMessage']).match(/arn:aws[A-Za-z0-9:/_.+=@-]+/g) ?? []
  const all = [
    ...resources,
    ...named,
    ...listOf(asked['names']),
    answered['keyId'],
    made['arn'],
    context['PARAMETER_ARN'],
    ...said,
  ]
  return [...new Set(all.map(textOf))].filter((name) => name !== '')
}

/** A call that AWS makes by itself, or for another service, has no ARN. */
function principalOf(identity: JsonObject): string {
  const names = [identity['arn'], identity['invokedBy'], identity['principalId'], identity['type']]
  return names.map(textOf).find((name) => name !== '') ?? 'unknown'
}

function textsOf(object: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => (textOf(value) ? [[name, textOf(value)]] : [])),
  )
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** `Array.isArray` makes any[] of a read-only list. */
function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
