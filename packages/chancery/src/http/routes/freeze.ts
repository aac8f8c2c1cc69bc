/** Stopping a key, a client, a wallet, a user, an asset or everything, on every process at once. */
import { Type } from 'typebox'
import type { FreezeTarget } from '../../core/services.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { asset, userId } from '../wallet-views.ts'
import { keyExample } from './examples.ts'

const target = s.named(
  'FreezeTarget',
  Type.Unsafe<FreezeTarget>({
    description: 'exactly one of everything, key, client, wallet, user, asset; a symbol means every asset called so',
    oneOf: [
      Type.Object({ everything: Type.Literal(true) }, s.closed),
      Type.Object({ key: s.keyName }, s.closed),
      Type.Object({ client: s.clientId }, s.closed),
      Type.Object({ wallet: s.walletId }, s.closed),
      Type.Object({ user: userId }, s.closed),
      Type.Object({ asset: asset }, s.closed),
    ],
  }),
)

const of = {
  ...takesNothing,
  method: 'POST',
  part: 'freeze',
  access: 'client',
  body: target,
  refuses: ['denied', 'key-not-found', 'not-found'],
} as const

export const freezeRoutes: readonly Route[] = [
  route({
    ...of,
    id: 'freeze',
    path: '/v1/freeze',
    summary: 'Freeze a key, a client, a wallet, a user, an asset or everything',
    description: 'In force on every process when the reply arrives: nothing frozen signs or pays after it.',
    reply: { status: 204, description: 'Frozen' },
    example: { body: { key: keyExample.alias }, reply: { status: 204 } },
    async handle({ services, body, call }) {
      await services.freezing.freeze(body, call())
      return {}
    },
  }),
  route({
    ...of,
    id: 'thaw',
    path: '/v1/thaw',
    summary: 'End a freeze',
    seconds: 60,
    reply: { status: 204, description: 'Thawed' },
    example: { body: { everything: true }, reply: { status: 204 } },
    async handle({ services, body, call }) {
      await services.freezing.thaw(body, call())
      return {}
    },
  }),
]
