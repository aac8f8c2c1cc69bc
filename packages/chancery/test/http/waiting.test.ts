/** `?wait=` of withdrawals: accepted in any case, and answered with how far it got. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { left } from '../../src/base/deadline.ts'
import { Failed } from '../../src/core/errors.ts'
import type { Services } from '../../src/core/services.ts'
import type { Withdrawal } from '../../src/core/wallets.ts'
import { transactionIdExample, walletExample } from '../../src/http/routes/examples.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey, seen } from './fakes.ts'

const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const

type Awaited = Services['wallets']['awaited']

function serving(awaited: Awaited) {
  const saw = seen()
  const services = agreeing(saw)
  return { saw, server: createServer({ ...services, wallets: { ...services.wallets, awaited } }, options) }
}

const broadcast: Awaited = (paid) => Promise.resolve({ ...paid, state: 'broadcast' } satisfies Withdrawal)
const asked = { wallet: walletExample.id, to: 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7' }
type Asked = readonly [method: 'GET' | 'POST', url: string, body: object | undefined, status: number]
const routes: readonly Asked[] = [
  ['POST', '/v1/withdrawals', { ...asked, amount: '5' }, 202],
  ['POST', '/v1/sweeps', asked, 202],
  ['GET', `/v1/withdrawals/${transactionIdExample}`, undefined, 200],
]

function ask({ app }: ReturnType<typeof createServer>, [method, url, body]: Asked, query: string) {
  const headers = { host: 'localhost', 'x-api-key': apiKey, 'idempotency-key': 'one' }
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) }
  const typed = body === undefined ? {} : { 'content-type': 'application/json' }
  return app.inject({ method, url: `${url}${query}`, headers: { ...headers, ...typed }, ...payload })
}

describe.each(routes)('%s %s', (...route) => {
  const [, , , status] = route

  test('waits for what was asked for, as long as was asked for', async () => {
    const waits: [readonly string[], number][] = []
    const { server } = serving((paid, whileIn, deadline) => {
      waits.push([whileIn, Math.ceil(left(deadline) / 1_000)])
      return broadcast(paid, whileIn, deadline)
    })
    const reply = await ask(server, route, '?wait=7s&until=broadcast')
    expect([reply.statusCode, reply.json()]).toMatchObject([status, { state: 'broadcast' }])
    expect(waits).toEqual([[['accepted', 'assigned', 'signed'], 7]])
    await ask(server, route, '?wait=60s')
    expect(waits[1]).toEqual([['accepted', 'assigned', 'signed', 'broadcast', 'mined'], 60])
  })

  test('answers at once without it', async () => {
    const reply = await ask(serving(broadcast).server, route, '')
    expect([reply.statusCode, reply.json()]).toMatchObject([status, { state: 'accepted' }])
  })

  test('refuses a time that it does not wait, before anything is done', async () => {
    const { server, saw } = serving(broadcast)
    expect((await ask(server, route, '?wait=61s')).statusCode).toBe(400)
    expect((await ask(server, route, '?wait=1s&until=signed')).statusCode).toBe(400)
    expect(saw.reached).toEqual([])
  })

  test('ends the wait when the service stops', async () => {
    const { server } = serving(async () => {
      void server.drain(60_000)
      return new Promise<never>(() => {})
    })
    expect((await ask(server, route, '?wait=60s')).json()).toMatchObject({ state: 'accepted' })
  })
})

test.each(routes.slice(0, 2))('%s %s is accepted though nobody can say how it goes on', async (...route) => {
  const { server } = serving(() => Promise.reject(new Failed('store-unavailable', 'The store does not answer')))
  const reply = await ask(server, route, '?wait=1s')
  expect([reply.statusCode, reply.json()]).toMatchObject([202, { id: transactionIdExample, state: 'accepted' }])
})
