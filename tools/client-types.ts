/** The client's types, from the components of the OpenAPI document. */

type Node = Readonly<Record<string, unknown>>

/** @throws TypeError for a document without components. */
export function clientTypes(openApi: string): string {
  const document: unknown = JSON.parse(openApi)
  const schemas = nodeAt(nodeAt(document, 'components'), 'schemas')
  const types = Object.entries(schemas).map(([name, schema]) => declaration(name, schema))
  return `/** What the API takes and gives. Written by \`npm run openapi\` from openapi.json: do not edit. */\n\n${types.join('\n')}`
}

function nodeAt(value: unknown, name: string): Node {
  const member = isNode(value) ? value[name] : undefined
  if (!isNode(member)) throw new TypeError(`the document has no ${name}`)
  return member
}

function declaration(name: string, schema: unknown): string {
  const text = typeOf(schema, '')
  return text.startsWith('{') && text.endsWith('}') && !text.includes('\n} | {')
    ? `export interface ${name} ${text}\n`
    : `export type ${name} = ${text}\n`
}

function typeOf(schema: unknown, indent: string): string {
  if (!isNode(schema)) return 'unknown'
  if (typeof schema['$ref'] === 'string') return schema['$ref'].split('/').at(-1) ?? 'unknown'
  if ('const' in schema) return literal(schema['const'])
  if (Array.isArray(schema['enum'])) return schema['enum'].map(literal).join(' | ')
  if (isNode(schema['properties'])) return objectOf(schema, schema['properties'], indent)
  const choices = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choices)) return [...new Set(choices.map((choice) => typeOf(choice, indent)))].join(' | ')
  return plain(schema, indent)
}

function plain(schema: Node, indent: string): string {
  switch (schema['type']) {
    case 'string':
      return typeof schema['pattern'] === 'string' && schema['pattern'].startsWith('^0x') ? '`0x${string}`' : 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    case 'array':
      return arrayOf(typeOf(schema['items'], indent))
    case 'object':
      return `Readonly<Record<string, ${valuesOf(schema, indent)}>>`
    default:
      return 'unknown'
  }
}

function arrayOf(item: string): string {
  const isObject = item.startsWith('{') && !item.includes('} | {')
  return /[ |]/.test(item) && !isObject ? `readonly (${item})[]` : `readonly ${item}[]`
}

function valuesOf({ patternProperties, additionalProperties }: Node, indent: string): string {
  const [byPattern] = isNode(patternProperties) ? Object.values(patternProperties) : []
  return typeOf(byPattern ?? additionalProperties, indent)
}

function memberName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`
}

function objectOf(schema: Node, properties: Node, indent: string): string {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const deeper = `${indent}  `
  const members = Object.entries(properties).map(([name, member]) => {
    const mark = required.includes(name) ? '' : '?'
    return `${comment(member, deeper)}${deeper}readonly ${memberName(name)}${mark}: ${typeOf(member, deeper)}\n`
  })
  return members.length === 0 ? '{}' : `{\n${members.join('')}${indent}}`
}

function comment(schema: unknown, indent: string): string {
  const text = isNode(schema) ? schema['description'] : undefined
  return typeof text === 'string' ? `${indent}/** ${text.replaceAll('*/', '* /')} */\n` : ''
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
