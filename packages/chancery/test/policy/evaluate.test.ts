import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Effect, Facts } from '../../src/core/facts.ts'
import { noRules, type Rules } from '../../src/core/rules.ts'
import { evaluate } from '../../src/policy/evaluate.ts'
import type { Question } from '../../src/core/decision.ts'
import { anyEffect, anyQuestion } from './arbitraries.ts'
import { allowedByReference } from './reference.ts'

const ether = 'eip155:1/slip44:60'
const token = 'eip155:1/erc20:0xA0'
const network = 'eip155:1'

const rules: Rules = {
  operations: ['sign:transaction', 'sign:message', 'sign:typed-data', 'sign:authorization'],
  networks: [network],
  recipients: ['0xAlice'],
  maximums: { [ether]: '100', [token]: '50' },
  fees: { [network]: '10' },
  delegates: ['0xRouter'],
  calls: [
    { contract: '0xVault', selector: '0x12345678' },
    { contract: '*', selector: 'create' },
  ],
  typedData: [{ contract: '0xPermit', type: '0xaa' }],
  authorities: ['setApprovalForAll', 'renounce'],
}

const transfer = (amount: bigint, to = '0xAlice'): Effect => ({ kind: 'transfer', asset: ether, amount, to })
const approval = (amount: bigint, spender = '0xRouter'): Effect => ({ kind: 'approval', asset: token, amount, spender })
const feeOf = (max: bigint) => ({ asset: ether, max }) as const

function ask(effects: readonly Effect[], change: Partial<Question> & { readonly fee?: bigint } = {}): Question {
  const { fee, ...rest } = change
  const facts: Facts = { network, effects, claims: [], ...(fee === undefined ? {} : { fee: feeOf(fee) }) }
  return { facts, operation: 'sign:transaction', network, rules, kind: 'decoded', ...rest }
}

const networkless: Question = {
  facts: { effects: [{ kind: 'message' }], claims: [] },
  operation: 'sign:message',
  rules,
  kind: 'decoded',
}

const failed = (question: Question) =>
  evaluate(question)
    .checks.filter(({ ok }) => !ok)
    .map(({ name }) => name)

describe('each rule', () => {
  test.each<[string, Question, readonly string[]]>([
    ['a transfer within the rules', ask([transfer(100n)], { fee: 10n }), []],
    ['no effect at all', ask([]), ['effects']],
    [
      'an operation not allowed',
      ask([transfer(1n)], { rules: { ...rules, operations: ['sign:message'] } }),
      ['operation'],
    ],
    ['a network not allowed', ask([transfer(1n)], { rules: { ...rules, networks: ['eip155:5'] } }), ['network']],
    ['a network not named', networkless, ['network']],
    [
      'an intent for another network',
      ask([transfer(1n)], { network: 'eip155:5', rules: { ...rules, networks: ['eip155:5', network] } }),
      ['network of the intent'],
    ],
    ['an unknown recipient', ask([transfer(1n, '0xMallory')]), ['recipient']],
    ['a recipient in another spelling', ask([transfer(1n, '0xalice')]), ['recipient']],
    ['any recipient', ask([transfer(1n, '0xMallory')], { rules: { ...rules, recipients: '*' } }), []],
    ['one of two recipients unknown', ask([transfer(1n), transfer(1n, '0xMallory')]), ['recipient']],
    ['too much', ask([transfer(101n)]), [`maximum ${ether}`]],
    ['too much together', ask([transfer(51n), transfer(50n)]), [`maximum ${ether}`]],
    ['an asset without a maximum', ask([transfer(0n)], { rules: { ...rules, maximums: {} } }), [`maximum ${ether}`]],
    [
      'a maximum that is no amount',
      ask([transfer(0n)], { rules: { ...rules, maximums: { [ether]: '0x64' } } }),
      [`maximum ${ether}`],
    ],
    ['less than nothing', ask([transfer(-1n), transfer(101n)]), [`maximum ${ether}`]],
    ['an approval', ask([approval(50n)]), []],
    ['an approval to an unknown spender', ask([approval(1n, '0xAlice')]), ['delegate']],
    ['an unlimited approval', ask([approval(2n ** 256n - 1n)]), [`maximum ${token}`]],
    [
      'an approval and a transfer together too much',
      ask([approval(50n), { ...transfer(1n), asset: token } as Effect]),
      [`maximum ${token}`],
    ],
    ['a named authority', ask([{ kind: 'authority', what: 'renounce' }]), []],
    ['an unnamed authority', ask([{ kind: 'authority', what: 'transferOwnership' }]), ['authority']],
    ['an authority to a delegate', ask([{ kind: 'authority', what: 'setApprovalForAll', to: '0xRouter' }]), []],
    [
      'an authority to somebody else',
      ask([{ kind: 'authority', what: 'setApprovalForAll', to: '0xAlice' }]),
      ['delegate'],
    ],
    ['a named call', ask([{ kind: 'call', contract: '0xVault', selector: '0x12345678' }]), []],
    ['another selector', ask([{ kind: 'call', contract: '0xVault', selector: '0x12345679' }]), ['call']],
    [
      'the selector on another contract',
      ask([{ kind: 'call', contract: '0xOther', selector: '0x12345678' }]),
      ['call'],
    ],
    ['a creation', ask([{ kind: 'call', contract: '*', selector: 'create' }]), []],
    [
      'a creation not allowed',
      ask([{ kind: 'call', contract: '*', selector: 'create' }], { rules: { ...rules, calls: [] } }),
      ['call'],
    ],
    [
      'named typed data',
      ask([{ kind: 'typed-data', contract: '0xPermit', type: '0xaa' }], { operation: 'sign:typed-data' }),
      [],
    ],
    [
      'typed data of another type',
      ask([{ kind: 'typed-data', contract: '0xPermit', type: '0xab' }], { operation: 'sign:typed-data' }),
      ['typed data'],
    ],
    [
      'typed data for another contract',
      ask([{ kind: 'typed-data', contract: '0xOther', type: '0xaa' }], { operation: 'sign:typed-data' }),
      ['typed data'],
    ],
    ['a message', ask([{ kind: 'message' }], { operation: 'sign:message' }), []],
    ['a message as a transaction', ask([{ kind: 'message' }]), ['message']],
    ['opaque bytes as a transaction', ask([{ kind: 'opaque' }]), ['opaque bytes']],
    ['a fee over the maximum', ask([transfer(1n)], { fee: 11n }), [`fee ${network}`]],
    ['a fee without a maximum', ask([transfer(1n)], { fee: 1n, rules: { ...rules, fees: {} } }), [`fee ${network}`]],
    ['no fee and no maximum', ask([transfer(1n)], { fee: 0n, rules: { ...rules, fees: {} } }), []],
    ['a transaction by an opaque key', ask([transfer(1n)], { kind: 'opaque' }), ['key kind']],
    ['an effect of a kind nobody knows', ask([{ kind: 'toString' } as never]), ['effect']],
  ])('%s', (_, question, names) => {
    expect(failed(question)).toEqual(names)
    expect(evaluate(question).verdict).toBe(names.length === 0 ? 'allow' : 'deny')
  })

  const digest = { facts: { effects: [{ kind: 'opaque' }], claims: [] }, operation: 'sign:digest' } as const
  const digestRules: Rules = { ...noRules, operations: ['sign:digest'] }

  test('an opaque key signs digests, a decoded key does not, whatever its rules say', () => {
    expect(failed({ ...digest, rules: digestRules, kind: 'opaque' })).toEqual([])
    expect(failed({ ...digest, rules: digestRules, kind: 'decoded' })).toEqual(['key kind'])
    expect(failed({ ...digest, rules: noRules, kind: 'opaque' })).toEqual(['operation'])
  })

  test('a fresh key may do nothing', () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        expect(evaluate({ ...question, rules: noRules }).verdict).toBe('deny')
      }),
    )
  })
})

describe('the checks', () => {
  test('are all listed, passed ones included, with got and allowed', () => {
    const question = ask([transfer(60n), transfer(60n, '0xMallory')], { fee: 3n })
    expect(evaluate(question)).toEqual({
      verdict: 'deny',
      checks: [
        { name: 'key kind', ok: true, got: 'decoded', allowed: 'decoded' },
        { name: 'operation', ok: true, got: 'sign:transaction', allowed: rules.operations.join(', ') },
        { name: 'network', ok: true, got: network, allowed: network },
        { name: 'effects', ok: true, got: '2', allowed: 'at least 1' },
        { name: 'recipient', ok: true, got: '0xAlice', allowed: '0xAlice' },
        { name: 'recipient', ok: false, got: '0xMallory', allowed: '0xAlice' },
        { name: `maximum ${ether}`, ok: false, got: '120', allowed: 'at most 100' },
        { name: `fee ${network}`, ok: true, got: '3', allowed: 'at most 10' },
      ],
    })
  })

  test('a long list of names is cut short', () => {
    const recipients = Array.from({ length: 25 }, (_, i) => `0x${i}`)
    const [found] = evaluate(ask([transfer(1n)], { rules: { ...rules, recipients } })).checks.filter(({ ok }) => !ok)
    expect(found?.allowed).toMatch(/0x19, and 5 more$/)
  })
})

describe('properties', () => {
  test('agrees with the reference evaluator', () => {
    const counts = { allow: 0, deny: 0 }
    fc.assert(
      fc.property(anyQuestion, (question) => {
        const expected = allowedByReference(question) ? 'allow' : 'deny'
        counts[expected]++
        expect(evaluate(question).verdict).toBe(expected)
      }),
      { numRuns: 20_000 },
    )
    // Both answers must be common, or the agreement says little.
    expect(Math.min(counts.allow, counts.deny)).toBeGreaterThan(500)
  })

  test('taking anything out of the rules never turns deny into allow', () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        fc.pre(evaluate(question).verdict === 'deny')
        for (const less of weaker(question.rules)) {
          expect(evaluate({ ...question, rules: less }).verdict).toBe('deny')
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('one more effect never turns deny into allow, but for the first one', () => {
    fc.assert(
      fc.property(anyQuestion, anyEffect, (question, effect) => {
        fc.pre(question.facts.effects.length > 0 && evaluate(question).verdict === 'deny')
        const effects = [...question.facts.effects, effect]
        expect(evaluate({ ...question, facts: { ...question.facts, effects } }).verdict).toBe('deny')
      }),
      { numRuns: 2_000 },
    )
  })

  test('the order of effects does not matter to the verdict', () => {
    fc.assert(
      fc.property(anyQuestion, (question) => {
        const effects = question.facts.effects.toReversed()
        const turned = evaluate({ ...question, facts: { ...question.facts, effects } })
        expect(turned.verdict).toBe(evaluate(question).verdict)
      }),
    )
  })
})

/** Every rule set that lacks one thing this one has. */
function weaker(full: Rules): readonly Rules[] {
  const without = <T>(list: readonly T[]) => list.map((_, at) => list.toSpliced(at, 1))
  const lacking = <T extends string>(amounts: Readonly<Record<T, string>>) =>
    Object.keys(amounts).map((name) => Object.fromEntries(Object.entries(amounts).filter(([other]) => other !== name)))
  return [
    ...without(full.operations).map((operations) => ({ ...full, operations })),
    ...without(full.networks).map((list) => ({ ...full, networks: list })),
    ...(full.recipients === '*' ? [[]] : without(full.recipients)).map((recipients) => ({ ...full, recipients })),
    ...lacking(full.maximums).map((maximums) => ({ ...full, maximums: maximums as Rules['maximums'] })),
    ...lacking(full.fees).map((fees) => ({ ...full, fees: fees as Rules['fees'] })),
    ...without(full.delegates).map((delegates) => ({ ...full, delegates })),
    ...without(full.calls).map((calls) => ({ ...full, calls })),
    ...without(full.typedData).map((typedData) => ({ ...full, typedData })),
    ...without(full.authorities).map((authorities) => ({ ...full, authorities })),
  ]
}
