import { AwsError } from './errors.ts'
import { kmsOperations } from './kms/operations.ts'
import type { Answer, Operation, Operations } from './operation.ts'
import type { ServiceName } from './services.ts'
import type { SignedRequest } from './sigv4/canonical.ts'
import { ssmOperations } from './ssm/operations.ts'
import { stsOperations } from './sts/operations.ts'
import { jsonError, jsonReply, readJsonBody } from './wire/json.ts'
import { queryError, queryReply, readForm } from './wire/query.ts'
import type { Reply } from './wire/reply.ts'

/** What a request asks for, and how its service writes answers. */
export interface Route {
  readonly service: ServiceName
  readonly operation: string
  /** Absent: the service has no such operation. */
  readonly run: Operation | undefined
  /** Throws SerializationException. */
  readonly body: () => Record<string, unknown>
  readonly reply: (answer: Answer) => Reply
  readonly error: (error: AwsError) => Reply
}

const TARGETS: Readonly<Record<string, { service: ServiceName; operations: Operations }>> = {
  TrentService: { service: 'kms', operations: kmsOperations },
  AmazonSSM: { service: 'ssm', operations: ssmOperations },
}

/** Finds service and operation; an HTTP answer instead when the request is not one of AWS's protocols. */
export function route(request: SignedRequest, requestId: string): Route | Reply {
  if (request.method !== 'POST' || request.target.split('?')[0] !== '/') return notHere(404)
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim()
  if (type === 'application/x-www-form-urlencoded') return queryRoute(request, requestId)
  const target = request.headers['x-amz-target']
  if (typeof target !== 'string') return notHere(404)
  return type?.includes('json') === true ? jsonRoute(request, target) : notHere(415)
}

/** The service framework's own answer to what reaches no operation; it has no body text to speak of. */
function notHere(status: 404 | 415): Reply {
  const body = status === 404 ? '<UnknownOperationException/>\n' : '<UnsupportedMediaTypeException/>\n'
  return { status, contentType: 'text/xml', body }
}

function jsonRoute(request: SignedRequest, target: string): Route | Reply {
  const [prefix = '', operation = ''] = target.split('.')
  const found = TARGETS[prefix]
  if (found === undefined) return jsonError(new AwsError('UnknownOperationException'))
  const { service, operations } = found
  return {
    service,
    operation,
    run: ownOperation(operations, operation),
    body: () => readJsonBody(request.body),
    reply: jsonReply,
    error: jsonError,
  }
}

function queryRoute(request: SignedRequest, requestId: string): Route {
  const { action, body } = readForm(request.body)
  return {
    service: 'sts',
    operation: action,
    run: ownOperation(stsOperations, action),
    body: () => body,
    reply: (answer) => queryReply(action, answer, requestId),
    error: (error) => queryError(error, requestId),
  }
}

/** A name such as `constructor` is no operation. */
const ownOperation = (operations: Operations, name: string): Operation | undefined =>
  Object.hasOwn(operations, name) ? operations[name] : undefined

export function unknownOperation(service: ServiceName, operation: string): AwsError {
  if (service !== 'sts') return new AwsError('UnknownOperationException')
  return new AwsError('InvalidAction', `Could not find operation ${operation} for version 2011-06-15`)
}
