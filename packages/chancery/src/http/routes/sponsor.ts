/** Fees paid for others. */
import { Type, type Static } from 'typebox'
import { fromHex } from '../../base/bytes.ts'
import type { Sponsored, SponsorRequest } from '../../core/sponsoring.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import { accountExample, accountKeyExample } from './examples.ts'
import { keyUseRefuses } from './key-use.ts'

const address = Type.String({ minLength: 1, maxLength: 128, description: 'an address' })

const body = s.named(
  'SponsorGroup',
  Type.Object(
    {
      network: s.network,
      key: Type.Optional({
        ...s.keyName,
        description: "the sponsor's key; left out where one sponsor serves the network",
      }),
      transactions: Type.Array(s.base64, {
        minItems: 1,
        maxItems: 16,
        description:
          "a user's transactions: unsigned and without a group, and the sponsor's is added in front; or a whole group " +
          "that holds the sponsor's own, unsigned or as it signed it",
      }),
      innerTransactions: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 256, description: 'how many more the called applications will send' }),
      ),
      fee: Type.Optional({
        ...s.decimal,
        description: "the sponsor's fee, at most twice what the group needs; left out: what it needs",
      }),
      topUp: Type.Optional(
        Type.Object(
          { to: address, amount: s.decimal },
          { ...s.closed, description: 'given to a user of the group beside' },
        ),
      ),
      broadcast: Type.Optional(
        Type.Boolean({ description: 'send the group and wait for it; every signature must be there' }),
      ),
    },
    s.closed,
  ),
)

/** 1,000 microalgos to oneself on the testnet, unsigned. */
export const sponsoredExample =
  'iqNhbXTNA+ijZmVlzQPoomZ2zgLoBAGjZ2VurHRlc3RuZXQtdjEuMKJnaMQgSGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiKibHbOAugH6aRub3RlxAVoZWxsb6NyY3bEIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIso3NuZMQg6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iykdHlwZaNwYXk='

export const sponsorRoutes: readonly Route[] = [
  route({
    ...takesNothing,
    id: 'sponsor',
    method: 'POST',
    path: '/v1/sponsor/{family}',
    part: 'sponsoring',
    access: 'client',
    summary: 'Have the fees of a group paid',
    description:
      "The sponsor signs one transaction of the group, its own, within the configured terms and the day's windows. The same " +
      'group again is free. Needs the right `sponsor`.',
    params: Type.Object({ family: s.family }, s.closed),
    body,
    bodyLimit: 1024 * 1024,
    right: ['sponsor'],
    seconds: 60,
    reply: {
      status: 200,
      description: "The group with the sponsor's transaction signed",
      schema: s.named(
        'SponsoredGroup',
        Type.Object(
          {
            key: s.keyId,
            sponsor: address,
            group: { ...s.base64, description: "the group's id" },
            ids: Type.Array(Type.String()),
            index: Type.Integer({ description: "the place of the sponsor's transaction" }),
            transactions: Type.Array(s.base64, {
              description: "in the group's order; the sponsor's signed, the others as they are",
            }),
            fee: s.decimal,
            topUp: s.decimal,
            round: Type.Optional(s.decimal),
          },
          s.closed,
        ),
      ),
    },
    refuses: [
      ...keyUseRefuses,
      'limit-reached',
      'not-configured',
      'invalid-payload',
      'not-canonical',
      'unsupported-payload',
      'not-executable',
      'version-conflict',
      'node-unavailable',
      'node-refused',
    ],
    example: {
      params: { family: 'algorand' },
      body: { network: accountExample.network, transactions: [sponsoredExample] },
      reply: {
        status: 200,
        body: {
          key: accountKeyExample.id,
          sponsor: accountExample.account,
          group: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=',
          ids: ['JP45PSRHUB75SFPORCK5VLA5DK6MG4FL5CHGZZPGTTQXWJ3U66AA'],
          index: 0,
          transactions: [sponsoredExample],
          fee: '2000',
          topUp: '0',
        },
      },
    },
    handle: async ({ services, params, body, call }) => ({
      body: view(await services.sponsoring.sponsor(requestOf(params.family, body), call())),
    }),
  }),
]

function requestOf(
  family: string,
  { network, key, transactions, innerTransactions, fee, topUp, broadcast }: Static<typeof body>,
): SponsorRequest {
  return {
    family,
    network,
    value: transactions,
    inner: innerTransactions ?? 0,
    broadcast: broadcast ?? false,
    ...(key === undefined ? {} : { key }),
    ...(fee === undefined ? {} : { fee: BigInt(fee) }),
    ...(topUp === undefined ? {} : { topUp: { to: topUp.to, amount: BigInt(topUp.amount) } }),
  }
}

function view({ key, sponsor, group, ids, index, transactions, fee, topUp, round }: Sponsored) {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return {
    key,
    sponsor,
    group: text(fromHex(group)),
    ids: [...ids],
    index,
    transactions: transactions.map(text),
    fee: String(fee),
    topUp: String(topUp),
    ...(round === undefined ? {} : { round: String(round) }),
  }
}
