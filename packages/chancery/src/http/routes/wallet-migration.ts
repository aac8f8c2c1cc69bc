/** Wallets of another signer on their way here: compared, cut over, and back. */
import { Type, type Static } from 'typebox'
import type { ShadowComparison, WalletMigration } from '../../core/wallets.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { transactionStates } from '../transaction-views.ts'
import { walletShape, walletView } from '../wallet-views.ts'
import { attemptExample, transactionIdExample, walletExample } from './examples.ts'

const of = {
  ...takesNothing,
  part: 'wallets',
  access: 'client',
  params: Type.Object({ wallet: s.walletId }, s.closed),
} as const

const comparisonShape = s.named(
  'ShadowComparison',
  Type.Object(
    {
      wallet: s.walletId,
      agrees: Type.Boolean({ description: 'the same bytes, signed by the same key' }),
      difference: Type.Optional(Type.String({ description: 'where they part' })),
      summary: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), { description: 'the transaction as read here' }),
      ),
      policy: Type.Optional(
        Type.Object(
          { verdict: s.oneOf(['allow', 'deny']), checks: Type.Array(s.check) },
          { ...s.closed, description: 'what the policy of wallets says of it; nothing is counted in windows' },
        ),
      ),
      attempt: Type.Optional(
        Type.String({ description: 'the id of the test signature here, which is handed to nobody' }),
      ),
    },
    s.closed,
  ),
)

/** Of EIP-155's own example. */
const raw =
  '0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe5375678660' +
  '03e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83'

const shadow = route({
  ...of,
  id: 'shadowWallet',
  method: 'POST',
  path: '/v1/wallets/{wallet}/shadow',
  summary: 'Hold what the old signer signed against what would be signed here',
  description:
    'The transaction is read, judged, and signed here too, once the signature it came with is proved to be by the same key ' +
    'over the same bytes: of coins, each signature over its own input. Signatures of one key over the same bytes may rightly ' +
    'differ, so they are compared by verification. Our signature is on record and handed to nobody. Needs `withdraw` or `admin`.',
  body: s.named(
    'ShadowSigned',
    Type.Object(
      {
        raw: { ...s.hex, description: 'the signed transaction, as it was broadcast' },
        previous: Type.Optional(
          Type.Array(s.hex, {
            minItems: 1,
            maxItems: 1_000,
            description:
              'Bitcoin, Litecoin, Dogecoin: the whole transactions that it spends from. Absent: the node of the network is ' +
              'asked. Each is held against its id',
          }),
        ),
      },
      s.closed,
    ),
  ),
  bodyLimit: 1024 * 1024,
  right: ['withdraw', 'admin'],
  seconds: 20,
  reply: { status: 200, description: 'Whether they agree', schema: comparisonShape },
  refuses: [
    ...(['denied', 'not-found', 'wallet-state', 'key-state', 'not-supported', 'frozen', 'version-conflict'] as const),
    ...([
      'store-unavailable',
      'store-corrupt',
      'in-doubt',
      'behind-witness',
      'not-configured',
      'bad-signature',
      'node-unavailable',
      'node-refused',
    ] as const),
    ...(['backend-unavailable', 'backend-throttled', 'backend-denied', 'backend-failed'] as const),
  ],
  example: {
    params: { wallet: walletExample.id },
    body: { raw },
    reply: {
      status: 200,
      body: {
        wallet: walletExample.id,
        agrees: true,
        summary: { nonce: '7' },
        policy: { verdict: 'allow', checks: [] },
        attempt: attemptExample,
      },
    },
  },
  handle: async ({ services, params, body, call }) => ({
    body: comparisonView(await services.wallets.shadow(params.wallet, body, call())),
  }),
})

function comparisonView({ wallet, agrees, difference, summary, decision, attempt }: ShadowComparison) {
  const policy = decision && {
    verdict: decision.verdict === 'allow' ? decision.verdict : ('deny' as const),
    checks: [...decision.checks],
  }
  return {
    wallet,
    agrees,
    ...(difference === undefined ? {} : { difference }),
    ...(summary === undefined ? {} : { summary }),
    ...(policy === undefined ? {} : { policy }),
    ...(attempt === undefined ? {} : { attempt }),
  }
}

const migrationShape = s.named(
  'WalletMigration',
  Type.Object(
    {
      wallet: walletShape,
      compared: Type.Boolean({
        description: 'whether the two signers were found to sign the same, since the wallet pays from elsewhere',
      }),
      underWay: Type.Array(Type.Object({ id: s.transactionId, state: s.oneOf(transactionStates) }, s.closed), {
        description: 'payments from here that are not settled: until there are none, the old signer must pay nothing',
      }),
    },
    s.closed,
  ),
)

const underWay = [{ id: transactionIdExample, state: 'broadcast' }] as const
const migrationExample = { wallet: walletExample, compared: true, underWay } as const
const migrationReply = { status: 200, description: 'How it stands', schema: migrationShape }
const moveRefuses = [
  ...(['denied', 'not-found', 'wallet-state', 'version-conflict', 'not-configured', 'clock-in-doubt'] as const),
  ...([
    'store-unavailable',
    'store-corrupt',
    'in-doubt',
    'behind-witness',
    'node-unavailable',
    'node-refused',
  ] as const),
] as const

const cutOver = route({
  ...of,
  id: 'cutOverWallet',
  method: 'POST',
  path: '/v1/wallets/{wallet}/cut-over',
  summary: 'Have a wallet pay from here from now on',
  description:
    'Stop its old signer for this wallet first. Refused while a transaction that is not from here is in no block, and before ' +
    'the two were compared. Said again, it changes nothing. Needs `admin`.',
  query: Type.Object(
    { force: Type.Optional(s.oneOf(['true', 'false'], { description: 'true: though nothing was compared' })) },
    s.closed,
  ),
  seconds: 20,
  reply: migrationReply,
  refuses: moveRefuses,
  example: { params: { wallet: walletExample.id }, reply: { status: 200, body: migrationExample } },
  handle: async ({ services, params: { wallet }, query: { force }, call }) => ({
    body: migrationView(await services.wallets.cutOver(wallet, force === 'true', call())),
  }),
})

const rollBack = route({
  ...of,
  id: 'rollBackWallet',
  method: 'POST',
  path: '/v1/wallets/{wallet}/roll-back',
  summary: 'Have a wallet pay from elsewhere again',
  description:
    'Nothing more is accepted here when the reply arrives. Payments that hold no nonce and no coin fail, and may be given to ' +
    'the old signer; the others are settled: it must pay nothing until none is `underWay`. Needs `admin`.',
  seconds: 20,
  reply: migrationReply,
  refuses: moveRefuses,
  example: {
    params: { wallet: walletExample.id },
    reply: { status: 200, body: { ...migrationExample, wallet: { ...walletExample, paysFrom: 'elsewhere' } } },
  },
  handle: async ({ services, params: { wallet }, call }) => ({
    body: migrationView(await services.wallets.rollBack(wallet, call())),
  }),
})

const status = route({
  ...of,
  id: 'getWalletMigration',
  method: 'GET',
  path: '/v1/wallets/{wallet}/migration',
  summary: 'See from where a wallet pays, and what is under way',
  description: 'Needs `wallets:read`.',
  reply: migrationReply,
  refuses: ['denied', 'not-found', 'store-unavailable', 'store-corrupt'],
  example: { params: { wallet: walletExample.id }, reply: { status: 200, body: migrationExample } },
  handle: async ({ services, params: { wallet }, call }) => ({
    body: migrationView(await services.wallets.migration(wallet, call())),
  }),
})

function migrationView({ view, compared, underWay: open }: WalletMigration): Static<typeof migrationShape> {
  return { wallet: walletView(view), compared, underWay: open.map((one) => ({ ...one })) }
}

export const walletMigrationRoutes: readonly Route[] = [shadow, cutOver, rollBack, status]
