/** A list goes on after a place that one of its pages told; with anything else it would begin anew without a word. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { clientExample, keyExample, transactionIdExample, walletExample } from '../../src/http/routes/examples.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey, seen } from './fakes.ts'

const options: HttpOptions = {
  clock: systemClock,
  auth: { scheme: 'api-key' },
  version: '0.0.0',
  observability: 'open',
}

async function get(url: string) {
  const saw = seen()
  const headers = { host: 'localhost', 'x-api-key': apiKey }
  const reply = await createServer(agreeing(saw), options).app.inject({ method: 'GET', url, headers })
  return { status: reply.statusCode, body: reply.json<object>(), reached: saw.reached }
}

const wallet = walletExample.id
const lists = [
  ['/v1/wallets?after=', wallet],
  [`/v1/wallets/${wallet}/addresses?after=`, '0/19'],
  [`/v1/withdrawals?wallet=${wallet}&after=`, transactionIdExample],
  ['/v1/transactions?after=', transactionIdExample],
  ['/v1/keys?after=', keyExample.id],
  ['/v1/accounts?after=', keyExample.id],
  ['/v1/clients?after=', clientExample.id],
] as const

describe.each(lists)('GET %s', (path, place) => {
  test('goes on after the place of what was seen last', async () => {
    expect((await get(path + encodeURIComponent(place))).status).toBe(200)
  })

  test.each(['foo', '', `${place}x`, `x${place}`, `${place} `])(
    'is refused after %j, and nobody is asked',
    async (other) => {
      const { status, body, reached } = await get(path + encodeURIComponent(other))
      expect({ status, ...body, reached }).toMatchObject({
        status: 400,
        code: 'invalid-request',
        where: 'query.after',
        reached: [],
      })
    },
  )
})

test('an id of something else is no place in a list', async () => {
  expect((await get(`/v1/wallets?after=${transactionIdExample}`)).body).toMatchObject({
    code: 'invalid-request',
    where: 'query.after',
    wanted: 'the next of the page before: a wallet id',
  })
})
