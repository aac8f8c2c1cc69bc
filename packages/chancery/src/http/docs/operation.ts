/** One route of the reference. */
import { isNode, type Node, type OpenApi } from '../openapi.ts'
import { escaped, json, text } from './html.ts'

export interface Operation {
  readonly method: string
  readonly path: string
  readonly node: Node
}

export function operationArticle({ method, path, node }: Operation, document: OpenApi): string {
  const parameters = Array.isArray(node['parameters']) ? node['parameters'].filter(isNode) : []
  return [
    `<article id="${text(node, 'operationId')}"><h3>${text(node, 'summary')}</h3>`,
    `<p class="where ${method}"><b>${method}</b> <code>${escaped(path)}</code></p>`,
    node['description'] === undefined ? '' : `<p>${text(node, 'description')}</p>`,
    parameterTable(parameters),
    `<h4>Request</h4>${curl(method, path, node, parameters)}`,
    bodyShape(node, document),
    replies(node),
    '</article>',
  ].join('\n')
}

function parameterTable(parameters: readonly Node[]): string {
  if (parameters.length === 0) return ''
  const rows = parameters.map((parameter) => {
    const schema = memberNode(parameter, 'schema')
    const wanted = text(schema, 'description') || choices(schema)
    const need = parameter['required'] === true ? 'required' : 'optional'
    return `<tr><td><code>${text(parameter, 'name')}</code></td><td class="soft">${text(parameter, 'in')}, ${need}</td><td>${wanted}</td></tr>`
  })
  return `<table>${rows.join('')}</table>`
}

function choices(schema: Node): string {
  return Array.isArray(schema['enum']) ? schema['enum'].map((word) => `<code>${escaped(word)}</code>`).join(', ') : ''
}

/** The example as a command to paste. */
function curl(method: string, path: string, node: Node, parameters: readonly Node[]): string {
  const examples = (place: string): [string, string][] =>
    parameters
      .filter((parameter) => parameter['in'] === place && parameter['example'] !== undefined)
      .map((parameter) => [String(parameter['name']), String(parameter['example'])])
  const values = new Map(examples('path'))
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? name)
  const query = new URLSearchParams(examples('query')).toString()
  const body = memberNode(memberNode(memberNode(node, 'requestBody'), 'content'), 'application/json')['example']
  const { port, key } = callerOf(node)
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}http://localhost:${port}${target}${query === '' ? '' : `?${query}`}`,
    ...(key === undefined ? [] : [`-H "X-API-Key: ${key}"`]),
    ...examples('header').map(([name, value]) => `-H '${name}: ${value}'`),
    ...(body === undefined
      ? []
      : ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`]),
  ]
  return `<pre tabindex="0"><code>${escaped(lines.join(' \\\n  '))}</code></pre>`
}

/** Who may call the compatible routes has set their variables, which move the port. */
function callerOf({ security }: Node): { readonly port: number; readonly key?: string } {
  const schemes = Array.isArray(security) ? security.flatMap((one) => (isNode(one) ? Object.keys(one) : [])) : []
  if (schemes.includes('backendApiKey')) return { port: 8000, key: '$BACKEND_API_KEY' }
  return schemes.length === 0 ? { port: 9000 } : { port: 9000, key: '$CHANCERY_API_KEY' }
}

function bodyShape(node: Node, document: OpenApi): string {
  const schema = memberNode(
    memberNode(memberNode(memberNode(node, 'requestBody'), 'content'), 'application/json'),
    'schema',
  )
  const shape = referred(schema, document)
  if (!isNode(shape['properties'])) return ''
  const required = Array.isArray(shape['required']) ? shape['required'] : []
  const rows = Object.entries(shape['properties']).map(([name, member]) => {
    const described = isNode(member) ? referred(member, document) : {}
    const need = required.includes(name) ? 'required' : 'optional'
    const words = text(described, 'description') || choices(described)
    return `<tr><td><code>${escaped(name)}</code></td><td class="soft">${need}</td><td>${words}${samples(described)}</td></tr>`
  })
  return `<details><summary>Members of the body</summary><table>${rows.join('')}</table></details>`
}

function samples({ examples }: Node): string {
  return Array.isArray(examples) ? examples.map(json).join('') : ''
}

function replies(node: Node): string {
  const all = Object.entries(memberNode(node, 'responses')).filter((entry): entry is [string, Node] => isNode(entry[1]))
  const success = all.filter(([status]) => status.startsWith('2'))
  const problems = all.filter(([status]) => !status.startsWith('2'))
  const shown = success.map(([status, reply]) => {
    const [content] = Object.values(memberNode(reply, 'content')).filter(isNode)
    const example = content?.['example']
    return `<h4>Reply ${escaped(status)}</h4><p>${text(reply, 'description')}</p>${example === undefined ? '' : json(example)}`
  })
  const rows = problems.map(
    ([status, reply]) => `<tr><td>${escaped(status)}</td><td>${text(reply, 'description')}</td></tr>`,
  )
  return `${shown.join('')}<details><summary>Problems</summary><table>${rows.join('')}</table></details>`
}

function referred(schema: Node, { components }: OpenApi): Node {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined
  const found = name === undefined ? schema : components.schemas[name]
  return isNode(found) ? found : {}
}

function memberNode(node: Node, name: string): Node {
  const member = node[name]
  return isNode(member) ? member : {}
}
