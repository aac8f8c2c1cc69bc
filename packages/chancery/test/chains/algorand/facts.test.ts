import {
  assignGroupID,
  makeApplicationCallTxnFromObject,
  makeAssetConfigTxnWithSuggestedParamsFromObject,
  makeAssetCreateTxnWithSuggestedParamsFromObject,
  makeAssetDestroyTxnWithSuggestedParamsFromObject,
  makeAssetFreezeTxnWithSuggestedParamsFromObject,
  makeKeyRegistrationTxnWithSuggestedParamsFromObject,
  makePaymentTxnWithSuggestedParamsFromObject,
  multisigAddress,
  OnApplicationComplete,
  Transaction,
  TransactionType,
} from 'algosdk'
import { describe, expect, test } from 'vitest'
import type { Effect } from '../../../src/core/facts.ts'
import {
  alice,
  bob,
  effectsOf,
  factsOf,
  native,
  own,
  pay,
  sender,
  suggestedParams,
  token,
  transfer,
} from './payments.ts'
import { algorand, base64, params, signWith, testnet } from './signing.ts'

const paid: Effect = { kind: 'transfer', asset: native, amount: 5n, to: alice.text }
const moved: Effect = { kind: 'transfer', asset: token, amount: 5n, to: alice.text }
const authority = (what: string, more: { readonly to?: string; readonly contract?: string } = {}): Effect => ({
  kind: 'authority',
  what,
  ...more,
})

describe('payments', () => {
  test('a payment is a transfer; so is one of nothing to oneself', () => {
    expect(effectsOf(pay())).toEqual([paid])
    const nothing = makePaymentTxnWithSuggestedParamsFromObject({
      sender,
      receiver: sender,
      amount: 0,
      suggestedParams,
    })
    expect(effectsOf(nothing)).toEqual([{ ...paid, amount: 0n, to: own.text }])
  })

  test('a whole uint64', () => {
    const amount = (1n << 64n) - 1n
    expect(effectsOf(pay({ amount }))).toEqual([{ ...paid, amount }])
  })

  test('closing and rekeying are power over the account, together too', () => {
    expect(effectsOf(pay({ closeRemainderTo: bob.address }))).toEqual([paid, authority('close', { to: bob.text })])
    expect(effectsOf(pay({ rekeyTo: bob.address }))).toEqual([paid, authority('rekey', { to: bob.text })])
    expect(effectsOf(pay({ closeRemainderTo: alice.address, rekeyTo: bob.address }))).toEqual([
      paid,
      authority('close', { to: alice.text }),
      authority('rekey', { to: bob.text }),
    ])
  })

  test('rekeying to oneself is a rekeying', () => {
    expect(effectsOf(pay({ rekeyTo: sender }))).toEqual([paid, authority('rekey', { to: own.text })])
  })
})

describe('assets', () => {
  test('a transfer', () => {
    expect(effectsOf(transfer())).toEqual([moved])
    expect(effectsOf(transfer({ amount: 0n }))).toEqual([{ ...moved, amount: 0n }])
    expect(effectsOf(transfer({ receiver: sender }))).toEqual([{ ...moved, to: own.text }])
  })

  test('nothing to oneself is an opt-in, and keeps what is beside it', () => {
    const self = { receiver: sender, amount: 0n }
    const to = { to: bob.text }
    const nothing = { ...moved, amount: 0n, to: own.text }
    expect(effectsOf(transfer(self))).toEqual([authority('asset-opt-in', { contract: '9' })])
    expect(effectsOf(transfer({ ...self, rekeyTo: bob.address }))).toEqual([
      authority('asset-opt-in', { contract: '9' }),
      authority('rekey', to),
    ])
    expect(effectsOf(transfer({ ...self, closeRemainderTo: bob.address }))).toEqual([
      nothing,
      authority('asset-close', { ...to, contract: '9' }),
    ])
    expect(effectsOf(transfer({ ...self, assetSender: bob.address }))).toEqual([
      { ...nothing, from: bob.text },
      authority('clawback', { contract: '9' }),
    ])
  })

  test('closing and clawing back', () => {
    expect(effectsOf(transfer({ closeRemainderTo: bob.address }))).toEqual([
      moved,
      authority('asset-close', { to: bob.text, contract: '9' }),
    ])
    expect(effectsOf(transfer({ assetSender: bob.address, rekeyTo: alice.address }))).toEqual([
      { ...moved, from: bob.text },
      authority('clawback', { contract: '9' }),
      authority('rekey', { to: alice.text }),
    ])
  })

  test('creating, and every address that gets power over what was created', () => {
    const asset = { sender, total: 10, decimals: 0, suggestedParams }
    expect(effectsOf(makeAssetCreateTxnWithSuggestedParamsFromObject(asset))).toEqual([authority('asset-create')])
    const powers = { manager: own.text, reserve: alice.text, freeze: alice.text, clawback: bob.text }
    expect(effectsOf(makeAssetCreateTxnWithSuggestedParamsFromObject({ ...asset, ...powers }))).toEqual([
      authority('asset-create'),
      authority('asset-create', { to: own.text }),
      authority('asset-create', { to: alice.text }),
      authority('asset-create', { to: bob.text }),
    ])
  })

  test('configuring', () => {
    const contract = '9'
    const configure = (powers: object) =>
      effectsOf(
        makeAssetConfigTxnWithSuggestedParamsFromObject({
          sender,
          assetIndex: 9,
          suggestedParams,
          strictEmptyAddressChecking: false,
          ...powers,
        }),
      )
    expect(configure({ manager: bob.text })).toEqual([
      authority('asset-configure', { contract }),
      authority('asset-configure', { to: bob.text, contract }),
    ])
  })

  test('destroying', () => {
    const destroyed = makeAssetDestroyTxnWithSuggestedParamsFromObject({ sender, assetIndex: 9, suggestedParams })
    expect(effectsOf(destroyed)).toEqual([authority('asset-destroy', { contract: '9' })])
  })

  // go-algorand destroys only where all parameters are empty (ledger/apply/asset.go); otherwise it takes over the four
  // addresses, and those that are empty can never be set again.
  test.each([
    { total: 1 },
    { decimals: 1 },
    { defaultFrozen: true },
    { unitName: 'x' },
    { assetName: 'x' },
    { assetURL: 'x' },
    { assetMetadataHash: new Uint8Array(32).fill(1) },
  ])('%j and no address gives all power up, and destroys nothing', (assetConfigParams) => {
    const transaction = new Transaction({
      type: TransactionType.acfg,
      sender,
      suggestedParams,
      assetConfigParams: { assetIndex: 9, ...assetConfigParams },
    })
    expect(effectsOf(transaction)).toEqual([authority('asset-configure', { contract: '9' })])
  })

  test.each([
    [true, 'asset-freeze'],
    [false, 'asset-unfreeze'],
  ])('frozen: %j', (frozen, what) => {
    const fields = { sender, assetIndex: 9, freezeTarget: bob.address, frozen, suggestedParams }
    expect(effectsOf(makeAssetFreezeTxnWithSuggestedParamsFromObject(fields))).toEqual([
      authority(what, { to: bob.text, contract: '9' }),
    ])
  })
})

describe('key registration', () => {
  const online = {
    voteKey: new Uint8Array(32).fill(1),
    selectionKey: new Uint8Array(32).fill(2),
    stateProofKey: new Uint8Array(64).fill(3),
    voteFirst: 1,
    voteLast: 2,
    voteKeyDilution: 3,
  }

  // Nonparticipation cannot be taken back: who may go offline may not therefore give up for ever.
  test.each([
    ['key-registration', online],
    ['key-registration-offline', {}],
    ['key-registration-nonparticipating', { nonParticipation: true }],
  ])('%s', (what, fields) => {
    const transaction = new Transaction({
      type: TransactionType.keyreg,
      sender,
      suggestedParams,
      keyregParams: fields,
    })
    expect(effectsOf(transaction)).toEqual([authority(what)])
    expect(makeKeyRegistrationTxnWithSuggestedParamsFromObject({ sender, suggestedParams, ...fields }).txID()).toBe(
      transaction.txID(),
    )
  })
})

describe('applications', () => {
  const call = (onComplete: OnApplicationComplete, more: object = {}) =>
    effectsOf(makeApplicationCallTxnFromObject({ sender, appIndex: 7, onComplete, suggestedParams, ...more }))
  const run = (selector: string, contract = '7'): Effect => ({ kind: 'call', contract, selector })
  const method = { appArgs: [Uint8Array.from([1, 2, 0xab, 0xcd]), new Uint8Array(3)] }
  const program = { approvalProgram: Uint8Array.from([6, 0x81, 1]), clearProgram: Uint8Array.from([6, 0x81, 1]) }

  test('by selector, bare and raw', () => {
    expect(call(OnApplicationComplete.NoOpOC, method)).toEqual([run('0x0102abcd')])
    expect(call(OnApplicationComplete.NoOpOC)).toEqual([run('bare')])
    expect(call(OnApplicationComplete.NoOpOC, { appArgs: [new Uint8Array(0)] })).toEqual([run('raw')])
    expect(call(OnApplicationComplete.NoOpOC, { appArgs: [new Uint8Array(5)] })).toEqual([run('raw')])
  })

  test.each([
    [OnApplicationComplete.OptInOC, 'application-opt-in'],
    [OnApplicationComplete.CloseOutOC, 'application-close-out'],
    [OnApplicationComplete.ClearStateOC, 'application-clear-state'],
    [OnApplicationComplete.DeleteApplicationOC, 'application-delete'],
  ])('OnCompletion %i', (onComplete, what) => {
    expect(call(onComplete, method)).toEqual([run('0x0102abcd'), authority(what, { contract: '7' })])
    expect(call(onComplete, { rekeyTo: bob.address })).toEqual([
      run('bare'),
      authority(what, { contract: '7' }),
      authority('rekey', { to: bob.text }),
    ])
  })

  test('updating', () => {
    expect(call(OnApplicationComplete.UpdateApplicationOC, program)).toEqual([
      run('bare'),
      authority('application-update', { contract: '7' }),
    ])
  })

  test('creating, whatever it does at once besides', () => {
    const create = (onComplete: OnApplicationComplete) => call(onComplete, { appIndex: 0, ...program, ...method })
    expect(create(OnApplicationComplete.NoOpOC)).toEqual([run('create', '*')])
    expect(create(OnApplicationComplete.OptInOC)).toEqual([
      run('create', '*'),
      authority('application-opt-in', { contract: '*' }),
    ])
    expect(create(OnApplicationComplete.DeleteApplicationOC)).toEqual([
      run('create', '*'),
      authority('application-delete', { contract: '*' }),
    ])
  })
})

describe('what counts', () => {
  test('only what the key signs, in its own order; the fees of that, added up', () => {
    const theirs = makePaymentTxnWithSuggestedParamsFromObject({
      sender: bob.address,
      receiver: sender,
      amount: 1_000_000n,
      suggestedParams: { ...params, fee: 50_000n },
      rekeyTo: alice.address,
    })
    const group = assignGroupID([pay(), theirs, transfer()])
    const value = group.map((one, i) => ({ txn: base64(one.toByte()), ...(i === 1 && { signers: [] }) }))
    const { facts } = signWith(algorand, own, { operation: 'sign:transaction', value })
    expect(facts).toEqual({
      network: testnet,
      effects: [paid, moved],
      fee: { asset: native, max: 2_000n },
      claims: [],
    })
  })

  test('for a rekeyed account and for a multisig as for the key itself', () => {
    const theirs = makePaymentTxnWithSuggestedParamsFromObject({
      sender: bob.address,
      receiver: alice.address,
      amount: 5n,
      suggestedParams,
    })
    const rekeyed = [{ txn: base64(theirs.toByte()), authAddr: own.text }]
    expect(signWith(algorand, own, { operation: 'sign:transaction', value: rekeyed }).facts.effects).toEqual([paid])
    const msig = { version: 1, threshold: 1, addrs: [own.text, bob.text] }
    const shared = makePaymentTxnWithSuggestedParamsFromObject({
      sender: multisigAddress(msig),
      receiver: alice.address,
      amount: 5n,
      suggestedParams,
      rekeyTo: own.address,
    })
    const value = [{ txn: base64(shared.toByte()), msig }]
    expect(signWith(algorand, own, { operation: 'sign:transaction', value }).facts.effects).toEqual([
      paid,
      authority('rekey', { to: own.text }),
    ])
  })

  test('a fee of 2^64-1 sixteen times does not wrap', () => {
    const fee = (1n << 64n) - 1n
    const one = () =>
      makePaymentTxnWithSuggestedParamsFromObject({
        sender,
        receiver: alice.address,
        amount: fee,
        suggestedParams: { ...params, fee },
      })
    expect(factsOf(...Array.from({ length: 16 }, one)).fee?.max).toBe(16n * fee)
  })
})
