/** A policy of wallets at the door: closed, and every member of the documented shape. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { FreezeTarget } from '../../src/core/services.ts'
import type { WalletPolicy } from '../../src/core/wallet-policy.ts'
import { walletPolicyExample } from '../../src/http/routes/wallet-policy.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey } from './fakes.ts'

const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0.0.0', observability: 'open' } as const
const headers = { host: 'localhost', 'x-api-key': apiKey, 'content-type': 'application/json' }

interface Said {
  readonly code?: string
  readonly where?: string
}

async function put(document: unknown, etag = '"0"') {
  const handed: WalletPolicy[] = []
  const services = agreeing()
  const walletPolicy = {
    ...services.walletPolicy,
    put: (value: WalletPolicy) => (handed.push(value), Promise.resolve({ version: 1, value })),
  }
  const { app } = createServer({ ...services, walletPolicy }, options)
  const payload = JSON.stringify(document)
  const ask = { method: 'PUT', url: '/v1/wallet-policy', headers: { ...headers, 'if-match': etag }, payload } as const
  const reply = await app.inject(ask)
  const { code, where } = reply.json<Said>()
  return { status: reply.statusCode, code, where, handed }
}

const [full] = walletPolicyExample.rules
const ruled = (more: object) => ({ ...walletPolicyExample, rules: [{ ...full, ...more }] })
const windowed = (more: object) => ruled({ windows: [{ per: 'user', period: 'day', amount: '1', ...more }] })

describe('a policy document', () => {
  test('comes in as it was written', async () => {
    expect(await put(walletPolicyExample)).toMatchObject({ status: 200, handed: [walletPolicyExample] })
  })

  test.each<[string, unknown, string]>([
    ['a list', [], ''],
    ['without its treasury', { rules: [], sweepFees: {} }, 'treasury'],
    ['with an unknown member', { ...walletPolicyExample, rule: [] }, 'rule'],
    ['with an unknown member in a rule', ruled({ maxmum: '1' }), 'rules[0].maxmum'],
    ['with a rule without a maximum', ruled({ maximum: undefined }), 'rules[0].maximum'],
    ['with an amount as a number', ruled({ maximum: 1 }), 'rules[0].maximum'],
    ['with an amount in hex', ruled({ maximumFee: '0x1' }), 'rules[0].maximumFee'],
    ['with an asset by its symbol', ruled({ asset: 'BTC' }), 'rules[0].asset'],
    ['with a tier nobody knows', ruled({ tiers: ['warm'] }), 'rules[0].tiers[0]'],
    ['with no tier', ruled({ tiers: [] }), 'rules[0].tiers'],
    ['with a user as a number', ruled({ users: [1] }), 'rules[0].users[0]'],
    ['with a denied star', ruled({ denied: ['*'] }), 'rules[0].denied[0]'],
    ['with hours as text', ruled({ newDestinationHours: '24' }), 'rules[0].newDestinationHours'],
    ['with half an hour', ruled({ newDestinationHours: 0.5 }), ''],
    ['with a treasury by name', { ...walletPolicyExample, treasury: { mainnet: [] } }, 'treasury.mainnet'],
    ['with a fee as a number', { ...walletPolicyExample, sweepFees: { 'eip155:1': 1 } }, 'sweepFees.eip155:1'],
  ])('is refused %s', async (_, document, where) => {
    const said = await put(document)
    expect(said).toMatchObject({ status: 400, handed: [] })
    if (where !== '') expect(said.where).toBe(where)
  })

  test.each<[string, object]>([
    ['a week', { period: 'week' }],
    ['a group', { per: 'group' }],
    ['a count of amounts', { count: 1 }],
    ['an amount of payments', { per: 'all' }],
    ['a count as text', { per: 'all', amount: undefined, count: '1' }],
    ['nothing', { amount: undefined }],
  ])('is refused with a window of %s', async (_, more) => {
    expect(await put(windowed(more))).toMatchObject({ status: 400, code: 'invalid-request', handed: [] })
  })

  test('is refused without the version it replaces', async () => {
    expect(await put(walletPolicyExample, '*')).toMatchObject({ status: 400, where: 'header.if-match', handed: [] })
  })
})

describe('what is frozen', () => {
  async function freeze(target: unknown) {
    const handed: FreezeTarget[] = []
    const services = agreeing()
    const freezing = { ...services.freezing, freeze: async (what: FreezeTarget) => void handed.push(what) }
    const { app } = createServer({ ...services, freezing }, options)
    const reply = await app.inject({ method: 'POST', url: '/v1/freeze', headers, payload: JSON.stringify(target) })
    return { status: reply.statusCode, handed }
  }

  test.each<FreezeTarget>([
    { wallet: 'wal_01jd5w8x6vq3k7r0m2n4p5s6tc' },
    { user: '123' },
    { user: 'Zoë of Ávila' },
    { asset: 'USDT' },
    { asset: 'bip122:000000000019d6689c085ae165831e93/slip44:0' },
    { asset: 'eip155:1/erc20:0xdAC17F958D2ee523a2206206994597C13D831ec7' },
  ])('%j is taken', async (target) => {
    expect(await freeze(target)).toEqual({ status: 204, handed: [target] })
  })

  test.each([
    { wallet: 'wal_1' },
    { user: '' },
    { user: 1 },
    { asset: '' },
    { user: '1', asset: 'BTC' },
    { tier: 'hd' },
  ])('%j is refused', async (target) => {
    expect(await freeze(target)).toEqual({ status: 400, handed: [] })
  })
})
