// A key with ordinary payment rules cannot be talked into anything else.
import {
  makeAssetConfigTxnWithSuggestedParamsFromObject,
  makeAssetDestroyTxnWithSuggestedParamsFromObject,
  type Transaction,
} from 'algosdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/core/facts.ts'
import { noRules, type Rules } from '../../../src/core/rules.ts'
import { evaluate } from '../../../src/policy/evaluate.ts'
import { alice, bob, factsOf, native, own, pay, sender, suggestedParams, token, transfer } from './payments.ts'
import { testnet } from './signing.ts'
import { drafts, transactionOf } from './transaction-arbitrary.ts'

/** What a team writes for an account that pays people. */
const ordinary: Rules = {
  ...noRules,
  operations: ['sign:transaction'],
  networks: [testnet],
  recipients: '*',
  maximums: { [native]: String(1n << 70n), [token]: String(1n << 70n) },
  fees: { [testnet]: String(1n << 70n) },
  delegates: [own.text, alice.text, bob.text],
}

function verdict(facts: Facts, rules = ordinary) {
  const question = { facts, operation: 'sign:transaction', network: testnet, rules, kind: 'decoded' } as const
  return evaluate(question).verdict
}

describe('ordinary rules', () => {
  test('allow payments and transfers', () => {
    expect(verdict(factsOf(pay(), transfer()))).toBe('allow')
  })

  test('allow nothing else, in whatever clothes', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const transaction = transactionOf(draft, sender)
        const { payment, assetTransfer, rekeyTo } = transaction
        const plain = payment
          ? !payment.closeRemainderTo
          : assetTransfer?.assetIndex === 9n && !assetTransfer.closeRemainderTo && !assetTransfer.assetSender
        expect(verdict(factsOf(transaction)) === 'allow').toBe(plain && !rekeyTo)
      }),
      { numRuns: 1_000 },
    )
  })

  test.each<readonly [string, Transaction]>([
    ['a payment that rekeys', pay({ rekeyTo: alice.address })],
    ['a payment that closes', pay({ closeRemainderTo: alice.address })],
    ['a transfer of nothing that closes', transfer({ amount: 0n, receiver: sender, closeRemainderTo: alice.address })],
    ['a transfer of nothing that rekeys', transfer({ amount: 0n, receiver: sender, rekeyTo: alice.address })],
    ['a clawback', transfer({ assetSender: bob.address })],
    ['an opt-in', transfer({ amount: 0n, receiver: sender })],
  ])('%s is denied, alone and among payments', (_name, transaction) => {
    expect(verdict(factsOf(transaction))).toBe('deny')
    expect(verdict(factsOf(pay(), transaction, pay()))).toBe('deny')
  })

  test('one who may rekey may do so to a named account alone', () => {
    const rules = { ...ordinary, authorities: ['rekey'], delegates: [alice.text] }
    expect(verdict(factsOf(pay({ rekeyTo: alice.address })), rules)).toBe('allow')
    expect(verdict(factsOf(pay({ rekeyTo: bob.address })), rules)).toBe('deny')
    expect(verdict(factsOf(pay({ closeRemainderTo: alice.address })), rules)).toBe('deny')
  })

  test('one who may configure an asset may not give it to a stranger, nor destroy it', () => {
    const rules = { ...ordinary, authorities: ['asset-configure'], delegates: [alice.text] }
    const managed = (manager: string) =>
      makeAssetConfigTxnWithSuggestedParamsFromObject({
        sender,
        assetIndex: 9,
        suggestedParams,
        strictEmptyAddressChecking: false,
        manager,
      })
    expect(verdict(factsOf(managed(alice.text)), rules)).toBe('allow')
    expect(verdict(factsOf(managed(bob.text)), rules)).toBe('deny')
    const destroyed = makeAssetDestroyTxnWithSuggestedParamsFromObject({ sender, assetIndex: 9, suggestedParams })
    expect(verdict(factsOf(destroyed), rules)).toBe('deny')
  })

  test('sixteen payments count together', () => {
    const rules = { ...ordinary, maximums: { [native]: '79' }, fees: { [testnet]: '16000' } }
    const payments = Array.from({ length: 16 }, () => pay())
    expect(verdict(factsOf(...payments), rules)).toBe('deny')
    expect(verdict(factsOf(...payments.slice(1)), rules)).toBe('allow')
    expect(verdict(factsOf(...payments.slice(1)), { ...rules, fees: { [testnet]: '14999' } })).toBe('deny')
  })
})
