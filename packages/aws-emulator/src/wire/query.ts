import type { AwsError } from '../errors.ts'
import { isObject } from '../validation.ts'
import type { Answer } from '../operation.ts'
import type { Reply } from './reply.ts'

/** The AWS query protocol: a form in, XML out. */
const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

export interface QueryRequest {
  readonly action: string
  readonly body: Record<string, unknown>
}

// Form values are text; the members that are numbers in the API model become numbers here.
const NUMBERS: ReadonlySet<string> = new Set(['DurationSeconds'])

export function readForm(body: Buffer): QueryRequest {
  const form = new URLSearchParams(body.toString())
  const members = [...form].filter(([name]) => name !== 'Action' && name !== 'Version')
  const typed = members.map(([name, value]): [string, unknown] => [
    name,
    NUMBERS.has(name) && /^\d+$/.test(value) ? Number(value) : value,
  ])
  return { action: form.get('Action') ?? '', body: Object.fromEntries(typed) }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escape = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)

function element(name: string, value: unknown): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `<${name}>${isObject(value) ? members(value) : escape(text)}</${name}>`
}

function members(value: object): string {
  return Object.entries<unknown>({ ...value })
    .map(([name, one]) => element(name, one))
    .join('')
}

export function queryReply(action: string, answer: Answer, requestId: string): Reply {
  const result = `<${action}Result>${members(answer ?? {})}</${action}Result>`
  const metadata = element('ResponseMetadata', { RequestId: requestId })
  const body = `<${action}Response xmlns="${NAMESPACE}">${result}${metadata}</${action}Response>`
  return { status: 200, contentType: 'text/xml', body }
}

// The query services have their own name for what the JSON services call ValidationException.
const queryCode = (code: string) => (code === 'ValidationException' ? 'ValidationError' : code)

export function queryError(error: AwsError, requestId: string): Reply {
  const type = error.status >= 500 ? 'Receiver' : 'Sender'
  const text = members({
    Error: { Type: type, Code: queryCode(error.code), Message: error.message },
    RequestId: requestId,
  })
  return {
    status: error.status,
    contentType: 'text/xml',
    body: `<ErrorResponse xmlns="${NAMESPACE}">${text}</ErrorResponse>`,
  }
}
