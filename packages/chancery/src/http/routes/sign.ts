/** Signing: one request, one payload, read by the chain of the key. */
import { Type } from 'typebox'
import type { Json, JsonObject } from '../../base/json.ts'
import { Refused, type Code } from '../../core/errors.ts'
import { signOperations, type ChainId, type Network } from '../../core/names.ts'
import type { SignSchema } from '../../core/chain.ts'
import type { SignRequest } from '../../core/services.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { keyUseRefuses } from './key-use.ts'
import { signatureShape, signatureView } from '../views.ts'
import { attemptExample, keyExample } from './examples.ts'
import { idempotencyOf } from './idempotency.ts'

export type SignSchemas = readonly (SignSchema & { readonly chain: ChainId })[]

type SignBody = JsonObject & { readonly network?: Network }

const verdict = s.named(
  'Verdict',
  Type.Object(
    {
      verdict: s.oneOf(['allow', 'deny', 'needs-approval']),
      checks: Type.Array(s.check),
      hint: Type.Optional(Type.String()),
      summary: Type.Unsafe<JsonObject>({ type: 'object', description: 'what the request says, in words of its chain' }),
    },
    s.closed,
  ),
)

const refuses: readonly Code[] = [
  ...keyUseRefuses,
  'needs-approval',
  'conflicts-with-earlier',
  'idempotency-conflict',
  'invalid-payload',
  'unsupported-payload',
  'not-canonical',
  'unknown-network',
]

export function signRoutes(schemas: SignSchemas): readonly Route[] {
  const body = bodyOf(schemas)
  return [
    route({
      ...takesNothing,
      id: 'sign',
      method: 'POST',
      path: '/v1/keys/{id}/sign',
      part: 'signing',
      access: 'client',
      summary: 'Sign with a key',
      description:
        'The body carries exactly one payload. It is read by the chain of the key, judged by the rules of the key, recorded, ' +
        'signed and verified. With `dryRun=true` it is only judged: nothing is recorded and nothing signed.',
      params: Type.Object({ id: s.keyName }, s.closed),
      query: Type.Object({ dryRun: Type.Optional(s.oneOf(['true', 'false'])) }, s.closed),
      headers: s.idempotencyKey,
      body,
      bodyLimit: 1024 * 1024,
      right: signOperations,
      seconds: 15,
      reply: {
        status: 200,
        description: 'The signature; with `dryRun=true` the verdict',
        schema: Type.Union([signatureShape, verdict]),
      },
      refuses,
      example: signExample,
      async handle({ services, params, query, headers, body, call }) {
        const request = requestOf(schemas, params.id, body)
        if (query.dryRun === 'true') {
          const { decision, summary } = await services.signing.judge(request, call())
          return { body: { ...decision, summary } }
        }
        const idempotency = idempotencyOf('sign', headers, { key: params.id, body })
        return { body: signatureView(await services.signing.sign({ ...request, ...idempotency }, call())) }
      },
    }),
  ]
}

/** A member for every field that some chain declares; where several do, the chain of the key decides which was meant. */
function bodyOf(schemas: SignSchemas) {
  const fields = [...Map.groupBy(schemas, ({ field }) => field)]
  const properties = fields.map(([field, choices]): [string, JsonObject] => [
    field,
    { ...choiceOf(choices.map(({ schema }) => schema)), examples: choices.map(({ example }) => example) },
  ])
  const schema = Type.Unsafe<SignBody>({
    type: 'object',
    description: `exactly one of ${fields.map(([field]) => field).join(', ')}`,
    properties: { network: s.network, ...Object.fromEntries(properties) },
    additionalProperties: false,
    oneOf: fields.map(([field]) => ({ required: [field] })),
  })
  return s.named('SignRequest', schema)
}

function choiceOf(schemas: readonly JsonObject[]): JsonObject {
  const [only] = schemas
  return only !== undefined && schemas.length === 1 ? only : { anyOf: schemas }
}

function requestOf(schemas: SignSchemas, key: string, body: SignBody): SignRequest {
  const { network, ...payload } = body
  const [[field, value] = ['', undefined]] = Object.entries<Json | undefined>(payload)
  const schema = schemas.find((candidate) => candidate.field === field)
  if (schema === undefined) throw new Refused('invalid-request', 'The body carries no payload')
  const operation = schema.operationOf?.(value) ?? schema.operation
  return { key, operation, value, ...(network === undefined ? {} : { network }) }
}

const digest = '0x4a5c5d454721bbbb25540c3317521e71c373ae36458f960d2ad46ef088110e95'

const signExample = {
  params: { id: keyExample.alias },
  headers: { 'idempotency-key': 'payout-4711' },
  body: { network: 'eip155:1', message: { text: 'Sign in to example.org, nonce 4711' } },
  reply: {
    status: 200,
    body: {
      attempt: attemptExample,
      key: keyExample.id,
      result: {
        signature: `0x${'11'.repeat(32)}${'22'.repeat(32)}1b`,
        r: `0x${'11'.repeat(32)}`,
        s: `0x${'22'.repeat(32)}`,
        v: 27,
        yParity: 0,
        digest,
      },
    },
  },
}
