import { AbstractSigner, Transaction, Wallet, type Provider, type Signer } from 'ethers'
import { describe, expect, test } from 'vitest'
import { ethersSigner } from '../src/index.ts'
import { privateKey, signingClient } from './evm-service.ts'

const wallet = new Wallet(privateKey)
// The type is part of the promise: ethers takes it wherever it takes a signer.
const signer: Signer = await ethersSigner(AbstractSigner, signingClient(), 'treasury')

const to = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'
const common = { chainId: 1n, nonce: 7, to, value: 10n ** 18n, gasLimit: 60_000n, data: '0x' }

test('the address is that of the key', async () => {
  expect(await signer.getAddress()).toBe(wallet.address)
})

describe('the same bytes as a wallet with the key itself', () => {
  test.each([
    ['1559', { ...common, type: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n }],
    [
      '2930',
      { ...common, type: 1, gasPrice: 7n, accessList: [{ address: to, storageKeys: [`0x${'01'.repeat(32)}`] }] },
    ],
    ['legacy', { ...common, type: 0, gasPrice: 7n }],
    ['from itself', { ...common, type: 0, gasPrice: 7n, from: wallet.address }],
  ])('transaction: %s', async (_, transaction) => {
    expect(await signer.signTransaction(transaction)).toBe(await wallet.signTransaction(transaction))
  })

  test('a Transaction, with its members behind accessors', async () => {
    const transaction = Transaction.from({ ...common, type: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n })
    expect(await signer.signTransaction(transaction)).toBe(await wallet.signTransaction(transaction))
  })

  test.each(['hello', Uint8Array.of(0, 255)])('message %j', async (message) => {
    expect(await signer.signMessage(message)).toBe(await wallet.signMessage(message))
  })

  test('typed data', async () => {
    const domain = { name: 'Ether Mail', chainId: 1n, verifyingContract: '0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC' }
    const types = {
      Mail: [
        { name: 'to', type: 'Person[]' },
        { name: 'amount', type: 'uint256' },
      ],
      Person: [{ name: 'wallet', type: 'address' }],
    }
    const value = { to: [{ wallet: to }], amount: 2n ** 200n }
    expect(await signer.signTypedData(domain, types, value)).toBe(await wallet.signTypedData(domain, types, value))
  })
})

test('connected, it populates and sends as every signer does', async () => {
  const sent: string[] = []
  const provider = {
    getNetwork: () => Promise.resolve({ chainId: 1n }),
    getTransactionCount: () => Promise.resolve(3),
    estimateGas: () => Promise.resolve(30_000n),
    getFeeData: () => Promise.resolve({ gasPrice: 9n, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n }),
    broadcastTransaction: (raw: string) => Promise.resolve(sent.push(raw)),
  } as unknown as Provider
  const connected = signer.connect(provider)
  expect(connected.provider).toBe(provider)
  await connected.sendTransaction({ to: { getAddress: () => Promise.resolve(to) }, value: 1n })
  expect(sent.map((raw) => Transaction.from(raw))).toMatchObject([
    { from: wallet.address, nonce: 3, value: 1n, type: 2 },
  ])
})

test.each([
  ['blobs', { ...common, type: 3, blobs: ['0x00'], maxFeePerBlobGas: 1n }],
  ['another sender', { ...common, type: 0, gasPrice: 1n, from: to }],
])('a transaction with %s is not signed as something else', async (_, transaction) => {
  await expect(signer.signTransaction(transaction)).rejects.toThrow(TypeError)
})
