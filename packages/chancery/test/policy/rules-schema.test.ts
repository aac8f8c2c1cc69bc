import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../src/base/strict-json.ts'
import type { Json } from '../../src/base/json.ts'
import { Refused } from '../../src/core/errors.ts'
import { noRules } from '../../src/core/rules.ts'
import { parseRules } from '../../src/policy/rules-schema.ts'

const type = `0x${'AB'.repeat(32)}`
const full = {
  operations: ['sign:transaction', 'sign:typed-data'],
  networks: ['eip155:1', 'eip155:31337'],
  recipients: ['0xAlice', '0xBob'],
  maximums: { 'eip155:1/slip44:60': '1000000000000000000', 'eip155:1/erc20:0xA0b8': '0' },
  fees: { 'eip155:1': '10000000000000000' },
  delegates: ['0xRouter'],
  calls: [
    { contract: '0xVault', selector: '0x12345678' },
    { contract: '0xVault', selector: '0x' },
    { contract: '*', selector: 'create' },
  ],
  typedData: [{ contract: '0xPermit', type: type.toLowerCase() }],
  authorities: ['setApprovalForAll'],
}

function refusal(document: Json): Refused {
  try {
    parseRules(document)
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
  throw new Error('it was accepted')
}

function outcome(document: Json): string {
  try {
    const members = Object.keys(parseRules(document))
    return members.join() === Object.keys(noRules).join() ? 'rules' : members.join()
  } catch (error) {
    return error instanceof Refused ? 'refused' : String(error)
  }
}

describe('a rules document', () => {
  test('comes out as it went in', () => {
    expect(parseRules(full)).toEqual(full)
    expect(parseRules(parseJson(JSON.stringify(full)))).toEqual(full)
  })

  test('an absent member allows nothing', () => {
    expect(parseRules({})).toEqual(noRules)
    expect(parseRules({ recipients: '*' })).toEqual({ ...noRules, recipients: '*' })
  })

  test('selectors and type hashes are brought to lower case', () => {
    const { calls, typedData } = parseRules({
      calls: [{ contract: '0xVault', selector: '0xABCDEF01' }],
      typedData: [{ contract: '0xPermit', type }],
    })
    expect(calls[0]?.selector).toBe('0xabcdef01')
    expect(typedData[0]?.type).toBe(type.toLowerCase())
  })

  test.each<[string, Json, string, string?]>([
    ['a list', [], 'rules'],
    ['null', null, 'rules'],
    ['an unknown member', { maximum: {} }, 'maximum', 'did you mean maximums?'],
    ['a misspelt member', { recipeints: [] }, 'recipeints', 'did you mean recipients?'],
    ['an unknown operation', { operations: ['sign:transactions'] }, 'operations[0]', 'did you mean sign:transaction?'],
    ['an operation that signs nothing', { operations: ['admin'] }, 'operations[0]'],
    ['a network by name', { networks: ['mainnet'] }, 'networks[0]'],
    ['a network as a number', { networks: [1] }, 'networks[0]'],
    ['networks as text', { networks: 'eip155:1' }, 'networks'],
    ['any network', { networks: ['*'] }, 'networks[0]'],
    ['a recipient twice', { recipients: ['0xA', '0xB', '0xA'] }, 'recipients[2]'],
    ['a recipient twice, spelt otherwise', { recipients: ['0xaB', '0xAb'] }, 'recipients[1]'],
    ['* among recipients', { recipients: ['*'] }, 'recipients[0]'],
    ['a recipient with a space', { recipients: ['0xA '] }, 'recipients[0]'],
    ['a recipient that is null', { recipients: [null] }, 'recipients[0]'],
    ['any delegate', { delegates: '*' }, 'delegates'],
    [
      'an amount as a number',
      { maximums: { 'eip155:1/slip44:60': 10 } },
      'maximums.eip155:1/slip44:60',
      'put it in quotes: "10"',
    ],
    ['an amount in hex', { fees: { 'eip155:1': '0x10' } }, 'fees.eip155:1'],
    ['an amount below zero', { fees: { 'eip155:1': '-1' } }, 'fees.eip155:1'],
    ['an amount with a fraction', { fees: { 'eip155:1': '1.5' } }, 'fees.eip155:1'],
    ['an amount with a leading zero', { fees: { 'eip155:1': '01' } }, 'fees.eip155:1'],
    ['an amount that is empty', { fees: { 'eip155:1': '' } }, 'fees.eip155:1'],
    ['an amount that never ends', { fees: { 'eip155:1': '9'.repeat(79) } }, 'fees.eip155:1'],
    ['maximums for a network', { maximums: { 'eip155:1': '1' } }, 'maximums'],
    ['fees for an asset', { fees: { 'eip155:1/slip44:60': '1' } }, 'fees'],
    ['a call without a selector', { calls: [{ contract: '0xA' }] }, 'calls[0].selector'],
    [
      'a call with a signature',
      { calls: [{ contract: '0xA', selector: 'transfer(address,uint256)' }] },
      'calls[0].selector',
    ],
    ['a selector on any contract', { calls: [{ contract: '*', selector: '0x12345678' }] }, 'calls[0].contract'],
    ['a creation on a contract', { calls: [{ contract: '0xA', selector: 'create' }] }, 'calls[0].contract'],
    ['a call with more members', { calls: [{ contract: '0xA', selector: '0x', value: '1' }] }, 'calls[0].value'],
    ['typed data by name', { typedData: [{ contract: '0xA', type: 'Permit' }] }, 'typedData[0].type'],
    ['a list too long', { recipients: Array.from({ length: 10_001 }, (_, i) => `0x${i}`) }, 'recipients'],
  ])('is refused: %s', (_, document, where, hint) => {
    const { code, particulars } = refusal(document)
    expect({ code, where: particulars.where, hint: particulars.hint }).toEqual({ code: 'invalid-request', where, hint })
    expect(particulars.wanted).toBeTruthy()
  })

  test('says anything at all, and gets rules or a refusal', () => {
    const names = fc.constantFrom(...Object.keys(full), 'other', 'toString', 'valueOf')
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), (document) => {
        expect(['rules', 'refused']).toContain(outcome(document as Json))
      }),
    )
  })
})
