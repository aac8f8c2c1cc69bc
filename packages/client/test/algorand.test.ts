import {
  assignGroupID,
  AtomicTransactionComposer,
  decodeSignedTransaction,
  generateAccount,
  makeBasicAccountTransactionSigner,
  makePaymentTxnWithSuggestedParamsFromObject,
  type SuggestedParams,
  type Transaction,
  type TransactionSigner,
  verifyBytes,
} from 'algosdk'
import { describe, expect, test } from 'vitest'
import { algorandSigner, ChanceryError } from '../src/index.ts'
import { local, signingService, testnet } from './algorand-service.ts'

const suggestedParams: SuggestedParams = {
  fee: 1000n,
  minFee: 1000n,
  flatFee: true,
  firstValid: 1000n,
  lastValid: 2000n,
  genesisID: 'testnet-v1.0',
  genesisHash: Buffer.from('SGO1GKSzyE7IEPItTxCByw9x8FmnrCDexi9/cOUJOiI=', 'base64'),
}
const user = generateAccount()

function payment(amount: number, more: { sender?: Transaction['sender']; params?: Partial<SuggestedParams> } = {}) {
  return makePaymentTxnWithSuggestedParamsFromObject({
    sender: more.sender ?? local.addr,
    receiver: user.addr,
    amount,
    suggestedParams: { ...suggestedParams, ...more.params },
  })
}

const payments = (count: number) => Array.from({ length: count }, (_, amount) => payment(amount))
const signedLocally = (transactions: readonly Transaction[]) => transactions.map((one) => one.signTxn(local.sk))

async function open(...given: Parameters<typeof signingService>) {
  const { client, requests } = signingService(...given)
  return { signer: await algorandSigner(client, { key: 'sponsor', network: testnet }), requests }
}

test('the address is the one of the key', async () => {
  expect((await open()).signer.address).toBe(local.addr.toString())
})

describe('the same bytes as algosdk with the key itself', () => {
  test('A-07: one transaction', async () => {
    const { signer } = await open()
    expect(await signer.signTransaction(payment(5))).toEqual(payment(5).signTxn(local.sk))
  })

  test('A-08: a batch is one request and keeps its order', async () => {
    const { signer, requests } = await open()
    expect(await signer.signTransactions(payments(16))).toEqual(signedLocally(payments(16)))
    expect(requests).toHaveLength(1)
  })

  test('a longer batch is split, and keeps its order', async () => {
    const { signer, requests } = await open()
    expect(await signer.signTransactions(payments(35))).toEqual(signedLocally(payments(35)))
    expect(requests.map(({ value }) => Array.isArray(value) && value.length)).toEqual([16, 16, 3])
  })

  test('groups are never split, whatever stands between', async () => {
    const [first, second] = [assignGroupID(payments(12)), assignGroupID(payments(9))]
    const mixed = [...first.slice(0, 6), payment(70), ...second, payment(71), ...first.slice(6)]
    const { signer, requests } = await open()
    expect(await signer.signTransactions(mixed)).toEqual(signedLocally(mixed))
    expect(requests.map(({ value }) => Array.isArray(value) && value.length)).toEqual([12, 2, 9])
  })

  test('bytes of any length', async () => {
    const { signer } = await open()
    for (const bytes of [new Uint8Array(), Uint8Array.of(0, 255), new TextEncoder().encode('héllo')]) {
      expect(verifyBytes(bytes, await signer.signBytes(bytes), local.addr)).toBe(true)
    }
  })
})

describe('AtomicTransactionComposer', () => {
  // Nothing is sent: its signatures are gathered, and that asks nothing of a node.
  test.each([1, 2, 16])('a group of %i', async (count) => {
    const { signer, requests } = await open()
    const composer = new AtomicTransactionComposer()
    // The type is part of the promise: algosdk takes it wherever it takes a signer.
    const by: TransactionSigner = signer.signer
    for (const txn of payments(count)) composer.addTransaction({ txn, signer: by })
    const signed = await composer.gatherSignatures()
    expect(signed).toEqual(signedLocally(composer.buildGroup().map(({ txn }) => txn)))
    expect(requests).toHaveLength(1)
  })

  test('a group with somebody else in it is sent whole, and only its own are signed', async () => {
    const { signer, requests } = await open()
    const composer = new AtomicTransactionComposer()
    const theirs = makeBasicAccountTransactionSigner(user)
    composer.addTransaction({ txn: payment(1, { sender: user.addr, params: { fee: 0n } }), signer: theirs })
    composer.addTransaction({ txn: payment(2, { params: { fee: 2000n } }), signer: signer.signer })
    composer.addTransaction({ txn: payment(3, { sender: user.addr, params: { fee: 0n } }), signer: theirs })
    const signed = await composer.gatherSignatures()
    const group = composer.buildGroup().map(({ txn }) => txn)
    expect(signed).toEqual(group.map((txn, i) => txn.signTxn(i === 1 ? local.sk : user.sk)))
    expect(requests.map(({ value }) => value)).toEqual([
      group.map((txn, i) => ({
        txn: Buffer.from(txn.toByte()).toString('base64'),
        ...(i === 1 ? {} : { signers: [] }),
      })),
    ])
  })
})

describe('an account that was rekeyed to the key', () => {
  const account = generateAccount().addr

  test('is the address, and its transactions name the key', async () => {
    const { signer } = await open({ accounts: [account.toString()] })
    expect(signer.address).toBe(account.toString())
    const transaction = payment(5, { sender: account })
    const signed = await signer.signTransaction(transaction)
    expect(signed).toEqual(transaction.signTxn(local.sk))
    expect(decodeSignedTransaction(signed).sgnr?.toString()).toBe(local.addr.toString())
  })

  test('leaves the key its own account', async () => {
    const { signer } = await open({ accounts: [account.toString()] })
    expect(await signer.signTransaction(payment(5))).toEqual(payment(5).signTxn(local.sk))
  })
})

describe('refused by the service, with its code', () => {
  test.each([
    [
      'another network',
      'wrong-network',
      [payment(1, { params: { genesisID: 'mainnet-v1.0', genesisHash: new Uint8Array(32).fill(1) } })],
    ],
    ["somebody else's transaction", 'invalid-payload', [payment(1, { sender: user.addr })]],
    ['a part of a group', 'invalid-payload', assignGroupID(payments(3)).slice(1)],
    ['a group in another order', 'invalid-payload', assignGroupID(payments(3)).toReversed()],
  ] as const)('%s', async (_, code, transactions) => {
    const { signer } = await open()
    const refused = await signer.signTransactions(transactions).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ChanceryError)
    expect(refused).toMatchObject({ code, where: expect.stringContaining('transactions[0].txn') })
  })
})

describe('an answer that is not what was asked for is not handed on', () => {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const answering = (result: object) => open({}, () => ({ result: { ...result } }))
  const sound = payment(5).signTxn(local.sk)

  test.each([
    ['another transaction', { transactions: [base64(payment(6).signTxn(local.sk))] }],
    ['a longer one', { transactions: [base64(Uint8Array.from([...sound, 0]))] }],
    ['one under another authority', { transactions: [base64(payment(5, { sender: local.addr }).signTxn(user.sk))] }],
    ['bytes cut short', { transactions: [base64(sound.subarray(0, -1))] }],
    ['no signature', { transactions: [null] }],
    ['no base64', { transactions: ['§'] }],
    ['one too many', { transactions: [base64(sound), base64(sound)] }],
    ['nothing', {}],
  ])('%s', async (_, result) => {
    const { signer } = await answering(result)
    await expect(signer.signTransaction(payment(5))).rejects.toMatchObject({ code: 'unreadable', status: 200 })
  })

  test.each([{ signature: base64(new Uint8Array(63)) }, { signature: 1 }, {}])('signature %j', async (result) => {
    const { signer } = await answering(result)
    await expect(signer.signBytes(new Uint8Array(1))).rejects.toMatchObject({ code: 'unreadable' })
  })
})

test('a place without a transaction is the mistake of the caller', async () => {
  const { signer, requests } = await open()
  await expect(signer.signer([payment(1)], [1])).rejects.toThrow(RangeError)
  expect(requests).toEqual([])
})

test('nothing to sign asks for nothing', async () => {
  const { signer, requests } = await open()
  expect(await signer.signer(assignGroupID(payments(2)), [])).toEqual([])
  expect(requests).toEqual([])
})

test('a key without an Algorand address is no signer', async () => {
  const { client } = signingService({ address: '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045' })
  await expect(algorandSigner(client, { key: 'hot', network: testnet })).rejects.toThrow(TypeError)
})
