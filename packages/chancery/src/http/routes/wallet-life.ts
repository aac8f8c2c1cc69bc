/** What can happen to a wallet after it was made: held against its key, ended. */
import { Type } from 'typebox'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { walletShape, walletView } from '../wallet-views.ts'
import { walletExample } from './examples.ts'

const params = Type.Object({ wallet: s.walletId }, s.closed)
const reply = { status: 200, description: 'The wallet as it stands', schema: walletShape }
const pendingExample = {
  ...walletExample,
  status: 'PENDING_DELETION',
  deletionDate: '2026-11-27T09:00:00.000Z',
} as const

const lifeRefuses = [
  'denied',
  'not-found',
  'wallet-state',
  'key-state',
  'version-conflict',
  'not-supported',
  'frozen',
  'clock-in-doubt',
  'store-unavailable',
  'store-corrupt',
  'in-doubt',
  'behind-witness',
  'node-unavailable',
  'node-refused',
  'backend-unavailable',
  'backend-throttled',
  'backend-denied',
  'backend-failed',
] as const

const of = { ...takesNothing, part: 'wallets', access: 'client', params, reply, refuses: lifeRefuses } as const

const verify = route({
  ...of,
  id: 'verifyWallet',
  method: 'POST',
  path: '/v1/wallets/{wallet}/verify',
  summary: 'Hold a wallet against its key',
  description: 'Derives the address from the key again, and has the key sign a test statement. Needs `wallets:read`.',
  refuses: [...lifeRefuses, 'bad-signature', 'not-configured'],
  example: { params: { wallet: walletExample.id }, reply: { status: 200, body: walletExample } },
  handle: async ({ services, params: { wallet }, call }) => ({
    body: walletView(await services.wallets.verify(wallet, call())),
  }),
})

const scheduleDeletion = route({
  ...of,
  id: 'deleteWallet',
  method: 'DELETE',
  path: '/v1/wallets/{wallet}',
  summary: 'End a wallet after a window',
  description:
    'Nothing is paid from it any more when the reply arrives. Its key is destroyed by `purge` after the window, and by ' +
    'nothing else here; until then it can be taken back. The caller says with `empty` that nothing is left in it. A key ' +
    'that a KMS destroyed, no backup brings back. A wallet that is `CREATING`, which had no address yet, ends at once, and a ' +
    'key made for it after the window by itself: that needs `admin` too. Needs `wallets:delete`.',
  query: Type.Object(
    {
      days: Type.Optional(Type.String({ pattern: '^(?:[7-9]|[12][0-9]|30)$', description: '7 to 30; 7 unless given' })),
      empty: s.oneOf(['true', 'false'], { description: 'true: nothing is left in it' }),
    },
    s.closed,
  ),
  example: {
    params: { wallet: walletExample.id },
    query: { empty: 'true' },
    reply: { status: 200, body: pendingExample },
  },
  async handle({ services, params: { wallet }, query: { days, empty }, call }) {
    const view = await services.wallets.scheduleDeletion(wallet, Number(days ?? 7), empty === 'true', call())
    return { body: walletView(view) }
  },
})

const cancelDeletion = route({
  ...of,
  id: 'cancelWalletDeletion',
  method: 'POST',
  path: '/v1/wallets/{wallet}/cancel-deletion',
  summary: 'Take the end of a wallet back',
  example: { params: { wallet: walletExample.id }, reply: { status: 200, body: walletExample } },
  handle: async ({ services, params: { wallet }, call }) => ({
    body: walletView(await services.wallets.cancelDeletion(wallet, call())),
  }),
})

const purge = route({
  ...of,
  id: 'purgeWallet',
  method: 'POST',
  path: '/v1/wallets/{wallet}/purge',
  summary: 'Destroy the key of a wallet whose window has passed',
  example: {
    params: { wallet: walletExample.id },
    reply: { status: 200, body: { ...walletExample, status: 'DELETED', deletionDate: '2026-11-27T09:00:00.000Z' } },
  },
  handle: async ({ services, params: { wallet }, call }) => ({
    body: walletView(await services.wallets.purge(wallet, call())),
  }),
})

export const walletLifeRoutes: readonly Route[] = [verify, scheduleDeletion, cancelDeletion, purge]
