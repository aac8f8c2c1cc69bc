/** Callers: their grants and their secrets. All of it needs `admin`. */
import { Type, type Static } from 'typebox'
import { apiKeyDays, assumedAcknowledgement, type Grant } from '../../core/access.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { clientShape, clientView, grantShape, identityShape, sourceRanges } from '../views.ts'
import { apiKeyExample, clientExample } from './examples.ts'

const identified = Type.Object({ id: s.clientId }, s.closed)
const grants = Type.Array(grantShape, { maxItems: 1_000 })
const secret = Type.String({ description: 'the API key: shown now and never again' })
const withSecret = s.named('ClientWithSecret', Type.Object({ client: clientShape, secret }, s.closed))

const newClient = s.named(
  'NewClient',
  Type.Object(
    {
      name: Type.String({
        pattern: '^[A-Za-z0-9](?:[-A-Za-z0-9 ._@]{0,62}[A-Za-z0-9])?$',
        description: '1 to 64 letters, digits, spaces and . _ @ -, a letter or digit at either end',
      }),
      grants,
      sources: Type.Optional(sourceRanges),
      identity: Type.Optional(identityShape),
      acknowledge: Type.Optional(
        Type.Literal(assumedAcknowledgement, {
          description: 'where identity.assumedFrom is given, and goes on record',
        }),
      ),
      days: Type.Optional(s.days(1, apiKeyDays.most)),
    },
    s.closed,
  ),
)

const of = { part: 'clients', access: 'client' } as const
const clientReply = { status: 200, description: 'The client', schema: clientShape, headers: { etag: 'the version' } }
const { id, name, sources } = clientExample

/** Lists of the schema may be written to; those of the core may not. */
function grantsOf(body: Static<typeof grants>): readonly Grant[] {
  return body
}

const crud: readonly Route[] = [
  route({
    ...takesNothing,
    ...of,
    id: 'createClient',
    method: 'POST',
    path: '/v1/clients',
    summary: 'Create a client and its first API key',
    body: newClient,
    reply: {
      status: 201,
      description: 'The client and its API key',
      schema: withSecret,
      headers: { location: 'where it is' },
    },
    refuses: ['denied', 'already-exists'],
    example: {
      body: { name, grants: clientExample.grants, sources, days: 90 },
      reply: {
        status: 201,
        headers: { location: `/v1/clients/${id}` },
        body: { client: clientExample, secret: apiKeyExample },
      },
    },
    async handle({ services, body, call }) {
      const { client, secret: made } = await services.clients.create({ ...body, grants: grantsOf(body.grants) }, call())
      return { headers: { location: `/v1/clients/${client.id}` }, body: { client: clientView(client), secret: made } }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'listClients',
    method: 'GET',
    path: '/v1/clients',
    summary: 'List clients',
    query: Type.Object(s.page(s.clientId, 'a client id'), s.closed),
    reply: {
      status: 200,
      description: 'A page of clients',
      schema: s.named(
        'ClientPage',
        Type.Object({ clients: Type.Array(clientShape), next: Type.Optional(Type.String()) }, s.closed),
      ),
    },
    refuses: ['denied'],
    example: { reply: { status: 200, body: { clients: [clientExample] } } },
    async handle({ services, query, call }) {
      const { clients, next } = await services.clients.list(s.pageOf(query), call())
      return { body: { clients: clients.map(clientView), ...(next === undefined ? {} : { next }) } }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'getClient',
    method: 'GET',
    path: '/v1/clients/{id}',
    summary: 'Get a client',
    params: identified,
    reply: clientReply,
    refuses: ['denied', 'not-found'],
    example: { params: { id }, reply: { status: 200, headers: { etag: '"1"' }, body: clientExample } },
    async handle({ services, params, call }) {
      const { version, value } = await services.clients.get(params.id, call())
      return { headers: s.etag(version), body: clientView(value) }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'putGrants',
    method: 'PUT',
    path: '/v1/clients/{id}/grants',
    summary: 'Replace what a client may ask for',
    description: '`If-Match` is the ETag of the version replaced. In force on every process when the reply arrives.',
    params: identified,
    headers: s.ifMatch,
    body: s.named('Grants', Type.Object({ grants }, s.closed)),
    bodyLimit: 1024 * 1024,
    right: ['admin'],
    reply: clientReply,
    refuses: ['denied', 'not-found', 'version-conflict'],
    example: {
      params: { id },
      headers: { 'if-match': '"1"' },
      body: { grants: clientExample.grants },
      reply: { status: 200, headers: { etag: '"2"' }, body: clientExample },
    },
    async handle({ services, params, headers, body, call }) {
      const expect = s.versionOf(headers)
      const { version, value } = await services.clients.putGrants(params.id, grantsOf(body.grants), expect, call())
      return { headers: s.etag(version), body: clientView(value) }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'removeClient',
    method: 'DELETE',
    path: '/v1/clients/{id}',
    summary: 'Remove a client',
    params: identified,
    reply: { status: 204, description: 'Removed' },
    refuses: ['denied', 'not-found'],
    example: { params: { id }, reply: { status: 204 } },
    async handle({ services, params, call }) {
      await services.clients.remove(params.id, call())
      return {}
    },
  }),
]

const secrets: readonly Route[] = [
  route({
    ...takesNothing,
    ...of,
    id: 'addSecret',
    method: 'POST',
    path: '/v1/clients/{id}/secrets',
    summary: 'Add a second API key',
    description:
      'The older one goes on until it is removed or ends: put the new one in place, then remove the old one.',
    params: identified,
    body: s.named('NewSecret', Type.Object({ days: s.days(1, apiKeyDays.most) }, s.closed)),
    reply: { status: 201, description: 'The client and its new API key', schema: withSecret },
    refuses: ['denied', 'not-found', 'already-exists'],
    example: {
      params: { id },
      body: { days: 90 },
      reply: { status: 201, body: { client: clientExample, secret: apiKeyExample } },
    },
    async handle({ services, params, body, call }) {
      const { client, secret: made } = await services.clients.addSecret(params.id, body.days, call())
      return { body: { client: clientView(client), secret: made } }
    },
  }),
  route({
    ...takesNothing,
    ...of,
    id: 'removeSecret',
    method: 'DELETE',
    path: '/v1/clients/{id}/secrets/{secret}',
    summary: 'Remove an API key by its id',
    params: Type.Object(
      {
        id: s.clientId,
        secret: Type.String({ pattern: '^[-_A-Za-z0-9]{1,64}$', description: 'the id of the secret' }),
      },
      s.closed,
    ),
    reply: { status: 200, description: 'The client', schema: clientShape },
    refuses: ['denied', 'not-found'],
    example: { params: { id, secret: '1' }, reply: { status: 200, body: clientExample } },
    handle: async ({ services, params, call }) => ({
      body: clientView(await services.clients.removeSecret(params.id, params.secret, call())),
    }),
  }),
]

export const clientRoutes: readonly Route[] = [...crud, ...secrets]
