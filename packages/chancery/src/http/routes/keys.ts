/** Keys and their life. */
import { Type, type TSchema } from 'typebox'
import type { Call } from '../../core/call.ts'
import type { KeyRecord } from '../../core/key.ts'
import type { Keyring } from '../../core/keyring.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { keyShape, keyView } from '../views.ts'
import { keyExample } from './examples.ts'
import { keySeconds } from './new-keys.ts'

const named = Type.Object({ id: s.keyName }, s.closed)
const { alias } = keyExample

export const keyRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    id: 'probeKeys',
    method: 'POST',
    path: '/v1/keys/probe',
    part: 'keys',
    access: 'client',
    summary: 'Ask every key back-end whether its keys could sign',
    seconds: 60,
    reply: {
      status: 200,
      description: 'One finding a key',
      schema: s.named(
        'KeyProbe',
        Type.Object(
          {
            keys: Type.Array(
              Type.Object({ key: s.keyId, ok: Type.Boolean(), finding: Type.Optional(Type.String()) }, s.closed),
            ),
          },
          s.closed,
        ),
      ),
    },
    refuses: ['denied'],
    example: { reply: { status: 200, body: { keys: [{ key: keyExample.id, ok: true }] } } },
    handle: async ({ services, call }) => ({ body: { keys: await services.keyring.probe(call()) } }),
  }),
  route({
    ...takesNothing,
    id: 'enableHeldKeys',
    method: 'POST',
    path: '/v1/keys/enable-held',
    part: 'keys',
    access: 'client',
    summary: 'Enable all keys that an accepted gap took out of use',
    description:
      'First disable or delete those that were deleted in what is lost: they may sign elsewhere. The others begin with the next epoch.',
    seconds: 60,
    reply: {
      status: 200,
      description: 'How many came back into use, and how many still wait',
      schema: s.named('HeldKeys', Type.Object({ enabled: Type.Integer(), held: Type.Integer() }, s.closed)),
    },
    refuses: ['denied'],
    example: { reply: { status: 200, body: { enabled: 64, held: 0 } } },
    async handle({ services, call }) {
      const { enabled, held } = await services.keyring.enableHeld(call())
      return { body: { enabled, held } }
    },
  }),
  route({
    ...takesNothing,
    id: 'listKeys',
    method: 'GET',
    path: '/v1/keys',
    part: 'keys',
    access: 'client',
    summary: 'List the keys the client holds a grant on',
    query: Type.Object(s.page(s.keyId, 'a key id'), s.closed),
    reply: {
      status: 200,
      description: 'A page of keys',
      schema: s.named(
        'KeyPage',
        Type.Object({ keys: Type.Array(keyShape), next: Type.Optional(Type.String()) }, s.closed),
      ),
    },
    refuses: [],
    example: { query: { limit: '50' }, reply: { status: 200, body: { keys: [keyExample] } } },
    async handle({ services, query, call }) {
      const { keys, next } = await services.keyring.list(s.pageOf(query), call())
      return { body: { keys: keys.map(keyView), ...(next === undefined ? {} : { next }) } }
    },
  }),
  route({
    ...takesNothing,
    id: 'getKey',
    method: 'GET',
    path: '/v1/keys/{id}',
    part: 'keys',
    access: 'client',
    summary: 'Get a key',
    params: named,
    reply: {
      status: 200,
      description: 'The key, and the version of its rules',
      schema: s.named('KeyWithRulesVersion', Type.Object({ key: keyShape, rulesVersion: Type.Integer() }, s.closed)),
    },
    refuses: ['key-not-found'],
    example: { params: { id: alias }, reply: { status: 200, body: { key: keyExample, rulesVersion: 3 } } },
    async handle({ services, params, call }) {
      const { key, rulesVersion } = await services.keyring.get(params.id, call())
      return { body: { key: keyView(key), rulesVersion } }
    },
  }),
  change('disableKey', 'disable', 'Disable a key', { state: 'disabled' }, (keyring, id, call) =>
    keyring.disable(id, call),
  ),
  change('enableKey', 'enable', 'Enable a disabled key', {}, (keyring, id, call) => keyring.enable(id, call)),
  route({
    ...takesNothing,
    ...changing('schedule-deletion'),
    id: 'scheduleKeyDeletion',
    summary: 'Schedule the deletion of a key',
    description:
      'The key is disabled at once. After the window a purge destroys its secret; until then it can be cancelled.',
    params: named,
    body: s.named(
      'ScheduleDeletion',
      Type.Object(
        {
          days: s.days(7, 30),
          forced: Type.Optional(
            Type.Boolean({ description: 'although an account that the key signs for still holds something' }),
          ),
        },
        s.closed,
      ),
    ),
    example: {
      params: { id: alias },
      body: { days: 30 },
      reply: {
        status: 200,
        body: { ...keyExample, state: 'pending-deletion', deletionDate: '2026-12-20T09:00:00.000Z' },
      },
    },
    handle: async ({ services, params, body, call }) => ({
      body: keyView(
        await services.keyring.scheduleDeletion(params.id, body.days, call(), { forced: body.forced ?? false }),
      ),
    }),
  }),
  change(
    'cancelKeyDeletion',
    'cancel-deletion',
    'Cancel a scheduled deletion',
    { state: 'disabled' },
    (keyring, id, call) => keyring.cancelDeletion(id, call),
  ),
  change(
    'purgeKey',
    'purge',
    'Destroy the secret of a key for good, after its window',
    { state: 'purged' },
    (keyring, id, call) => keyring.purge(id, call),
  ),
]

function changing(verb: string) {
  return {
    method: 'POST',
    path: `/v1/keys/{id}/${verb}`,
    part: 'keys',
    access: 'client',
    seconds: keySeconds,
    reply: { status: 200, description: 'The key as it is now', schema: keyShape as TSchema },
    refuses: ['key-not-found', 'denied', 'key-state', 'version-conflict', 'not-supported', 'backend-denied'],
  } as const
}

function change(
  id: string,
  verb: string,
  summary: string,
  after: Partial<KeyRecord>,
  act: (keyring: Keyring, id: string, call: Call) => Promise<KeyRecord>,
): Route {
  return route({
    ...takesNothing,
    ...changing(verb),
    id,
    summary,
    params: named,
    example: { params: { id: alias }, reply: { status: 200, body: { ...keyExample, ...after } } },
    handle: async ({ services, params, call }) => ({ body: keyView(await act(services.keyring, params.id, call())) }),
  })
}
