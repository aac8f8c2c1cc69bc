/** What the OpenAPI document of the repository promises of a reply, and whether a reply keeps it. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { isNode, type Node } from '../../src/http/openapi.ts'

export interface Reply {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const document: unknown = JSON.parse(readFileSync(new URL('../../../../openapi.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
ajv.addSchema(isNode(document) ? document : {}, 'openapi.json')

const paths = Object.keys(at(document, 'paths')).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/?]+')}$`),
}))

/** One sentence where the reply was not promised: its status, its content type, a header, or its shape. */
export function brokenPromise(reply: Reply): string | undefined {
  const why = fault(reply)
  return why && `${reply.method} ${reply.path}: ${why}; it answered ${reply.status} ${reply.body.slice(0, 300)}`
}

function fault({ method, path, status, headers, body }: Reply): string | undefined {
  const pathname = path.split('?')[0] ?? ''
  const fitting = paths.filter(({ pattern }) => pattern.test(pathname)).map(({ path: one }) => one)
  // A path without parameters goes before one with them, as OpenAPI matches paths.
  const found = fitting.find((one) => !one.includes('{')) ?? fitting[0]
  const operation = at(document, 'paths', found ?? '', method.toLowerCase())
  // A path or method that is not there is nowhere promised either.
  if (found === undefined || Object.keys(operation).length === 0)
    return [404, 405].includes(status) ? undefined : 'an undocumented route'
  const promised = at(operation, 'responses', String(status))
  if (Object.keys(promised).length === 0) return `status ${status} is not documented`
  const missing = Object.keys(at(promised, 'headers')).find((name) => headers[name.toLowerCase()] === undefined)
  if (missing !== undefined) return `the header ${missing} is missing`
  const content = at(promised, 'content')
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  if (Object.keys(content).length === 0) return body === '' ? undefined : 'a body where none is documented'
  if (!(type in content)) return `the content type ${type} is not documented`
  if (!type.endsWith('json')) return undefined
  const steps = ['paths', found, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema']
  return shapeFault(steps, JSON.parse(body))
}

function shapeFault(steps: readonly string[], value: unknown): string | undefined {
  const pointer = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
  const validate = ajv.getSchema(`openapi.json#/${pointer}`)
  if (validate === undefined) return `the schema at ${pointer} is missing`
  return validate(value) === true ? undefined : ajv.errorsText(validate.errors)
}

function at(from: unknown, ...steps: readonly string[]): Node {
  let node: unknown = from
  for (const step of steps) node = isNode(node) ? node[step] : undefined
  return isNode(node) ? node : {}
}
