import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { schemas } from '../../src/chains/evm/schema.ts'
import { examplesOf } from '../../src/http/examples.ts'
import type { HttpOptions } from '../../src/http/options.ts'
import { createServer } from '../../src/http/server.ts'
import { faultIn } from '../../src/http/shape.ts'
import { agreeing, apiKey, principal, seen } from './fakes.ts'

const options: HttpOptions = {
  clock: systemClock,
  auth: { scheme: 'api-key' },
  version: '0.0.0',
  observability: 'open',
}

/** Those of the operator run over his socket, all others with an API key. */
const network = createServer(agreeing(), options)
const socket = createServer(agreeing(), { ...options, auth: { scheme: 'socket', principal } })

describe('every example gives the reply it documents', () => {
  test.each(examplesOf(network.routes))(
    '$method $url',
    async ({ access, method, url, headers, body, reply, schema }) => {
      const { app } = access === 'operator' ? socket : network
      const got = await app.inject({
        method,
        url,
        headers: { host: 'localhost', 'x-api-key': apiKey, ...headers },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      })
      expect([got.statusCode, got.body]).toEqual([reply.status, got.body])
      expect(got.headers).toMatchObject(reply.headers ?? {})
      const isJson = got.headers['content-type']?.startsWith('application/json') === true
      const value: unknown = isJson ? got.json() : got.body
      if (reply.body !== undefined) expect(value).toEqual(reply.body)
      if (schema !== undefined) expect(faultIn(schema, value)).toBeUndefined()
      expect(got.body).not.toMatch(/canary|ca4a12/)
    },
  )
})

describe('every payload a chain declares goes through with its example', () => {
  test.each(schemas)('$field', async ({ field, operation, example }) => {
    const saw = seen()
    const { app } = createServer(agreeing(saw), options)
    const reply = await app.inject({
      method: 'POST',
      url: '/v1/keys/treasury/sign',
      headers: { host: 'localhost', 'x-api-key': apiKey, 'content-type': 'application/json' },
      payload: JSON.stringify({ network: 'eip155:1', [field]: example }),
    })
    expect(reply.statusCode).toBe(200)
    expect(saw.signed).toMatchObject([{ operation, value: example }])
  })
})

test('ids are used once, and every path and method has one route', () => {
  const ids = network.routes.map(({ id }) => id)
  const places = network.routes.map(({ method, path }) => `${method} ${path}`)
  expect(new Set(ids).size).toBe(ids.length)
  expect(new Set(places).size).toBe(places.length)
})
