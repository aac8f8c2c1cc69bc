/** What the documented shapes let in, the rooms behind them take; and every reader of the document can read them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClients } from '../../src/access/clients.ts'
import { operatorPrincipal } from '../../src/access/operator.ts'
import { systemClock } from '../../src/base/clock.ts'
import { schemas } from '../../src/chains/evm/schema.ts'
import { chainPlugIns } from '../../src/chains.ts'
import { isNode, openApi } from '../../src/http/openapi.ts'
import { routesOf } from '../../src/http/routes/routes.ts'
import { createServer } from '../../src/http/server.ts'
import { faultIn } from '../../src/http/shape.ts'
import { callBy, memoryState, pepper, testClock } from '../access/fixture.ts'
import { agreeing, apiKey } from './fakes.ts'

const settings = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0', observability: 'open' } as const
const { app, routes } = createServer(agreeing(), settings)

function patternsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(patternsIn)
  if (!isNode(value)) return []
  const own = typeof value['pattern'] === 'string' ? [value['pattern']] : []
  return [...own, ...Object.values(value).flatMap(patternsIn)]
}

const patterns = new Set(patternsIn(openApi(routes, '0')))

test('patterns use only what every engine reads alike', () => {
  expect(patterns.size).toBeGreaterThan(20)
  // JSON Schema asks for this restraint (2020-12, 6.4): no \d, which counts other scripts' digits elsewhere, no \0.
  const foreign = [...patterns].filter((pattern) => /\\(?!x[0-9a-f]{2}|[./"])|\(\?[^:]/.test(pattern))
  expect(foreign).toEqual([])
  expect(schemas.length).toBeGreaterThan(0)
})

test('every part of a request has a shape that can be held against a value, whatever chains are there', async () => {
  const nowhere = { networks: [], assets: [], applications: [] }
  const chains = await Promise.all(chainPlugIns.map((plugIn) => plugIn.load(nowhere)))
  const declared = chains.flatMap((chain) => chain.schemas.map((schema) => ({ ...schema, chain: chain.id })))
  const parts = routesOf(declared, settings).flatMap(({ params, query, headers, body }) => [
    params,
    query,
    headers,
    body,
  ])
  expect(parts.length).toBeGreaterThan(400)
  for (const part of parts) expect(() => faultIn(part, {})).not.toThrow()
})

const post = async (path: string, payload: object) => {
  const headers = { host: 'localhost', 'x-api-key': apiKey, 'content-type': 'application/json' }
  return (await app.inject({ method: 'POST', url: path, headers, payload: JSON.stringify(payload) })).statusCode
}

test.each([
  ['mined,final', 200],
  ['mined', 200],
  ['pending', 400],
  ['mined,', 400],
  ['minedfinal', 400],
])('transactions of the states %s: %i', async (states, status) => {
  const headers = { host: 'localhost', 'x-api-key': apiKey }
  const reply = await app.inject({ method: 'GET', url: `/v1/transactions?states=${states}`, headers })
  expect(reply.statusCode).toBe(status)
  const pattern = [...patterns].find((one) => one.includes('broadcast')) ?? ''
  expect(new RegExp(pattern).test(states)).toBe(status === 200)
})

describe('a new client', () => {
  test('of any documented name is taken', async () => {
    const pattern = [...patterns].find((one) => one.includes(' ._@')) ?? ''
    const clients = createClients({ state: memoryState(), pepper: pepper(), clock: testClock() })
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(new RegExp(pattern)), async (name) => {
        fc.pre(!seen.has(name))
        seen.add(name)
        const { client } = await clients.create({ name, grants: [] }, callBy(operatorPrincipal))
        expect(client.name).toBe(name)
      }),
    )
  })

  const grant = { operations: ['keys:read'], keys: '*', networks: '*' }
  test.each([
    ['a name of signs', { name: '#!', grants: [] }],
    ['a source without its bits', { name: 'app', grants: [], sources: ['10.0.0.1'] }],
    ['a grant on no key', { name: 'app', grants: [{ ...grant, keys: [] }] }],
    ['a grant on no network', { name: 'app', grants: [{ ...grant, networks: [] }] }],
  ])('with %s is refused by its documented shape', async (_, body) => {
    expect(await post('/v1/clients', body)).toBe(400)
    expect(await post('/v1/clients', { name: 'app', grants: [grant], sources: ['10.0.0.0/8'] })).toBe(201)
  })
})
