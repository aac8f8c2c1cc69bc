/** A rules document at the door: closed, and every member of the documented shape. */
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { noRules, type Rules } from '../../src/core/rules.ts'
import { createServer } from '../../src/http/server.ts'
import { agreeing, apiKey } from './fakes.ts'

const full: Rules = {
  operations: ['sign:transaction', 'sign:typed-data'],
  networks: ['eip155:1', 'eip155:31337'],
  recipients: ['0xAlice', '0xBob'],
  maximums: { 'eip155:1/slip44:60': '1000000000000000000', 'eip155:1/erc20:0xA0b8': '0' },
  fees: { 'eip155:1': '10000000000000000' },
  delegates: ['0xRouter'],
  calls: [
    { contract: '0xWallet', selector: '0x12345678' },
    { contract: '0xWallet', selector: '0x' },
    { contract: '*', selector: 'create' },
  ],
  typedData: [{ contract: '0xPermit', type: `0x${'ab'.repeat(32)}` }],
  authorities: ['setApprovalForAll'],
}

/** What the door makes of a document: the status, the place of the refusal, and the rules that were handed on. */
async function put(document: unknown) {
  const services = agreeing()
  const handed: Rules[] = []
  const keyring = {
    ...services.keyring,
    putRules: (_: string, value: Rules) => {
      handed.push(value)
      return Promise.resolve({ version: 1, value })
    },
  }
  const options = { clock: systemClock, auth: { scheme: 'api-key' }, version: '0.0.0', observability: 'open' } as const
  const { app } = createServer({ ...services, keyring }, options)
  const reply = await app.inject({
    method: 'PUT',
    url: '/v1/keys/treasury/rules',
    headers: { host: 'localhost', 'x-api-key': apiKey, 'if-match': '"0"', 'content-type': 'application/json' },
    payload: JSON.stringify(document),
  })
  const { code, where, hint } = reply.json<{ code?: string; where?: string; hint?: string }>()
  return { status: reply.statusCode, code, where, hint, handed }
}

describe('a rules document', () => {
  test('comes in as it was written', async () => {
    expect(await put(full)).toMatchObject({ status: 200, handed: [full] })
  })

  test('allows nothing by what it leaves out', async () => {
    expect(await put({})).toMatchObject({ status: 200, handed: [noRules] })
    expect(await put({ recipients: '*' })).toMatchObject({ handed: [{ ...noRules, recipients: '*' }] })
  })

  test.each<[string, unknown, string, string?]>([
    ['a list', [], ''],
    ['an unknown member', { maximum: {} }, 'maximum', 'did you mean maximums?'],
    ['a misspelt member', { recipeints: [] }, 'recipeints', 'did you mean recipients?'],
    ['an unknown operation', { operations: ['sign:transactions'] }, 'operations[0]'],
    ['an operation that signs nothing', { operations: ['admin'] }, 'operations[0]'],
    ['a network by name', { networks: ['mainnet'] }, 'networks[0]'],
    ['a network as a number', { networks: [1] }, 'networks[0]'],
    ['networks as text', { networks: 'eip155:1' }, 'networks'],
    ['any network', { networks: ['*'] }, 'networks[0]'],
    ['a delegate twice', { delegates: ['0xA', '0xB', '0xA'] }, 'delegates'],
    ['any delegate', { delegates: '*' }, 'delegates'],
    ['* among delegates', { delegates: ['*'] }, 'delegates[0]'],
    ['a delegate with a space', { delegates: ['0xA '] }, 'delegates[0]'],
    ['a delegate that is null', { delegates: [null] }, 'delegates[0]'],
    ['an amount as a number', { maximums: { 'eip155:1/slip44:60': 10 } }, 'maximums.eip155:1/slip44:60'],
    ['an amount in hex', { fees: { 'eip155:1': '0x10' } }, 'fees.eip155:1'],
    ['an amount below zero', { fees: { 'eip155:1': '-1' } }, 'fees.eip155:1'],
    ['an amount with a fraction', { fees: { 'eip155:1': '1.5' } }, 'fees.eip155:1'],
    ['an amount with a leading zero', { fees: { 'eip155:1': '01' } }, 'fees.eip155:1'],
    ['an amount that is empty', { fees: { 'eip155:1': '' } }, 'fees.eip155:1'],
    ['an amount that never ends', { fees: { 'eip155:1': '9'.repeat(79) } }, 'fees.eip155:1'],
    ['maximums for a network', { maximums: { 'eip155:1': '1' } }, 'maximums.eip155:1'],
    ['fees for an asset', { fees: { 'eip155:1/slip44:60': '1' } }, 'fees.eip155:1/slip44:60'],
    ['a call without a selector', { calls: [{ contract: '0xA' }] }, 'calls[0].selector'],
    ['a call by its signature', { calls: [{ contract: '0xA', selector: 'transfer()' }] }, 'calls[0].selector'],
    ['a call with more members', { calls: [{ contract: '0xA', selector: '0x', value: '1' }] }, 'calls[0].value'],
    ['typed data by name', { typedData: [{ contract: '0xA', type: 'Permit' }] }, 'typedData[0].type'],
    ['a list too long', { delegates: Array.from({ length: 10_001 }, (_, i) => `0x${i}`) }, 'delegates'],
  ])('is refused: %s', async (_, document, where, hint) => {
    const expected = { status: 400, code: 'invalid-request', where, hint, handed: [] }
    expect(await put(document)).toEqual(expected)
  })

  test.each<[string, unknown]>([
    ['twice', ['0xA', '0xB', '0xA']],
    ['any, in a list', ['*']],
    ['with a space', ['0xA ']],
    ['null', [null]],
  ])('is refused: a recipient, %s', async (_, recipients) => {
    expect(await put({ recipients })).toMatchObject({ status: 400, code: 'invalid-request', handed: [] })
  })
})
