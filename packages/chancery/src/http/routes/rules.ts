/** What each key may do: versioned, replaced whole. */
import { Type } from 'typebox'
import type { Rules } from '../../core/rules.ts'
import { noRules } from '../../core/rules.ts'
import { isSignOperation, operations } from '../../core/names.ts'
import { largeList, route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { keyExample } from './examples.ts'

const names = (description: string) =>
  Type.Array(
    Type.String({ pattern: '^[!-)+-~][!-~]{0,127}$', description: 'up to 128 printable characters, no spaces' }),
    {
      maxItems: largeList,
      uniqueItems: true,
      description,
    },
  )

const rulesShape = s.named(
  'Rules',
  Type.Unsafe<Rules>(
    Type.Object(
      {
        operations: Type.Array(s.oneOf(operations.filter(isSignOperation)), { uniqueItems: true, maxItems: 16 }),
        networks: Type.Array(s.network, { maxItems: 1_000, uniqueItems: true }),
        recipients: Type.Unsafe<'*' | string[]>({
          description: '* or an array of addresses that transfers may go to',
          oneOf: [Type.Literal('*'), names('addresses')],
        }),
        maximums: amounts(
          '^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}$',
          'per CAIP-19 asset',
        ),
        fees: amounts('^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$', 'per CAIP-2 network'),
        delegates: names('who may be given an allowance, or a delegation'),
        calls: pairs(
          'selector',
          '^(?:[a-z][a-z-]{1,31}|0x(?:[0-9a-fA-F]{8})?)$',
          '0x and 8 hex digits; 0x for empty calldata; create; Algorand: bare, raw, logic-signature or program-data',
        ),
        typedData: pairs('type', '^0x[0-9a-fA-F]{64}$', '0x and 64 hex digits: the hash of encodeType'),
        authorities: names('authority operations allowed by name, such as setApprovalForAll'),
      },
      { ...s.closed, required: [], description: 'A member that is absent allows nothing.' },
    ),
  ),
)

function amounts(pattern: string, description: string) {
  return Type.Unsafe<Record<string, string>>({
    type: 'object',
    description,
    patternProperties: { [pattern]: s.decimal },
    additionalProperties: false,
    maxProperties: 10_000,
  })
}

function pairs(member: string, pattern: string, description: string) {
  const contract = Type.String({
    pattern: '^[!-~]{1,128}$',
    description: 'an address, or the number of an application; * where nothing has one',
  })
  return Type.Array(
    Type.Unsafe<Record<string, string>>({
      type: 'object',
      properties: { contract, [member]: { type: 'string', pattern, description } },
      required: ['contract', member],
      additionalProperties: false,
    }),
    { maxItems: largeList, uniqueItems: true },
  )
}

const named = Type.Object({ id: s.keyName }, s.closed)
const reply = {
  status: 200,
  description: 'The rules; their version is the ETag',
  schema: rulesShape,
  headers: { etag: 'the version' },
}

const rulesExample: Rules = {
  ...noRules,
  operations: ['sign:transaction'],
  networks: ['eip155:1'],
  recipients: ['0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'],
  maximums: { 'eip155:1/slip44:60': '1000000000000000000' },
  fees: { 'eip155:1': '10000000000000000' },
}

export const rulesRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    id: 'getRules',
    method: 'GET',
    path: '/v1/keys/{id}/rules',
    part: 'rules',
    access: 'client',
    summary: 'Get what a key may do',
    params: named,
    reply,
    refuses: ['key-not-found'],
    example: {
      params: { id: keyExample.alias },
      reply: { status: 200, headers: { etag: '"3"' }, body: rulesExample },
    },
    async handle({ services, params, call }) {
      const { version, value } = await services.keyring.rules(params.id, call())
      return { headers: s.etag(version), body: value }
    },
  }),
  route({
    ...takesNothing,
    id: 'putRules',
    method: 'PUT',
    path: '/v1/keys/{id}/rules',
    part: 'rules',
    access: 'client',
    summary: 'Replace what a key may do',
    description: '`If-Match` is the ETag of the version replaced. In force on every process when the reply arrives.',
    params: named,
    headers: s.ifMatch,
    body: rulesShape,
    bodyLimit: 1024 * 1024,
    right: ['admin'],
    reply,
    refuses: ['key-not-found', 'denied', 'version-conflict', 'invalid-payload', 'unknown-network'],
    example: {
      params: { id: keyExample.alias },
      headers: { 'if-match': '"2"' },
      body: rulesExample,
      reply: { status: 200, headers: { etag: '"3"' }, body: rulesExample },
    },
    async handle({ services, params, headers, body, call }) {
      const rules = { ...noRules, ...body }
      const { version, value } = await services.keyring.putRules(params.id, rules, s.versionOf(headers), call())
      return { headers: s.etag(version), body: value }
    },
  }),
]
