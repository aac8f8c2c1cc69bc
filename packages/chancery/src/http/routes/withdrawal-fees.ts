/** What is paid in fees alone, on chains of coins. */
import { Type, type Static } from 'typebox'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { feeRate, withdrawalShape, withdrawalView } from '../wallet-views.ts'
import { transactionIdExample, walletExample } from './examples.ts'
import { idempotencyOf } from './idempotency.ts'
import { payRefuses, withdrawalExample } from './withdrawals.ts'

const maxFee = Type.Optional({
  ...s.decimal,
  description: 'the most the fee may come to, in base units; left out: what the policy allows',
})
const dearer = s.named('RaiseFee', Type.Object({ feeRate, maxFee }, s.closed))
const merging = s.named('Consolidate', Type.Object({ feeRate: Type.Optional(feeRate), maxFee }, s.closed))

const of = {
  ...takesNothing,
  method: 'POST',
  part: 'wallets',
  access: 'client',
  headers: s.idempotencyKey,
  seconds: 20,
  reply: { status: 202, description: 'Accepted', schema: withdrawalShape },
  refuses: payRefuses,
} as const

const example = { params: { id: transactionIdExample }, body: { feeRate: '40000' } }

const raiseFee = route({
  ...of,
  id: 'raiseFee',
  path: '/v1/withdrawals/{id}/raise-fee',
  summary: 'Pay a higher fee for a withdrawal that is in no block yet',
  description:
    'The same is paid to the same (BIP-125), and whichever version is mined settles it. Nodes of Litecoin take no ' +
    'replacements unless they are set to: have a child pay for it there. On chains of coins. Needs `withdraw`.',
  headers: Type.Object({}, s.closed),
  params: Type.Object({ id: s.transactionId }, s.closed),
  body: dearer,
  example: { ...example, reply: { status: 202, body: withdrawalExample } },
  handle: async ({ services, params, body, call }) => ({
    body: withdrawalView(await services.wallets.raiseFee(params.id, termsOf(body), call())),
  }),
})

const payForParent = route({
  ...of,
  id: 'payForParent',
  path: '/v1/withdrawals/{id}/pay-for-parent',
  summary: 'Have a child pay for a withdrawal that no block takes',
  description:
    'Spends what came back of it to the wallet itself, at a fee that makes both worth a block: a withdrawal of its own. ' +
    'On chains of coins. Needs `withdraw`.',
  params: Type.Object({ id: s.transactionId }, s.closed),
  body: dearer,
  example: { ...example, reply: { status: 202, body: withdrawalExample } },
  async handle({ services, params, body, headers, call }) {
    const idempotency = idempotencyOf('pay-for-parent', headers, { ...params, ...body })
    const terms = { ...termsOf(body), ...idempotency }
    return { body: withdrawalView(await services.wallets.payForParent(params.id, terms, call())) }
  },
})

const consolidate = route({
  ...of,
  id: 'consolidate',
  path: '/v1/wallets/{wallet}/consolidate',
  summary: 'Make all coins of a wallet one',
  description:
    'Or as many as one transaction holds; coins worth less than their own fee stay. On chains of coins. Needs `withdraw`.',
  params: Type.Object({ wallet: s.walletId }, s.closed),
  body: merging,
  example: {
    params: { wallet: walletExample.id },
    body: { feeRate: '1000' },
    reply: { status: 202, body: withdrawalExample },
  },
  async handle({ services, params, body, headers, call }) {
    const idempotency = idempotencyOf('consolidate', headers, { ...params, ...body })
    const { feeRate: rate, maxFee: most } = body
    const fees = { ...(rate === undefined ? {} : { feeRate: BigInt(rate) }), ...mostOf(most) }
    return {
      body: withdrawalView(await services.wallets.consolidate(params.wallet, { ...fees, ...idempotency }, call())),
    }
  },
})

function termsOf({ feeRate: rate, maxFee: most }: Static<typeof dearer>) {
  return { feeRate: BigInt(rate), ...mostOf(most) }
}

function mostOf(most: string | undefined): { readonly maxFee?: bigint } {
  return most === undefined ? {} : { maxFee: BigInt(most) }
}

export const withdrawalFeeRoutes: readonly Route[] = [raiseFee, payForParent, consolidate]
