// ARC-4, https://dev.algorand.co/arc-standards/arc-0004/
import {
  ABIMethod,
  type ABIValue,
  assignGroupID,
  AtomicTransactionComposer,
  makeApplicationNoOpTxnFromObject,
  makeEmptyTransactionSigner,
  makePaymentTxnWithSuggestedParamsFromObject,
  type Transaction,
} from 'algosdk'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAlgorand } from '../../../src/chains/algorand/chain.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { typedValues } from './abi-arbitrary.ts'
import { type Refusal, refusalOf } from '../refusal.ts'
import { algorand, base64, mainnet, pairOf, params, signWith, testnet } from './signing.ts'

const own = pairOf(1)
const other = pairOf(2)
const appIndex = 7n

/** A chain that knows one application by the signatures of its methods. */
function knowing(...signatures: readonly string[]) {
  return knowingInterface({
    name: 'Example',
    methods: signatures.map((text) => ABIMethod.fromSignature(text).toJSON()),
  })
}

function knowingInterface(description: object) {
  // As it comes out of a file.
  const read: JsonObject = JSON.parse(JSON.stringify(description))
  return createAlgorand({
    networks: [{ network: testnet }, { network: mainnet }],
    applications: [{ network: testnet, id: appIndex, interface: read }],
  })
}

type Knowing = ReturnType<typeof knowing>

/** What the SDK's composer makes of a method call: the group, the call last. */
function composed(
  signature: string,
  methodArgs: Parameters<AtomicTransactionComposer['addMethodCall']>[0]['methodArgs'],
) {
  const composer = new AtomicTransactionComposer()
  composer.addMethodCall({
    appID: appIndex,
    method: ABIMethod.fromSignature(signature),
    methodArgs: methodArgs ?? [],
    sender: own.text,
    suggestedParams: params,
    signer: makeEmptyTransactionSigner(),
  })
  return composer.buildGroup().map(({ txn }) => txn)
}

function items(transactions: readonly Transaction[]): object[] {
  return transactions.map((one) => ({ txn: base64(one.toByte()) }))
}

function summaryOf(chain: Knowing, transactions: readonly Transaction[]): JsonObject {
  const { intent } = signWith(chain, own, { operation: 'sign:transaction', value: items(transactions) })
  const { transactions: summaries } = intent.summary
  const last: Json | undefined = Array.isArray(summaries) ? summaries.at(-1) : undefined
  if (typeof last !== 'object' || last === null || Array.isArray(last)) throw new Error('no summary')
  return last as JsonObject
}

function callOf(signature: string, ...methodArgs: Parameters<typeof composed>[1] & object): Json | undefined {
  return summaryOf(knowing(signature), composed(signature, methodArgs))['call']
}

function refused(chain: Knowing, transactions: readonly Transaction[]): Refusal {
  return refusalOf(() => signWith(chain, own, { operation: 'sign:transaction', value: items(transactions) }))
}

function call(appArgs: readonly Uint8Array[], more: object = {}): Transaction {
  const fields = { sender: own.address, appIndex, appArgs: [...appArgs], suggestedParams: params }
  return makeApplicationNoOpTxnFromObject({ ...fields, ...more })
}

const selector = (signature: string): Uint8Array => ABIMethod.fromSignature(signature).getSelector()

describe('arguments', () => {
  test.each<readonly [string, ABIValue, Json]>([
    ['uint8', 255, '255'],
    ['uint64', (1n << 64n) - 1n, '18446744073709551615'],
    ['uint512', 1n << 511n, String(1n << 511n)],
    ['ufixed64x2', 314, '314'],
    ['byte', 200, '200'],
    ['bool', true, true],
    ['bool', false, false],
    ['byte[]', new Uint8Array(0), ''],
    ['byte[]', Uint8Array.from([1, 2, 3]), 'AQID'],
    ['byte[4]', Uint8Array.from([1, 2, 3, 4]), 'AQIDBA=='],
    ['string', '', ''],
    ['string', 'Grüße, 世界 🎉', 'Grüße, 世界 🎉'],
    ['address', other.text, other.text],
    ['uint64[]', [], []],
    ['uint64[]', [1n, 2n], ['1', '2']],
    ['uint16[3]', [1, 2, 3], ['1', '2', '3']],
    ['string[]', ['a', ''], ['a', '']],
    ['string[]', [], []],
    [
      'bool[9]',
      Array.from({ length: 9 }, (_, i) => i % 2 === 0),
      [true, false, true, false, true, false, true, false, true],
    ],
    ['byte[][]', [Uint8Array.from([1]), new Uint8Array(0)], ['AQ==', '']],
    ['(uint64,string)', [7n, 'seven'], ['7', 'seven']],
    ['(byte,byte)', [1, 2], ['1', '2']],
    ['(bool,bool,(string,address)[])', [true, false, [['x', other.text]]], [true, false, [['x', other.text]]]],
  ])('%s %s', (type, value, shown) => {
    const signature = `f(${type})void`
    expect(callOf(signature, value)).toEqual({ method: signature, args: { 'argument 1': shown } })
  })

  test('random values of random types are decoded as they were encoded', () => {
    fc.assert(
      fc.property(fc.array(typedValues, { minLength: 0, maxLength: 20 }), (all) => {
        const signature = `f(${all.map(({ type }) => type).join(',')})void`
        const args = Object.fromEntries(all.map(({ shown }, i) => [`argument ${i + 1}`, shown]))
        expect(callOf(signature, ...all.map(({ value }) => value))).toEqual({ method: signature, args })
      }),
      { numRuns: 300 },
    )
  })

  test.each([15, 16, 17, 30])('%i of them, the last ones packed', (count) => {
    const signature = `f(${Array.from({ length: count }, () => 'uint64').join(',')})void`
    const [transaction] = composed(
      signature,
      Array.from({ length: count }, (_, i) => BigInt(i)),
    )
    expect(transaction?.applicationCall?.appArgs.length).toBe(16)
    const { call: shown } = summaryOf(knowing(signature), transaction ? [transaction] : [])
    const args = Object.fromEntries(Array.from({ length: count }, (_, i) => [`argument ${i + 1}`, String(i)]))
    expect(shown).toEqual({ method: signature, args })
  })

  test('by their names, where they have some', () => {
    const method = { name: 'f', args: [{ type: 'uint8', name: 'count' }, { type: 'bool' }], returns: { type: 'void' } }
    const chain = knowingInterface({ name: 'Example', methods: [method] })
    expect(summaryOf(chain, composed('f(uint8,bool)void', [3, true]))['call']).toEqual({
      method: 'f(uint8,bool)void',
      args: { count: '3', 'argument 2': true },
    })
  })
})

describe('references', () => {
  test('accounts, assets and applications by what they name; 0 is the sender and the application itself', () => {
    const signature = 'f(account,account,asset,asset,application,application)void'
    expect(callOf(signature, own.text, other.text, 11, 12, appIndex, 13)).toEqual({
      method: signature,
      args: {
        'argument 1': 'sender',
        'argument 2': other.text,
        'argument 3': '11',
        'argument 4': '12',
        'argument 5': '7',
        'argument 6': '13',
      },
    })
  })

  test('packed with the rest', () => {
    const signature = `f(${Array.from({ length: 15 }, () => 'uint8').join(',')},account,asset)void`
    const numbers = Array.from({ length: 15 }, (_, i) => i)
    expect(callOf(signature, ...numbers, other.text, 11)).toMatchObject({
      args: { 'argument 1': '0', 'argument 16': other.text, 'argument 17': '11' },
    })
  })

  test.each([
    ['account', 2, { accounts: [other.text] }],
    ['account', 1, {}],
    ['asset', 0, {}],
    ['asset', 1, { foreignAssets: [5] }],
    ['application', 1, {}],
  ])('an %s of index %i that is not there', (type, index, lists) => {
    const signature = `f(${type})void`
    const transaction = call([selector(signature), Uint8Array.from([index])], lists)
    expect(refused(knowing(signature), [transaction])).toMatchObject({
      code: 'invalid-payload',
      where: 'transactions[0].txn',
      got: `${type} ${index}`,
    })
  })
})

describe('transactions among the arguments', () => {
  const pay = (): Transaction =>
    makePaymentTxnWithSuggestedParamsFromObject({
      sender: own.address,
      receiver: other.address,
      amount: 5,
      suggestedParams: params,
    })
  const signer = makeEmptyTransactionSigner()

  test('stand before the call', () => {
    const signature = 'buy(pay,uint64,txn)void'
    const group = composed(signature, [{ txn: pay(), signer }, 9, { txn: pay(), signer }])
    expect(group.length).toBe(3)
    expect(summaryOf(knowing(signature), group)['call']).toEqual({ method: signature, args: { 'argument 2': '9' } })
  })

  const deposit = 'deposit(pay)void'
  const chain = knowing(deposit)
  const deposited = (): Transaction => call([selector(deposit)])

  test.each([
    ['missing', [deposited()]],
    ['after it', assignGroupID([deposited(), pay()])],
    ['of another type', assignGroupID([call([], { appIndex: 8 }), deposited()])],
    ['with something between', assignGroupID([pay(), call([], { appIndex: 8 }), deposited()])],
    // Each is on its own: the ledger takes the call without the payment, and the application refuses it.
    ['in no group with it', [pay(), deposited()]],
  ])('%s', (_name, transactions) => {
    const refusal = refused(chain, transactions)
    expect(refusal.code).toBe('invalid-payload')
    expect(refusal.where).toMatch(/^transactions\[\d\]\.txn$/)
  })
})

describe('what is configured is decoded, or it is not signed', () => {
  const signature = 'transfer(address,uint64)void'
  const chain = knowing(signature)
  const to = other.address.publicKey
  const amount = new Uint8Array(8).fill(1)
  const good = [selector(signature), to, amount]

  test('the one they begin with is signed', () => {
    expect(summaryOf(chain, [call(good)])['call']).toMatchObject({ method: signature })
  })

  test.each([
    ['an argument too few', good.slice(0, 2)],
    ['an argument too many', [...good, amount]],
    ['a short number', [...good.slice(0, 2), amount.subarray(1)]],
    ['a long number', [...good.slice(0, 2), new Uint8Array(9)]],
    ['a short address', [selector(signature), to.subarray(1), amount]],
    ['an unknown method', [Uint8Array.from([1, 2, 3, 4]), to, amount]],
    ['three bytes of a selector', [selector(signature).subarray(1), to, amount]],
    ['a selector and more', [Uint8Array.from([...selector(signature), 0]), to, amount]],
  ])('%s', (_name, appArgs) => {
    expect(refused(chain, [call(appArgs)])).toMatchObject({ code: 'invalid-payload' })
  })

  test.each([
    ['a bool that is neither', 'bool', [1]],
    ['bools with a bit that means nothing', 'bool[2]', [0xc1]],
    ['a string of another length', 'string', [0, 9, 65]],
    ['a string that is no UTF-8', 'string', [0, 1, 0xff]],
    ['a list that is too short', 'uint16[]', [0, 2, 0, 1]],
    ['a list that is too long', 'uint16[]', [0, 1, 0, 1, 0, 2]],
    ['half a length', 'uint16[]', [0]],
    ['a tuple whose offsets leave a gap', '(string,uint8)', [0, 4, 7, 9, 0, 1, 65]],
    ['a tuple whose offsets go backwards', '(string,string)', [0, 7, 0, 4, 0, 1, 65, 0, 1, 66]],
    ['nothing', 'uint8', []],
  ])('%s', (_name, type, bytes) => {
    const refusal = refused(knowing(`f(${type})void`), [call([selector(`f(${type})void`), Uint8Array.from(bytes)])])
    expect(refusal).toMatchObject({ code: 'invalid-payload', where: 'transactions[0].txn.appArgs[1]' })
  })

  test('a bare call is told by its OnCompletion alone', () => {
    expect(summaryOf(chain, [call([])])).not.toHaveProperty('call')
  })
})

test('an application that is not configured, or on another network, is shown as it is', () => {
  const appArgs = [Uint8Array.from([1, 2, 3, 4]), Uint8Array.from([5])]
  const boxes = [{ appIndex: 0, name: Uint8Array.from([6]) }]
  const access = [{ address: other.text }, { box: { appIndex: 0, name: Uint8Array.from([6]) } }]
  const shown = { type: 'appl', appIndex: '7', onComplete: 0, appArgs: ['AQIDBA==', 'BQ=='] }
  const lists = { accounts: [other.text], foreignApps: [8], foreignAssets: [9], boxes }
  expect(summaryOf(algorand, [call(appArgs, lists)])).toMatchObject({
    ...shown,
    accounts: [other.text],
    foreignApps: ['8'],
    foreignAssets: ['9'],
    boxes: [{ appIndex: '0', name: 'Bg==' }],
  })
  const seen = summaryOf(algorand, [call(appArgs, { access })])
  expect(seen).toMatchObject({ ...shown, access: [{ address: other.text }, { box: { appIndex: '0', name: 'Bg==' } }] })
  expect(seen).not.toHaveProperty('call')
  const elsewhere = createAlgorand({
    networks: [{ network: testnet }, { network: mainnet }],
    applications: [{ network: mainnet, id: appIndex, interface: { methods: [] } }],
  })
  expect(summaryOf(elsewhere, [call(appArgs)])).not.toHaveProperty('call')
})

describe('interfaces', () => {
  const method = {
    name: 'f',
    args: [{ type: '(uint64,bool)', name: 'pair', struct: 'Pair' }],
    returns: { type: 'void' },
  }

  test('a file as in ARC-56 is read', () => {
    const contract = {
      arcs: [4, 22, 28],
      name: 'Example',
      structs: {
        Pair: [
          { name: 'a', type: 'uint64' },
          { name: 'b', type: 'bool' },
        ],
      },
      methods: [
        { ...method, actions: { create: [], call: ['NoOp'] }, readonly: false, events: [], recommendations: {} },
      ],
      state: { schema: { global: { ints: 0, bytes: 0 }, local: { ints: 0, bytes: 0 } }, keys: {}, maps: {} },
      bareActions: { create: ['NoOp'], call: [] },
    }
    expect(summaryOf(knowingInterface(contract), composed('f((uint64,bool))void', [[1n, true]]))['call']).toEqual({
      method: 'f((uint64,bool))void',
      args: { pair: ['1', true] },
    })
  })

  test.each([
    ['no methods', {}],
    ['methods that are no list', { methods: {} }],
    ['a method without a name', { methods: [{ args: [], returns: { type: 'void' } }] }],
    ['a method of an unknown type', { methods: [{ ...method, args: [{ type: 'uint7' }] }] }],
    ['a method that is text', { methods: ['f()void'] }],
    ['a method that is null', { methods: [null] }],
    // What comes first would hide what comes second.
    ['the same method twice', { methods: [method, { ...method, args: [{ ...method.args[0], name: 'other' }] }] }],
    [
      'two arguments of one name',
      {
        methods: [
          {
            ...method,
            args: [
              { type: 'bool', name: 'a' },
              { type: 'bool', name: 'a' },
            ],
          },
        ],
      },
    ],
  ])('%s', (_name, description) => {
    expect(() => knowingInterface(description)).toThrow(RangeError)
  })
})
