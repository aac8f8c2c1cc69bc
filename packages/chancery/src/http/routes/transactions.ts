/** Transactions the service signs, broadcasts and follows. */
import { Type } from 'typebox'
import type { Json, JsonObject } from '../../base/json.ts'
import { invalidRequest } from '../../core/errors.ts'
import type { TransactionState } from '../../core/store.ts'
import { route, takesNothing, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import {
  transactionShape,
  transactionStates,
  transactionView,
  transactionViewShape,
  transactionWithBytes,
} from '../transaction-views.ts'
import { clientExample, keyExample, transactionIdExample } from './examples.ts'
import { idempotencyOf } from './idempotency.ts'
import { waited, waiting } from './waiting.ts'

const sendBody = s.named(
  'SendTransaction',
  Type.Object(
    {
      key: s.keyName,
      network: s.network,
      transaction: Type.Unsafe<JsonObject>({
        type: 'object',
        description: "the chain's transaction fields. The nonce must be left out; gas and fees may be",
      }),
    },
    s.closed,
  ),
)

const summaryExample = {
  id: transactionIdExample,
  key: keyExample.id,
  client: clientExample.id,
  network: 'eip155:1',
  sender: keyExample.address,
  details: {},
  createdAt: '2026-11-20T09:00:00.000Z',
  updatedAt: '2026-11-20T09:00:00.000Z',
}

const acceptedExample = { ...summaryExample, state: 'accepted', signed: [] }

const finalExample = {
  ...summaryExample,
  state: 'final',
  nonce: '7',
  signed: [{ hash: `0x${'ab'.repeat(32)}`, raw: '0x02c0', createdAt: '2026-11-20T09:00:00.000Z' }],
}

const { signed: _, ...listedExample } = finalExample

const send = route({
  ...takesNothing,
  id: 'sendTransaction',
  method: 'POST',
  path: '/v1/transactions',
  part: 'transactions',
  access: 'client',
  summary: 'Sign, broadcast and follow a transaction',
  description:
    'Accepted durably when the reply arrives; everything after happens by itself and survives a crash. The nonce is claimed here.',
  headers: s.idempotencyKey,
  body: sendBody,
  bodyLimit: 1024 * 1024,
  right: ['relay'],
  seconds: 15,
  reply: {
    status: 202,
    description: 'Accepted',
    schema: transactionViewShape,
    headers: { location: 'where to follow it' },
  },
  refuses: [
    'key-not-found',
    'denied',
    'key-state',
    'frozen',
    'idempotency-conflict',
    'invalid-payload',
    'unsupported-payload',
    'wrong-network',
    'unknown-network',
    'not-configured',
    'disk-full',
    'store-unavailable',
    'in-doubt',
    'behind-witness',
    'node-unavailable',
  ],
  example: {
    headers: { 'idempotency-key': 'payout-4711' },
    body: {
      key: keyExample.alias,
      network: 'eip155:1',
      transaction: { to: '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045', value: '1000000000000000' },
    },
    reply: { status: 202, headers: { location: `/v1/transactions/${transactionIdExample}` }, body: acceptedExample },
  },
  async handle({ services, headers, body, call }) {
    const { key, network, transaction } = body
    const idempotency = idempotencyOf('transactions', headers, { key, network, transaction } satisfies Json)
    const view = await services.relay.send({ key, network, value: transaction, ...idempotency }, call())
    return { headers: { location: `/v1/transactions/${view.row.id}` }, body: transactionWithBytes(view) }
  },
})

const get = route({
  ...takesNothing,
  id: 'getTransaction',
  method: 'GET',
  path: '/v1/transactions/{id}',
  part: 'transactions',
  access: 'client',
  summary: 'Get a transaction, or wait for it',
  description:
    'With `wait` the reply comes when the transaction has got as far as `until`, has failed, or the time has passed; it says how far it is.',
  params: Type.Object({ id: s.transactionId }, s.closed),
  query: Type.Object(waiting, s.closed),
  waits: true,
  reply: { status: 200, description: 'The transaction', schema: transactionViewShape },
  refuses: ['not-found'],
  example: {
    params: { id: transactionIdExample },
    query: { wait: '30s' },
    reply: { status: 200, body: finalExample },
  },
  async handle({ services, params, call, ...request }) {
    const view = await waited(
      request,
      (whileIn, within) => services.relay.wait(params.id, whileIn, within),
      () => services.relay.get(params.id, call()),
    )
    return { body: transactionWithBytes(view) }
  },
})

const anyState = transactionStates.join('|')

const list = route({
  ...takesNothing,
  id: 'listTransactions',
  method: 'GET',
  path: '/v1/transactions',
  part: 'transactions',
  access: 'client',
  summary: 'List transactions in order of creation',
  query: Type.Object(
    {
      ...s.page(s.transactionId, 'a transaction id'),
      key: Type.Optional(s.keyName),
      states: Type.Optional(
        Type.String({
          pattern: `^(?:${anyState})(?:,(?:${anyState})){0,6}$`,
          description: `states, with commas between: ${transactionStates.join(', ')}`,
        }),
      ),
    },
    s.closed,
  ),
  reply: {
    status: 200,
    description: 'A page of transactions',
    schema: s.named(
      'TransactionPage',
      Type.Object({ transactions: Type.Array(transactionShape), next: Type.Optional(Type.String()) }, s.closed),
    ),
  },
  refuses: ['key-not-found'],
  example: { query: { states: 'mined,final' }, reply: { status: 200, body: { transactions: [listedExample] } } },
  async handle({ services, query, call }) {
    const page = s.pageOf(query)
    const filter = {
      ...(query.key === undefined ? {} : { key: query.key }),
      ...(query.states === undefined ? {} : { states: query.states.split(',').map(stateOf) }),
    }
    const rows = await services.relay.list(filter, page, call())
    const last = rows.length < page.limit ? undefined : rows.at(-1)?.id
    return { body: { transactions: rows.map(transactionView), ...(last === undefined ? {} : { next: last }) } }
  },
})

function stateOf(word: string): TransactionState {
  const state = transactionStates.find((candidate) => candidate === word)
  if (state !== undefined) return state
  const wanted = transactionStates.join(', ')
  throw invalidRequest('query.states', word, wanted)
}

export const transactionRoutes: readonly Route[] = [send, get, list]
