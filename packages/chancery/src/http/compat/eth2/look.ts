/** What a client asks before it signs: which keys there are, and how high they may sign. */
import { Type } from 'typebox'
import { validatorsOf } from '../../configured.ts'
import { route, takesNothing, type Route } from '../../route.ts'
import * as s from '../../schemas.ts'
import { publicKeyExample } from './shapes.ts'
import { remoteSigning } from './sign.ts'

const of = { ...takesNothing, ...remoteSigning, access: 'validator', method: 'GET' } as const

export const lookRoutes: readonly Route[] = [
  route({
    ...of,
    id: 'validatorKeys',
    path: '/api/v1/eth2/publicKeys',
    summary: 'List the public keys of validators',
    description: 'Those that can sign now and on which the client holds a grant, in the order they came.',
    reply: { status: 200, description: 'Public keys', schema: Type.Array(Type.String()) },
    refuses: ['not-configured'],
    example: { reply: { status: 200, body: [publicKeyExample] } },
    handle: async ({ services, call }) => ({
      body: validatorsOf(services)
        .keys(call())
        .map(({ key }) => key.publicKey),
    }),
  }),
  route({
    ...of,
    id: 'highWatermark',
    path: '/api/v1/eth2/highWatermark',
    summary: 'The slot and epoch at which signing stops',
    description: 'Empty where there is none. It is of one network: where there are several, `?network=` names it.',
    query: Type.Object(
      { network: Type.Optional({ ...s.network, description: 'left out where there is one' }) },
      s.closed,
    ),
    reply: {
      status: 200,
      description: 'The watermark',
      schema: Type.Object({ slot: Type.Optional(s.decimal), epoch: Type.Optional(s.decimal) }, s.closed),
    },
    refuses: ['not-configured', 'unknown-network'],
    example: { reply: { status: 200, body: {} } },
    async handle({ services, query, call }) {
      const { slot, epoch } = validatorsOf(services).ceiling(query.network, call())
      return { body: { ...(slot !== undefined && { slot }), ...(epoch !== undefined && { epoch }) } }
    },
  }),
  route({
    ...of,
    id: 'validatorHealth',
    path: '/health',
    summary: 'How many validator keys can sign for this client',
    description: 'As py3signer answers it. For a probe without a credential: GET /readyz.',
    reply: {
      status: 200,
      description: 'The count',
      schema: Type.Object({ status: Type.Literal('healthy'), keys_loaded: Type.Integer() }, s.closed),
    },
    refuses: ['not-configured'],
    example: { reply: { status: 200, body: { status: 'healthy', keys_loaded: 1 } } },
    handle: async ({ services, call }) => ({
      body: { status: 'healthy', keys_loaded: validatorsOf(services).keys(call()).length },
    }),
  }),
]
