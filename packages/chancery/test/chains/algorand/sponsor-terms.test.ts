// what a sponsor pays for. Each rule about the transactions of others, and somebody who tries to get round it.
import {
  ABIMethod,
  makeApplicationCreateTxnFromObject,
  makeApplicationDeleteTxnFromObject,
  makeApplicationUpdateTxnFromObject,
  makeAssetCreateTxnWithSuggestedParamsFromObject,
  makeAssetFreezeTxnWithSuggestedParamsFromObject,
  makeKeyRegistrationTxnWithSuggestedParamsFromObject,
  OnApplicationComplete,
  type Transaction,
} from 'algosdk'
import { describe, expect, test } from 'vitest'
import {
  alice,
  bob,
  call,
  grouped,
  own,
  pay,
  prepare,
  refused,
  sponsor,
  sponsoring,
  terms,
  transfer,
} from './sponsored-groups.ts'
import { params } from './signing.ts'

const swap = ABIMethod.fromSignature('swap(uint64)void')

describe('what others do in the group', () => {
  test.each<readonly [string, Transaction]>([
    ['a payment', pay()],
    ['a payment to the sponsor', pay({ receiver: sponsor.address })],
    ['an account that closes into the sponsor', pay({ closeRemainderTo: sponsor.address })],
    ['an asset of the list', transfer()],
    ['an opt-in to it', transfer({ receiver: alice.address, amount: 0n })],
    ['a holding that is closed', transfer({ closeRemainderTo: bob.address })],
    ['a method of the list', call({ appIndex: 7n, appArgs: [swap.getSelector(), new Uint8Array(8)] })],
    ['a bare call of the list', call({ appIndex: 7n })],
    ['any method of an open application', call({ appArgs: [new Uint8Array([1, 2, 3, 4])] })],
    ['a call without a selector of an open application', call({ appArgs: [new Uint8Array(3)] })],
    ['an opt-in to an application', call({ onComplete: OnApplicationComplete.OptInOC })],
    ['a close-out', call({ onComplete: OnApplicationComplete.CloseOutOC })],
    ['a call that shows the sponsor to the application', call({ accounts: [sponsor.address] })],
  ])('is paid for: %s', (_, transaction) => {
    expect(prepare([transaction]).users).toEqual([alice.text])
  })

  test.each<readonly [string, Transaction, string]>([
    ['another account’s new key', pay({ rekeyTo: bob.address }), 'rekeyTo'],
    ['a clawback from the sponsor', transfer({ assetSender: sponsor.address }), 'assetSender'],
    ['a clawback from anybody', transfer({ assetSender: bob.address }), 'assetSender'],
    ['another asset', transfer({ assetIndex: 31566705n }), 'assetIndex'],
    ['another application', call({ appIndex: 9n }), 'appIndex'],
    ['another method', call({ appIndex: 7n, appArgs: [new Uint8Array([1, 2, 3, 4])] }), 'appArgs[0]'],
    ['a method with more behind it', call({ appIndex: 7n, appArgs: [new Uint8Array(5)] }), 'appArgs[0]'],
    ['a call with an empty selector', call({ appIndex: 7n, appArgs: [new Uint8Array(0)] }), 'appArgs[0]'],
    ['a cleared state', call({ onComplete: OnApplicationComplete.ClearStateOC }), 'onComplete'],
  ])('is not paid for: %s', (_, transaction, member) => {
    expect(refused([transaction])).toMatchObject({ code: 'denied', where: `transactions[0].${member}` })
    const group = grouped(own(), transaction)
    expect(refused(group)).toMatchObject({ code: 'denied', where: `transactions[1].${member}` })
  })

  const suggestedParams = { ...params, fee: 0n }
  const sender = alice.address
  const programs = { approvalProgram: Uint8Array.of(12), clearProgram: Uint8Array.of(12) }
  const asset = { total: 1n, decimals: 0, defaultFrozen: false }
  const sizes = { numGlobalByteSlices: 0, numGlobalInts: 0, numLocalByteSlices: 0, numLocalInts: 0 }
  const onComplete = OnApplicationComplete.NoOpOC
  const frozen = { assetIndex: 31566704n, freezeTarget: sponsor.address, frozen: true }
  test.each<readonly [string, () => Transaction, string]>([
    [
      'a key registration',
      () => makeKeyRegistrationTxnWithSuggestedParamsFromObject({ sender, suggestedParams }),
      'type',
    ],
    [
      'a new asset',
      () => makeAssetCreateTxnWithSuggestedParamsFromObject({ sender, suggestedParams, ...asset }),
      'type',
    ],
    [
      'a freeze of the sponsor',
      () => makeAssetFreezeTxnWithSuggestedParamsFromObject({ sender, suggestedParams, ...frozen }),
      'type',
    ],
    [
      'a new application',
      () => makeApplicationCreateTxnFromObject({ sender, suggestedParams, onComplete, ...programs, ...sizes }),
      'appIndex',
    ],
    [
      'another program for an application',
      () => makeApplicationUpdateTxnFromObject({ sender, suggestedParams, appIndex: 8n, ...programs }),
      'onComplete',
    ],
    [
      'an application’s end',
      () => makeApplicationDeleteTxnFromObject({ sender, suggestedParams, appIndex: 8n }),
      'onComplete',
    ],
  ])('is not paid for: %s', (_, make, member) => {
    expect(refused([make()])).toMatchObject({ code: 'denied', where: `transactions[0].${member}` })
  })

  test('is not paid for where the terms name nothing', () => {
    const nothing = { terms: { ...terms, applications: [], assets: [], payments: false } }
    for (const one of [pay(), transfer(), call()]) expect(refused([one], nothing).code).toBe('denied')
  })

  test('may change a user’s key where the terms say so, and the sponsor’s never', () => {
    const rekeying = { terms: { ...terms, rekeying: true } }
    expect(prepare([pay({ rekeyTo: bob.address })], rekeying).users).toEqual([alice.text])
    const mine = refused(grouped(own({ rekeyTo: bob.address }), pay()), rekeying)
    expect(mine).toMatchObject({ code: 'denied', where: 'transactions[0].rekeyTo' })
  })

  test('counts for each of them', () => {
    const prepared = prepare([pay(), pay({ sender: bob.address }), pay({ amount: 6n })])
    expect(prepared.users).toEqual([alice.text, bob.text])
  })
})

describe('terms', () => {
  test('know methods by signature, selector, or bare', () => {
    const read = sponsoring.readTerms({
      ...terms,
      applications: [{ id: '7', methods: ['add(uint64,uint64)uint128', '0x01020304', 'bare'] }],
    })
    // https://dev.algorand.co/arc-standards/arc-0004/ : the selector of this signature is 8aa3b61f.
    expect(read.applications[0]?.methods).toEqual(['0x8aa3b61f', '0x01020304', 'bare'])
  })

  test.each(['add', 'add(uint64)', 'raw', '0x0102030', '0xABCDEF01', '*'])('know no method %s', (method) => {
    const applications = [{ id: '7', methods: [method] }]
    expect(() => sponsoring.readTerms({ ...terms, applications })).toThrow(RangeError)
  })

  test.each(['0', '', '-1', '1e3', '01'])('know no application and no asset %s', (id) => {
    expect(() => sponsoring.readTerms({ ...terms, applications: [{ id, methods: '*' }] })).toThrow(RangeError)
    expect(() => sponsoring.readTerms({ ...terms, assets: [id] })).toThrow(RangeError)
  })
})
