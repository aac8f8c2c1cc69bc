import { type AwsError, serialization } from '../errors.ts'
import type { Answer } from '../operation.ts'
import { isObject } from '../validation.ts'
import { encodeAnswer } from './encode.ts'
import type { Reply } from './reply.ts'

const JSON_TYPE = 'application/x-amz-json-1.1'

// The errors that IAM's authoriser makes carry `Message`; the services' own carry `message`. A recorded
// UnsupportedOperationException of 2024 has the small letter, although older ones are said to have the capital.
const CAPITAL_MESSAGE: ReadonlySet<string> = new Set(['AccessDeniedException'])

/** AwsJson1.1: the body is one JSON object; an empty body is an empty object. */
export function readJsonBody(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {}
  const value = parse(body.toString())
  if (!isObject(value)) throw serialization('Start of structure or map found where not expected.')
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw serialization('')
  }
}

/** Operations without a result, such as EnableKey, answer an empty body. */
export function jsonReply(answer: Answer): Reply {
  return { status: 200, contentType: JSON_TYPE, body: answer === undefined ? '' : encodeAnswer(answer) }
}

export function jsonError(error: AwsError): Reply {
  const member = CAPITAL_MESSAGE.has(error.code) ? 'Message' : 'message'
  const text = error.message === '' ? {} : { [member]: error.message }
  return { status: error.status, contentType: JSON_TYPE, body: JSON.stringify({ __type: error.code, ...text }) }
}
