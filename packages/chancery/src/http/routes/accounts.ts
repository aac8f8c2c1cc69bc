/** Accounts that outlive their keys: looked at, tested, handed to another key. */
import { Type } from 'typebox'
import type { AccountTest, AccountView, HandedOver } from '../../core/accounts.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { keyShape, keyView } from '../views.ts'
import { accountExample, accountKeyExample } from './examples.ts'
import { keyUseRefuses } from './key-use.ts'

const ledgerShape = Type.Object(
  {
    balance: s.decimal,
    minimum: s.decimal,
    authority: Type.Optional(Type.String({ description: 'whose key signs, where that is another' })),
    assets: s.decimal,
    contracts: s.decimal,
    round: s.decimal,
  },
  { ...s.closed, description: 'what its ledger says; amounts in base units' },
)

const accountShape = s.named(
  'Account',
  Type.Object(
    {
      account: Type.String({ description: 'its address' }),
      network: s.network,
      key: keyShape,
      ledger: Type.Optional(ledgerShape),
      finding: Type.Optional(Type.String({ description: 'why the ledger is missing, or what does not fit' })),
      kept: Type.Optional(
        Type.Unsafe<Readonly<Record<string, string>>>({
          type: 'object',
          additionalProperties: { type: 'string' },
          description: 'where the back-end keeps the key; for administrators',
        }),
      ),
    },
    s.closed,
  ),
)

const transactionExample = 'JP45PSRHUB75SFPORCK5VLA5DK6MG4FL5CHGZZPGTTQXWJ3U66AA'

const named = Type.Object({ id: s.keyName }, s.closed)

/** A group is confirmed within seconds, or its rounds pass within an hour. */
const ledgerSeconds = 60

const refuses = [
  ...keyUseRefuses,
  'not-supported',
  'not-configured',
  'node-unavailable',
  'node-refused',
  'not-executable',
] as const

export const accountRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    id: 'listAccounts',
    method: 'GET',
    path: '/v1/accounts',
    part: 'accounts',
    access: 'client',
    summary: 'List the accounts of keys the client holds a grant on',
    description: 'With balance and authority where a node is configured. Nothing is decrypted.',
    query: Type.Object(s.page(s.keyId, 'a key id'), s.closed),
    seconds: 30,
    reply: {
      status: 200,
      description: 'A page of accounts',
      schema: s.named(
        'AccountPage',
        Type.Object({ accounts: Type.Array(accountShape), next: Type.Optional(Type.String()) }, s.closed),
      ),
    },
    refuses: [],
    example: { query: { limit: '50' }, reply: { status: 200, body: { accounts: [accountExample] } } },
    async handle({ services, query, call }) {
      const { accounts, next } = await services.accounts.list(s.pageOf(query), call())
      return { body: { accounts: accounts.map(accountView), ...(next === undefined ? {} : { next }) } }
    },
  }),
  route({
    ...takesNothing,
    id: 'testAccount',
    method: 'POST',
    path: '/v1/accounts/{id}/test',
    part: 'accounts',
    access: 'client',
    summary: 'Pay nothing from an account to itself',
    description: 'Signed and verified; sent and waited for only with `submit`. Needs `admin`.',
    params: named,
    body: s.named(
      'TestAccount',
      Type.Object({ network: Type.Optional(s.network), submit: Type.Optional(Type.Boolean()) }, s.closed),
    ),
    seconds: ledgerSeconds,
    reply: {
      status: 200,
      description: 'The transaction, and its round when it was sent',
      schema: s.named(
        'AccountTested',
        Type.Object(
          {
            account: Type.String(),
            network: s.network,
            id: Type.String({ description: 'by which the ledger tells of the transaction' }),
            signed: Type.Unsafe<AccountTest['signed']>({ type: 'object' }),
            round: Type.Optional(s.decimal),
          },
          s.closed,
        ),
      ),
    },
    refuses,
    example: {
      params: { id: accountKeyExample.alias },
      body: { submit: true },
      reply: {
        status: 200,
        body: {
          account: accountExample.account,
          network: accountExample.network,
          id: transactionExample,
          signed: { ids: [transactionExample] },
          round: '48759812',
        },
      },
    },
    async handle({ services, params, body, call }) {
      const { network, submit = false } = body
      const { round, ...tested } = await services.accounts.test(
        params.id,
        { ...(network && { network }), submit },
        call(),
      )
      return { body: { ...tested, ...(round === undefined ? {} : { round: String(round) }) } }
    },
  }),
  route({
    ...takesNothing,
    id: 'handOverAccount',
    method: 'POST',
    path: '/v1/accounts/{id}/hand-over',
    part: 'accounts',
    access: 'client',
    summary: 'Let another key sign for an account',
    description:
      'The account keeps its address. One atomic group changes the key and proves the new one; then name, rules and grants ' +
      'move to it. An interrupted call is finished by saying it again; the other way round, it is undone. Needs `admin`.',
    params: named,
    body: s.named('HandOverAccount', Type.Object({ to: s.keyName, network: Type.Optional(s.network) }, s.closed)),
    seconds: ledgerSeconds,
    reply: {
      status: 200,
      description: 'Both keys as they are now',
      schema: s.named(
        'HandedOver',
        Type.Object(
          {
            account: Type.String(),
            network: s.network,
            key: keyShape,
            former: keyShape,
            id: Type.Optional(Type.String()),
            round: Type.Optional(s.decimal),
          },
          s.closed,
        ),
      ),
    },
    refuses: [...refuses, 'conflicts-with-earlier', 'version-conflict'],
    example: {
      params: { id: accountKeyExample.alias },
      body: { to: 'key_01jd5w8x6vq3k7r0m2n4p5s6tc' },
      reply: {
        status: 200,
        body: {
          account: accountExample.account,
          network: accountExample.network,
          key: { ...accountKeyExample, id: 'key_01jd5w8x6vq3k7r0m2n4p5s6tc', accounts: [accountExample.account] },
          former: { ...accountKeyExample, alias: `${accountKeyExample.alias}.retired-p5s6td`, handedOver: true },
          id: transactionExample,
          round: '48759812',
        },
      },
    },
    async handle({ services, params, body, call }) {
      const { to, network } = body
      return {
        body: handedView(await services.accounts.handOver(params.id, to, { ...(network && { network }) }, call())),
      }
    },
  }),
]

function accountView({ account, network, key, ledger, finding, kept }: AccountView) {
  return {
    account,
    network,
    key: keyView(key),
    ...(ledger && { ledger: ledgerView(ledger) }),
    ...(finding === undefined ? {} : { finding }),
    ...(kept && { kept }),
  }
}

function ledgerView({ balance, minimum, authority, assets, contracts, round }: NonNullable<AccountView['ledger']>) {
  return {
    balance: String(balance),
    minimum: String(minimum),
    ...(authority === undefined ? {} : { authority }),
    assets: String(assets),
    contracts: String(contracts),
    round: String(round),
  }
}

function handedView({ account, network, key, former, sent }: HandedOver) {
  const confirmed = sent && { id: sent.id, round: String(sent.round) }
  return { account, network, key: keyView(key), former: keyView(former), ...confirmed }
}
