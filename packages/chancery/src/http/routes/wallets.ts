/** Wallets: a user's account on a network. */
import { Type, type Static } from 'typebox'
import type { CreateWallet, ManyAnswer, WalletQuery } from '../../core/wallets.ts'
import { route, takesNothing, type Incoming, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import {
  address,
  asset,
  depositShape,
  depositView,
  form,
  networkName,
  tier,
  userId,
  walletShape,
  walletStatus,
  walletView,
} from '../wallet-views.ts'
import { walletExample } from './examples.ts'

const createBody = s.named(
  'CreateWallet',
  Type.Object(
    {
      userId,
      asset,
      network: Type.Optional(networkName),
      tier: Type.Optional(tier),
      addressType: Type.Optional(form),
      providerId: Type.Optional(
        Type.String({
          pattern: '^[-A-Za-z0-9]{1,64}$',
          description: "the caller's own id for it; left out: a new UUID",
        }),
      ),
    },
    s.closed,
  ),
)

function createRequest(body: Static<typeof createBody>): CreateWallet {
  const { userId: user, asset: name, network, tier: where, addressType, providerId } = body
  return {
    user,
    asset: name,
    ...(network === undefined ? {} : { network }),
    ...(where === undefined ? {} : { tier: where }),
    ...(addressType === undefined ? {} : { form: addressType }),
    ...(providerId === undefined ? {} : { providerId }),
  }
}

/** What the making of a key may be refused for. */
export const creationRefuses = [
  'denied',
  'not-supported',
  'unknown-network',
  'already-exists',
  'wallet-state',
  'key-state',
  'limit-reached',
  'frozen',
  'store-unavailable',
  'in-doubt',
  'behind-witness',
  'disk-full',
  'backend-unavailable',
  'backend-throttled',
  'backend-denied',
  'backend-failed',
  'bad-signature',
  'not-configured',
] as const

const createExample = { userId: '123', asset: 'BTC', network: 'testnet', tier: 'sealed' } as const

const create = route({
  ...takesNothing,
  id: 'createWallet',
  method: 'POST',
  path: '/v1/wallets',
  part: 'wallets',
  access: 'client',
  summary: 'Make a wallet for a user',
  description:
    'A user has one wallet of an asset on a network: the same request again gives the same wallet, so it may be repeated ' +
    'whenever an answer was lost. Its address is shown once its key has signed a test statement. Needs `wallets:create`.',
  body: createBody,
  seconds: 30,
  reply: { status: 201, description: 'The wallet', schema: walletShape, headers: { location: 'where it is' } },
  refuses: creationRefuses,
  example: {
    body: createExample,
    reply: { status: 201, headers: { location: `/v1/wallets/${walletExample.id}` }, body: walletExample },
  },
  async handle({ services, body, call }) {
    const view = await services.wallets.create(createRequest(body), call())
    return { headers: { location: `/v1/wallets/${view.row.id}` }, body: walletView(view) }
  },
})

const manyAnswer = s.named(
  'WalletAnswer',
  Type.Object({ wallet: Type.Optional(walletShape), problem: Type.Optional(s.problem) }, s.closed),
)

const createMany = route({
  ...takesNothing,
  id: 'createWallets',
  method: 'POST',
  path: '/v1/wallets/batch',
  part: 'wallets',
  access: 'client',
  summary: 'Make many wallets',
  description:
    'An answer each, in their order; one that is refused hinders no other. The same list again goes on where it stopped: a KMS ' +
    'makes only so many keys a second, and those there was no time for are answered with `overloaded` or `backend-throttled`, ' +
    'and with `retryAfter`, the seconds after which to ask again.',
  body: s.named(
    'CreateWallets',
    Type.Object({ wallets: Type.Array(createBody, { minItems: 1, maxItems: 500 }) }, s.closed),
  ),
  bodyLimit: 512 * 1024,
  right: ['wallets:create'],
  seconds: 60,
  reply: {
    status: 200,
    description: 'An answer each',
    schema: s.named('WalletsCreated', Type.Object({ answers: Type.Array(manyAnswer) }, s.closed)),
  },
  refuses: creationRefuses,
  example: {
    body: { wallets: [createExample] },
    reply: { status: 200, body: { answers: [{ wallet: walletExample }] } },
  },
  async handle({ services, body, call, problem }) {
    const answers = await services.wallets.createMany(body.wallets.map(createRequest), call())
    return { body: { answers: answers.map((answer) => answerView(answer, problem)) } }
  },
})

function answerView(answer: ManyAnswer, problem: Incoming['problem']) {
  return answer instanceof Error ? { problem: problem(answer) } : { wallet: walletView(answer) }
}

const listQuery = Type.Object(
  {
    userId: Type.Optional(userId),
    asset: Type.Optional(asset),
    network: Type.Optional(networkName),
    status: Type.Optional(walletStatus),
    tier: Type.Optional(tier),
    address: Type.Optional(address),
    ...s.page(s.walletId, 'a wallet id'),
  },
  s.closed,
)

const list = route({
  ...takesNothing,
  id: 'listWallets',
  method: 'GET',
  path: '/v1/wallets',
  part: 'wallets',
  access: 'client',
  summary: 'List wallets',
  description: 'In the order in which they were made. Needs `wallets:read`.',
  query: listQuery,
  reply: {
    status: 200,
    description: 'A page of wallets',
    schema: s.named(
      'WalletPage',
      Type.Object(
        { wallets: Type.Array(walletShape), next: Type.Optional(Type.String({ description: 'for `after`' })) },
        s.closed,
      ),
    ),
  },
  refuses: ['denied', 'not-supported', 'unknown-network', 'store-unavailable', 'store-corrupt'],
  example: { query: { userId: '123' }, reply: { status: 200, body: { wallets: [walletExample] } } },
  async handle({ services, query, call }) {
    const { wallets, next } = await services.wallets.list(queryOf(query), s.pageOf(query), call())
    return { body: { wallets: wallets.map(walletView), ...(next === undefined ? {} : { next }) } }
  },
})

function queryOf({ userId: user, asset: name, network, status, tier: where, address: at }: Static<typeof listQuery>) {
  const query: WalletQuery = {
    ...(user === undefined ? {} : { user }),
    ...(name === undefined ? {} : { asset: name }),
    ...(network === undefined ? {} : { network }),
    ...(status === undefined ? {} : { status }),
    ...(where === undefined ? {} : { tier: where }),
    ...(at === undefined ? {} : { address: at }),
  }
  return query
}

const get = route({
  ...takesNothing,
  id: 'getWallet',
  method: 'GET',
  path: '/v1/wallets/{wallet}',
  part: 'wallets',
  access: 'client',
  summary: 'Get a wallet by its id or one of its addresses',
  params: Type.Object({ wallet: s.walletName }, s.closed),
  reply: { status: 200, description: 'The wallet', schema: walletShape },
  refuses: ['denied', 'not-found', 'store-unavailable', 'store-corrupt'],
  example: { params: { wallet: walletExample.id }, reply: { status: 200, body: walletExample } },
  handle: async ({ services, params, call }) => ({
    body: walletView(await services.wallets.get(params.wallet, call())),
  }),
})

const depositExample = {
  address: 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
  derivationPath: "m/84'/1'/0'/0/1",
  change: false,
  createdAt: walletExample.createdAt,
} as const

const newAddress = route({
  ...takesNothing,
  id: 'newDepositAddress',
  method: 'POST',
  path: '/v1/wallets/{wallet}/addresses',
  part: 'wallets',
  access: 'client',
  summary: 'Give a wallet one more deposit address',
  description:
    'Of the tier hd, on chains of coins. Refused once `wallet.gap` (20) in a row were never paid to: whoever restores a seed ' +
    'would not find what lies behind. What was paid once counts for good, wherever the coins went; where the record does not ' +
    'tell, a node is asked: `node-unavailable` while it is silent. Without a node nothing is refused.',
  params: Type.Object({ wallet: s.walletId }, s.closed),
  reply: { status: 201, description: 'The address', schema: depositShape },
  refuses: [
    'denied',
    'not-found',
    'not-supported',
    'wallet-state',
    'limit-reached',
    'store-unavailable',
    'store-corrupt',
    'node-unavailable',
    'node-refused',
  ],
  example: { params: { wallet: walletExample.id }, reply: { status: 201, body: depositExample } },
  handle: async ({ services, params, call }) => ({
    body: depositView(await services.wallets.newAddress(params.wallet, call())),
  }),
})

const addressPlace = Type.String({ pattern: '^[01]/(?:0|[1-9][0-9]{0,9})$' })

const addresses = route({
  ...takesNothing,
  id: 'listDepositAddresses',
  method: 'GET',
  path: '/v1/wallets/{wallet}/addresses',
  part: 'wallets',
  access: 'client',
  summary: "List a wallet's addresses",
  params: Type.Object({ wallet: s.walletId }, s.closed),
  query: Type.Object(s.page(addressPlace, 'branch/index of an address, such as 0/19'), s.closed),
  reply: {
    status: 200,
    description: 'A page of addresses',
    schema: s.named(
      'DepositAddressPage',
      Type.Object({ addresses: Type.Array(depositShape), next: Type.Optional(Type.String()) }, s.closed),
    ),
  },
  refuses: ['denied', 'not-found', 'store-unavailable', 'store-corrupt'],
  example: { params: { wallet: walletExample.id }, reply: { status: 200, body: { addresses: [depositExample] } } },
  async handle({ services, params, query, call }) {
    const { addresses: found, next } = await services.wallets.addresses(params.wallet, s.pageOf(query), call())
    return { body: { addresses: found.map(depositView), ...(next === undefined ? {} : { next }) } }
  },
})

export const walletRoutes: readonly Route[] = [create, createMany, list, get, newAddress, addresses]
