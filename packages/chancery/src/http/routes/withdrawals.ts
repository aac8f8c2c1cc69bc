/** What wallets pay. */
import { Type, type Static } from 'typebox'
import type { TransactionState } from '../../core/store.ts'
import type { Services } from '../../core/services.ts'
import type { Withdrawal } from '../../core/wallets.ts'
import { route, takesNothing, type Reply, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { transactionStates } from '../transaction-views.ts'
import {
  address,
  amount,
  asset,
  feeRate,
  withdrawalShape,
  withdrawalSummary,
  withdrawalSummaryShape,
  withdrawalView,
} from '../wallet-views.ts'
import { clientExample, keyExample, transactionIdExample, walletExample } from './examples.ts'
import { idempotencyOf } from './idempotency.ts'
import { waited, waiting } from './waiting.ts'

export const feeMembers = {
  feeRate: Type.Optional({
    ...feeRate,
    description: `${feeRate.description}; left out: what the node says. On chains of coins: elsewhere it is refused`,
  }),
  maxFee: Type.Optional({
    ...s.decimal,
    description: "the most the fee may come to, in base units of the network's coin; left out: what the policy allows",
  }),
}

const withdrawBody = s.named(
  'Withdraw',
  Type.Object(
    {
      wallet: s.walletId,
      to: address,
      amount,
      asset: Type.Optional({ ...asset, description: "a symbol or CAIP-19 id; left out: the wallet's own asset" }),
      ...feeMembers,
    },
    s.closed,
  ),
)

const acceptedExample = {
  id: transactionIdExample,
  key: keyExample.id,
  client: clientExample.id,
  network: walletExample.chain,
  sender: walletExample.address,
  state: 'accepted',
  details: {},
  createdAt: '2026-11-20T09:00:00.000Z',
  updatedAt: '2026-11-20T09:00:00.000Z',
} as const

export const withdrawalExample = {
  id: transactionIdExample,
  wallet: walletExample.id,
  purpose: 'withdrawal',
  asset: `${walletExample.chain}/slip44:1`,
  to: 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7',
  amount: '150000',
  maxFee: '20000',
  txids: [],
  state: 'accepted',
  transaction: { ...acceptedExample, signed: [] },
} as const

const listedExample = { ...withdrawalExample, transaction: acceptedExample }

export const waitQuery = Type.Object(waiting, s.closed)

export const payRefuses = [
  'denied',
  'limit-reached',
  'frozen',
  'not-found',
  'wallet-state',
  'key-not-found',
  'key-state',
  'insufficient-funds',
  'idempotency-conflict',
  'invalid-payload',
  'unknown-network',
  'not-supported',
  'not-configured',
  'clock-in-doubt',
  'disk-full',
  'store-unavailable',
  'store-corrupt',
  'in-doubt',
  'behind-witness',
  'node-unavailable',
  'node-refused',
] as const

const withdraw = route({
  ...takesNothing,
  id: 'withdraw',
  method: 'POST',
  path: '/v1/withdrawals',
  part: 'wallets',
  access: 'client',
  summary: 'Pay from a wallet',
  description:
    'Judged by the policy of wallets, counted in its windows and accepted durably when the reply arrives; it is then built, ' +
    'signed, sent and followed by itself. What it counts stays counted whatever becomes of it. The Idempotency-Key is the ' +
    "caller's own name for it: a request that is sent again under it pays nobody twice. With `wait` the reply comes when it " +
    'has got as far as `until`, has failed, or the time has passed: accepted in any case. Needs `withdraw`.',
  headers: s.idempotencyKeyNeeded,
  query: waitQuery,
  body: withdrawBody,
  seconds: 20,
  waits: true,
  reply: {
    status: 202,
    description: 'Accepted',
    schema: withdrawalShape,
    headers: { location: 'where to follow it' },
  },
  refuses: payRefuses,
  example: {
    headers: { 'idempotency-key': 'withdrawal-815' },
    body: { wallet: walletExample.id, to: withdrawalExample.to, amount: withdrawalExample.amount },
    reply: { status: 202, headers: { location: `/v1/withdrawals/${transactionIdExample}` }, body: withdrawalExample },
  },
  async handle({ services, headers, body, call, ...request }) {
    const { wallet, to, amount, ...rest } = body
    const idempotency = idempotencyOf('withdrawals', headers, { ...body })
    const asked = { wallet, to, amount: BigInt(amount), ...termsOf(rest), ...idempotency }
    return accepted(services, await services.wallets.withdraw(asked, call()), request)
  },
})

/** It is accepted whatever comes of the wait: a fault then must not look as if nothing was. */
export async function accepted(
  services: Services,
  paid: Withdrawal,
  request: Parameters<typeof waited>[0],
): Promise<Reply> {
  const shown = await waited(
    request,
    (whileIn, { deadline }) => services.wallets.awaited(paid, whileIn, deadline).catch(() => paid),
    async () => paid,
  )
  return { headers: { location: `/v1/withdrawals/${paid.id}` }, body: withdrawalView(shown) }
}

export function termsOf({
  asset: name,
  feeRate,
  maxFee,
}: Pick<Static<typeof withdrawBody>, 'asset' | 'feeRate' | 'maxFee'>) {
  return {
    ...(name === undefined ? {} : { asset: name }),
    ...(feeRate === undefined ? {} : { feeRate: BigInt(feeRate) }),
    ...(maxFee === undefined ? {} : { maxFee: BigInt(maxFee) }),
  }
}

const get = route({
  ...takesNothing,
  id: 'getWithdrawal',
  method: 'GET',
  path: '/v1/withdrawals/{id}',
  part: 'wallets',
  access: 'client',
  summary: 'Get a withdrawal or sweep, or wait for it',
  description:
    'With `wait` the reply comes when it has got as far as `until`, has failed, or the time has passed; it says how far it is.',
  params: Type.Object({ id: s.transactionId }, s.closed),
  query: waitQuery,
  waits: true,
  reply: { status: 200, description: 'As it stands', schema: withdrawalShape },
  refuses: ['denied', 'not-found', 'store-unavailable', 'store-corrupt'],
  example: {
    params: { id: transactionIdExample },
    query: { wait: '1s' },
    reply: { status: 200, body: withdrawalExample },
  },
  async handle({ services, params, call, ...request }) {
    const { wallets } = services
    const shown = await waited(
      request,
      async (whileIn, within) => wallets.awaited(await wallets.withdrawal(params.id, within), whileIn, within.deadline),
      () => wallets.withdrawal(params.id, call()),
    )
    return { body: withdrawalView(shown) }
  },
})

const list = route({
  ...takesNothing,
  id: 'listWithdrawals',
  method: 'GET',
  path: '/v1/withdrawals',
  part: 'wallets',
  access: 'client',
  summary: "List a wallet's withdrawals and sweeps",
  query: Type.Object(
    {
      wallet: s.walletId,
      state: Type.Optional(s.oneOf(transactionStates)),
      ...s.page(s.transactionId, 'a withdrawal id'),
    },
    s.closed,
  ),
  reply: {
    status: 200,
    description: 'A page of them, in order of acceptance',
    schema: s.named(
      'WithdrawalPage',
      Type.Object({ withdrawals: Type.Array(withdrawalSummaryShape), next: Type.Optional(Type.String()) }, s.closed),
    ),
  },
  refuses: ['denied', 'not-found', 'store-unavailable', 'store-corrupt'],
  example: { query: { wallet: walletExample.id }, reply: { status: 200, body: { withdrawals: [listedExample] } } },
  async handle({ services, query, call }) {
    const page = s.pageOf(query)
    const states: readonly TransactionState[] | undefined = query.state && [query.state]
    const found = await services.wallets.withdrawals({ wallet: query.wallet, ...(states && { states }) }, page, call())
    const next = found.length === page.limit ? found.at(-1)?.id : undefined
    return { body: { withdrawals: found.map(withdrawalSummary), ...(next === undefined ? {} : { next }) } }
  },
})

export const withdrawalRoutes: readonly Route[] = [withdraw, get, list]
