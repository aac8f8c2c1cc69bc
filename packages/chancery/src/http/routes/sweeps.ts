/** What wallets give up to the treasury. */
import { Type } from 'typebox'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { address, asset, withdrawalShape } from '../wallet-views.ts'
import { transactionIdExample, walletExample } from './examples.ts'
import { idempotencyOf } from './idempotency.ts'
import { accepted, feeMembers, payRefuses, termsOf, waitQuery, withdrawalExample } from './withdrawals.ts'

const sweepBody = s.named(
  'Sweep',
  Type.Object(
    {
      wallet: s.walletId,
      to: Type.Optional({
        ...address,
        description: "one of the treasury's addresses; left out: the only one there is",
      }),
      asset: Type.Optional({ ...asset, description: "a symbol or CAIP-19 id; left out: the wallet's own asset" }),
      ...feeMembers,
    },
    s.closed,
  ),
)

const sweep = route({
  ...takesNothing,
  id: 'sweep',
  method: 'POST',
  path: '/v1/sweeps',
  part: 'wallets',
  access: 'client',
  summary: "Move everything a wallet holds to the organisation's treasury",
  description: 'To an address of the treasury in the policy of wallets, and nowhere else. Needs `sweep`.',
  headers: s.idempotencyKey,
  query: waitQuery,
  body: sweepBody,
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
    headers: { 'idempotency-key': 'sweep-1' },
    body: { wallet: walletExample.id },
    reply: { status: 202, headers: { location: `/v1/withdrawals/${transactionIdExample}` }, body: withdrawalExample },
  },
  async handle({ services, headers, body, call, ...request }) {
    const { wallet, to, ...rest } = body
    const idempotency = idempotencyOf('sweeps', headers, { ...body })
    const asked = { wallet, ...(to === undefined ? {} : { to }), ...termsOf(rest), ...idempotency }
    return accepted(services, await services.wallets.sweep(asked, call()), request)
  },
})

export const sweepRoutes: readonly Route[] = [sweep]
