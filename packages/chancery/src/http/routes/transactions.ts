/** Transactions the service signs, broadcasts and follows. */
import { Type } from 'typebox'
import type { Json, JsonObject } from '../../base/json.ts'
import { invalidRequest } from '../../core/errors.ts'
import type { TransactionState } from '../../core/store.ts'
import type { TransactionView } from '../../core/services.ts'
import { route, takesNothing, type Reply, type Route } from '../route.ts'
import * as s from '../schemas.ts'
import {
  transactionShape,
  transactionStates,
  transactionView,
  transactionViewShape,
  transactionWithBytes,
} from '../views.ts'
import { clientExample, keyExample, transactionIdExample } from './examples.ts'
import { idempotencyOf } from './idempotency.ts'

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

/** What a caller may wait for, and the states before it. */
const before: Readonly<Record<'broadcast' | 'mined' | 'final', readonly TransactionState[]>> = {
  broadcast: ['accepted', 'assigned', 'signed'],
  mined: ['accepted', 'assigned', 'signed', 'broadcast'],
  final: ['accepted', 'assigned', 'signed', 'broadcast', 'mined'],
}

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
  query: Type.Object(
    {
      wait: Type.Optional(Type.String({ pattern: '^(?:[1-9]|[1-5][0-9]|60)s$', description: '1s to 60s' })),
      until: Type.Optional(s.oneOf(['broadcast', 'mined', 'final'], { description: 'final unless given' })),
    },
    s.closed,
  ),
  waits: true,
  reply: { status: 200, description: 'The transaction', schema: transactionViewShape },
  refuses: ['not-found'],
  example: {
    params: { id: transactionIdExample },
    query: { wait: '30s' },
    reply: { status: 200, body: finalExample },
  },
  async handle({ services, params, query, call, callWithin, stopping }): Promise<Reply> {
    if (query.wait === undefined) return shown(await services.relay.get(params.id, call()))
    const seconds = Number(query.wait.slice(0, -1))
    const waited = services.relay.wait(params.id, before[query.until ?? 'final'], callWithin(seconds))
    return shown(await unlessStopping(waited, stopping, () => services.relay.get(params.id, call())))
  },
})

/** A wait must not hold up a service that stops: then the answer is what is known now. */
async function unlessStopping<T>(waited: Promise<T>, stopping: AbortSignal, now: () => Promise<T>): Promise<T> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>()
  const stop = (): void => resolve()
  stopping.addEventListener('abort', stop)
  if (stopping.aborted) stop()
  try {
    return await Promise.race([waited, stopped.then(now)])
  } finally {
    stopping.removeEventListener('abort', stop)
  }
}

function shown(view: TransactionView): Reply {
  return { body: transactionWithBytes(view) }
}

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
      ...s.page,
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
