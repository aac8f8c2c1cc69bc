/** The OpenAPI 3.1 document, made of the same data the routes run on. */
import type { TSchema } from 'typebox'
import { codes, type Code } from '../core/errors.ts'
import { problemType, statusOf } from './problem.ts'
import { membersOf, nothing, type Example, type Route } from './route.ts'
import { compatibleProblem, componentNames, problem } from './schemas.ts'

/** JSON, as far as it is looked at here. */
export type Node = Readonly<Record<string, unknown>>

export interface OpenApi extends Node {
  readonly openapi: '3.1.0'
  readonly info: Node
  readonly paths: Readonly<Record<string, Readonly<Record<string, Node>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>>; readonly securitySchemes: Node }
}

const summary = 'A self-hosted signing service. Amounts are decimal strings of base units; bytes are 0x hex.'

const securitySchemes = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  bearer: { type: 'http', scheme: 'bearer', description: 'the same API key' },
  basic: { type: 'http', scheme: 'basic', description: 'the same API key as password; the user name is not looked at' },
  mutualTLS: { type: 'mutualTLS', description: "a certificate that a client's identity names" },
  backendApiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'what BACKEND_API_KEY holds; for the compatible routes alone',
  },
}

export function openApi(routes: readonly Route[], version: string): OpenApi {
  const components: Record<string, unknown> = {}
  const paths: Record<string, Record<string, Node>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, components) }
  }
  const schemas = Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chancery',
      version,
      description: summary,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: { schemas, securitySchemes },
  }
}

function operationOf(route: Route, components: Record<string, unknown>): Node {
  const refer = (schema: TSchema): unknown => hoist(schema, components)
  const parameters = [
    ...parametersIn('path', route.params, route.example.params, refer),
    ...parametersIn('query', route.query, route.example.query, refer),
    ...parametersIn('header', route.headers, route.example.headers, refer),
  ]
  return {
    operationId: route.id,
    tags: [route.part],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...securityOf(route),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === nothing ? {} : { requestBody: bodyOf(route, refer) }),
    responses: { ...repliesOf(route, refer), ...problemsOf(route, refer) },
  }
}

function securityOf({ access }: Route): Node {
  if (access === 'anyone') return { security: [] }
  if (access === 'kms-backend') return { security: [{ backendApiKey: [] }] }
  const key = [{ apiKey: [] }, { bearer: [] }, { basic: [] }, { mutualTLS: [] }]
  // The last, without any: an address may be enough.
  return { security: access === 'validator' ? [...key, {}] : key }
}

function parametersIn(
  place: 'path' | 'query' | 'header',
  schema: TSchema,
  examples: Example['params'] = {},
  refer: (schema: TSchema) => unknown,
): Node[] {
  const required = requiredIn(schema)
  return membersOf(schema).map((name) => ({
    name: place === 'header' ? headerName(name) : name,
    in: place,
    required: required.includes(name),
    schema: refer(memberOf(schema, name)),
    ...(examples[name] === undefined ? {} : { example: examples[name] }),
  }))
}

function requiredIn(schema: TSchema): readonly unknown[] {
  return 'required' in schema && Array.isArray(schema.required) ? schema.required : []
}

function memberOf(schema: TSchema, name: string): TSchema {
  const properties: unknown = Reflect.get(schema, 'properties')
  const member: unknown = isNode(properties) ? properties[name] : undefined
  return isNode(member) ? member : {}
}

function headerName(name: string): string {
  return name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase())
}

function bodyOf({ body, example }: Route, refer: (schema: TSchema) => unknown): Node {
  return { required: true, content: { 'application/json': { schema: refer(body), example: example.body } } }
}

function repliesOf({ reply, example }: Route, refer: (schema: TSchema) => unknown): Node {
  const { status, otherwise } = reply
  const shown = { [status]: replyOf(reply, example.reply.body, refer) }
  if (otherwise === undefined) return shown
  return { ...shown, [otherwise.status]: replyOf({ ...reply, ...otherwise }, undefined, refer) }
}

function replyOf(reply: Route['reply'], body: unknown, refer: (schema: TSchema) => unknown): Node {
  const type = reply.type?.split(';')[0] ?? 'application/json'
  const headers = Object.entries(reply.headers ?? {}).map(([name, description]) => [
    headerName(name),
    { description, schema: { type: 'string' } },
  ])
  const shown = body === undefined ? {} : { example: body }
  const other = reply.other === undefined ? {} : { [reply.other.type]: { schema: refer(reply.other.schema) } }
  return {
    description: reply.description,
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }),
    ...(reply.schema === undefined ? {} : { content: { [type]: { schema: refer(reply.schema), ...shown }, ...other } }),
  }
}

function problemsOf(route: Route, refer: (schema: TSchema) => unknown): Node {
  const { errors: style = 'problem' } = route
  const byStatus = Map.groupBy(codesOf(route), (code) => statusOf(code, { style }))
  const [type, schema] = style === 'problem' ? [problemType, problem] : ['application/json', compatibleProblem]
  const replies = [...byStatus]
    .filter(([status]) => status !== route.reply.status)
    .map(([status, some]): [number, Node] => [
      status,
      {
        description: some.map((code) => `\`${code}\`: ${codes[code]}`).join('\n\n'),
        content: { [type]: { schema: refer(schema) } },
      },
    ])
  return Object.fromEntries(replies)
}

/** Every code a route may answer: those of the door, of the way in, and its own. */
export function codesOf(route: Route): Code[] {
  return [
    ...new Set<Code>([
      'invalid-request',
      'host-not-allowed',
      'origin-not-allowed',
      ...(route.access === 'anyone' ? [] : guarded),
      ...(route.body === nothing ? [] : embodied),
      ...route.refuses,
      'deadline-exceeded',
      'internal',
    ]),
  ]
}

const guarded: readonly Code[] = ['unauthenticated', 'rate-limited', 'overloaded', 'shutting-down']
const embodied: readonly Code[] = ['malformed-json', 'body-too-large', 'unsupported-media-type']

/** The schema with every named one inside it replaced by a reference to its component. */
function hoist(value: unknown, components: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => hoist(item, components))
  if (!isNode(value)) return value
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hoist(member, components)]))
  const { title } = value
  if (typeof title !== 'string' || !componentNames.has(title)) return members
  components[title] = members
  return { $ref: `#/components/schemas/${title}` }
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
