/** What wallets may pay: one versioned document, replaced whole, and a look at what it says of a payment. */
import { Type } from 'typebox'
import type { AssetId, Network } from '../../core/names.ts'
import type { WalletPolicy } from '../../core/wallet-policy.ts'
import type { PaymentLook } from '../../core/wallet-policies.ts'
import { tiers } from '../../core/wallets.ts'
import { largeList, route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { amount, asset, networkName, userId } from '../wallet-views.ts'

const address = Type.String({
  pattern: '^[!-)+-~][!-~]{0,127}$',
  description: 'an address in any spelling of its chain',
})
const addresses = (description: string) => Type.Array(address, { maxItems: largeList, uniqueItems: true, description })
const period = s.oneOf(['hour', 'day'], { description: 'a calendar hour or day, in UTC' })

const windowShape = s.named(
  'WalletWindow',
  Type.Unsafe<NonNullable<WalletPolicy['rules'][number]['windows']>[number]>({
    description: 'At most one of a rule for each per and period',
    oneOf: [
      Type.Object({ per: s.oneOf(['wallet', 'user', 'asset']), period, amount }, s.closed),
      Type.Object(
        {
          per: Type.Literal('all'),
          period,
          count: Type.Integer({ minimum: 0, description: 'payments of all wallets, whatever their asset' }),
        },
        s.closed,
      ),
    ],
  }),
)

const ruleShape = s.named(
  'WalletRule',
  Type.Object(
    {
      name: Type.String({
        pattern: '^[a-z0-9][-a-z0-9_.]{0,39}$',
        description: 'unique; windows are counted under it: under another name they begin anew',
      }),
      asset: s.assetId,
      tiers: Type.Optional(
        Type.Array(s.oneOf(tiers), { minItems: 1, uniqueItems: true, description: 'absent: wallets of every tier' }),
      ),
      users: Type.Optional(
        Type.Array(userId, { minItems: 1, maxItems: largeList, uniqueItems: true, description: 'absent: every user' }),
      ),
      recipients: Type.Unsafe<'*' | string[]>({
        description: '* or an array of addresses that may be paid',
        oneOf: [Type.Literal('*'), addresses('addresses')],
      }),
      denied: Type.Optional(addresses('never paid, whatever else allows it')),
      maximum: amount,
      maximumFee: amount,
      windows: Type.Optional(Type.Array(windowShape, { maxItems: 8 })),
      newDestinationHours: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 8_760,
          description: 'between the first request to pay an address for a user and the first payment',
        }),
      ),
    },
    { ...s.closed, description: 'Every rule about a payment must allow it, and there must be one.' },
  ),
)

function perNetwork<T>(value: object, description: string) {
  return Type.Unsafe<Record<Network, T>>({
    type: 'object',
    description,
    patternProperties: { '^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$': value },
    additionalProperties: false,
    maxProperties: 1_000,
  })
}

const policyShape = s.named(
  'WalletPolicy',
  Type.Unsafe<WalletPolicy>(
    Type.Object(
      {
        rules: Type.Array(ruleShape, { maxItems: 1_000 }),
        treasury: perNetwork<string[]>(addresses('of the organisation'), 'where sweeps go, per CAIP-2 network'),
        sweepFees: perNetwork<string>(s.decimal, "the most a sweep's fee may come to, per CAIP-2 network"),
      },
      s.closed,
    ),
  ),
)

const questionShape = s.named(
  'CheckWalletPolicy',
  Type.Object(
    {
      wallet: Type.Optional(s.walletId),
      user: Type.Optional(userId),
      tier: Type.Optional(s.oneOf(tiers)),
      asset: Type.Optional(asset),
      network: Type.Optional(networkName),
      to: address,
      amount,
      maxFee: Type.Optional(amount),
    },
    { ...s.closed, description: 'a wallet, or a user, a tier and an asset' },
  ),
)

const lookShape = s.named(
  'WalletPolicyVerdict',
  Type.Object(
    {
      verdict: s.oneOf(['allow', 'deny']),
      checks: Type.Array(s.check),
      windows: Type.Array(
        Type.Object(
          { scope: Type.String(), period: Type.String(), amount: s.decimal, used: s.decimal, limit: s.decimal },
          s.closed,
        ),
      ),
      frozen: Type.Optional(Type.String({ description: 'which freeze holds it' })),
      hint: Type.Optional(Type.String()),
      retryAfter: Type.Optional(Type.Number({ description: 'seconds until its destination is no longer new' })),
    },
    s.closed,
  ),
)

const reply = {
  status: 200,
  description: 'The policy; its version is the ETag',
  schema: policyShape,
  headers: { etag: 'the version' },
}

const ether: AssetId = 'eip155:1/slip44:60'
const someone = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'

export const walletPolicyExample: WalletPolicy = {
  rules: [
    {
      name: 'ether',
      asset: ether,
      recipients: '*',
      denied: ['0x8589427373D6D84E98730D7795D8f6f8731FDA16'],
      maximum: '5000000000000000000',
      maximumFee: '10000000000000000',
      windows: [
        { per: 'user', period: 'day', amount: '10000000000000000000' },
        { per: 'all', period: 'hour', count: 500 },
      ],
    },
  ],
  treasury: { 'eip155:1': [someone] },
  sweepFees: { 'eip155:1': '10000000000000000' },
}

export const walletLookExample = {
  verdict: 'deny',
  checks: [{ name: 'ether maximum', ok: false, got: '6000000000000000000', allowed: 'at most 5000000000000000000' }],
  windows: [
    {
      scope: 'wallet-policy ether user 123',
      period: '2026-11-21',
      amount: '6000000000000000000',
      used: '0',
      limit: '10000000000000000000',
    },
  ],
} as const

export const walletPolicyRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    id: 'getWalletPolicy',
    method: 'GET',
    path: '/v1/wallet-policy',
    part: 'wallets',
    access: 'client',
    summary: 'Get what wallets may pay',
    reply,
    refuses: ['denied'],
    example: { reply: { status: 200, headers: { etag: '"2"' }, body: walletPolicyExample } },
    async handle({ services, call }) {
      const { version, value } = await services.walletPolicy.get(call())
      return { headers: s.etag(version), body: value }
    },
  }),
  route({
    ...takesNothing,
    id: 'putWalletPolicy',
    method: 'PUT',
    path: '/v1/wallet-policy',
    part: 'wallets',
    access: 'client',
    summary: 'Replace what wallets may pay',
    description: '`If-Match` is the ETag of the version replaced. In force on every process when the reply arrives.',
    headers: s.ifMatch,
    body: policyShape,
    bodyLimit: 1024 * 1024,
    right: ['admin'],
    reply,
    refuses: ['denied', 'version-conflict', 'invalid-payload', 'not-supported', 'unknown-network'],
    example: {
      headers: { 'if-match': '"0"' },
      body: walletPolicyExample,
      reply: { status: 200, headers: { etag: '"1"' }, body: walletPolicyExample },
    },
    async handle({ services, headers, body, call }) {
      const { version, value } = await services.walletPolicy.put(body, s.versionOf(headers), call())
      return { headers: s.etag(version), body: value }
    },
  }),
  route({
    ...takesNothing,
    id: 'checkWalletPolicy',
    method: 'POST',
    path: '/v1/wallet-policy/check',
    part: 'wallets',
    access: 'client',
    summary: 'See what the policy would say of a payment',
    description: 'Nothing is claimed, and no destination is noted.',
    body: questionShape,
    reply: { status: 200, description: 'What it would come to', schema: lookShape },
    refuses: ['denied', 'not-found', 'invalid-payload', 'not-supported', 'unknown-network'],
    example: {
      body: { user: '123', tier: 'hd', asset: 'ETH', network: 'eip155:1', to: someone, amount: '6000000000000000000' },
      reply: { status: 200, body: walletLookExample },
    },
    async handle({ services, body: { amount, maxFee, ...question }, call }) {
      const about = { ...question, amount: BigInt(amount), ...(maxFee !== undefined && { maxFee: BigInt(maxFee) }) }
      return { body: viewOf(await services.walletPolicy.check(about, call())) }
    },
  }),
]

function viewOf({ verdict, decision, windows, frozen }: PaymentLook) {
  const { checks, hint, retryAfter } = decision
  return {
    verdict,
    checks,
    windows: windows.map(({ scope, period, ...one }) => ({
      scope,
      period,
      amount: String(one.amount),
      used: String(one.used),
      limit: String(one.limit),
    })),
    ...(frozen !== undefined && { frozen }),
    ...(hint !== undefined && { hint }),
    ...(retryAfter !== undefined && { retryAfter }),
  }
}
