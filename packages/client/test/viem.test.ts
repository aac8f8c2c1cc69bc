import { createWalletClient, custom, serializeTransaction, type LocalAccount, type TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { mainnet } from 'viem/chains'
import { describe, expect, test } from 'vitest'
import { viemAccount } from '../src/index.ts'
import { privateKey, signingClient } from './evm-service.ts'

const local = privateKeyToAccount(privateKey)
// The type is part of the promise: viem takes it wherever it takes an account.
const account: LocalAccount = await viemAccount(signingClient(), 'treasury')

const recipient = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'
const common = { chainId: 1, nonce: 7, to: recipient, value: 10n ** 18n, gas: 60_000n } as const

const typedData = {
  domain: {
    name: 'Ether Mail',
    version: '1',
    chainId: 1,
    verifyingContract: '0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC',
  },
  types: {
    Person: [
      { name: 'name', type: 'string' },
      { name: 'wallet', type: 'address' },
    ],
    Mail: [
      { name: 'from', type: 'Person' },
      { name: 'amount', type: 'uint256' },
      { name: 'contents', type: 'bytes' },
    ],
  },
  primaryType: 'Mail',
  message: {
    from: { name: 'Cow', wallet: '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826' },
    amount: 2n ** 200n,
    contents: '0x0102',
  },
} as const

test('address and public key are those of the key', () => {
  expect([account.address, account.publicKey, account.type]).toEqual([local.address, local.publicKey, 'local'])
})

describe('the same bytes as viem with the key itself', () => {
  test.each([
    ['1559', { ...common, type: 'eip1559', maxFeePerGas: 30n ** 7n, maxPriorityFeePerGas: 1n }],
    ['1559 without its type', { ...common, maxFeePerGas: 30n ** 7n, maxPriorityFeePerGas: 1n }],
    [
      '1559 with a gas price beside the fees',
      { ...common, type: 'eip1559', maxFeePerGas: 9n, maxPriorityFeePerGas: 1n, gasPrice: 7n },
    ],
    [
      '1559 without its type, with a gas price beside the fees',
      { ...common, maxFeePerGas: 9n, maxPriorityFeePerGas: 1n, gasPrice: 7n },
    ],
    ['legacy with an empty access list', { ...common, type: 'legacy', gasPrice: 7n, accessList: [] }],
    [
      '2930',
      {
        ...common,
        type: 'eip2930',
        gasPrice: 7n,
        accessList: [{ address: recipient, storageKeys: [`0x${'01'.repeat(32)}`] }],
      },
    ],
    ['legacy', { ...common, type: 'legacy', gasPrice: 7n }],
    [
      'legacy, creating a contract',
      { chainId: 1, nonce: 0, gas: 100_000n, type: 'legacy', gasPrice: 0n, data: '0x6001' },
    ],
  ] as const)('transaction: %s', async (_, transaction) => {
    const given = transaction as TransactionSerializable
    expect(await account.signTransaction(given)).toBe(await local.signTransaction(given))
  })

  test.each(['hello', 'héllo 👋', { raw: '0x00ff' }, { raw: Uint8Array.of(0, 255) }] as const)(
    'message %j',
    async (message) => {
      expect(await account.signMessage({ message })).toBe(await local.signMessage({ message }))
    },
  )

  test('typed data with a bigint', async () => {
    expect(await account.signTypedData(typedData)).toBe(await local.signTypedData(typedData))
  })
})

test('a serializer of the chain says what to sign, and the service reads it', async () => {
  const transaction = { ...common, type: 'eip1559', maxFeePerGas: 9n, maxPriorityFeePerGas: 1n } as const
  const signed = await account.signTransaction(transaction, { serializer: serializeTransaction })
  expect(signed).toBe(await local.signTransaction(transaction))
})

test('serves a wallet client', async () => {
  const request = () => Promise.reject(new Error('nothing is asked of a node'))
  const wallet = createWalletClient({ account, chain: mainnet, transport: custom({ request }) })
  expect(await wallet.signTypedData(typedData)).toBe(await local.signTypedData(typedData))
  expect(await wallet.signMessage({ message: 'hello' })).toBe(await local.signMessage({ message: 'hello' }))
})

test.each([
  ['blobs', { ...common, type: 'eip4844', blobs: ['0x00'], maxFeePerBlobGas: 1n }],
  ['an authorization list', { ...common, type: 'eip7702', authorizationList: [] }],
  ['no chain id', { nonce: 1, gas: 1n, gasPrice: 1n }],
])('a transaction with %s is not signed as something else', async (_, transaction) => {
  const { signTransaction } = await viemAccount(signingClient(), 'treasury')
  await expect(signTransaction(transaction)).rejects.toThrow(TypeError)
})

test.each([
  [
    'an access list',
    { type: 'legacy', gasPrice: 7n, accessList: [{ address: recipient, storageKeys: [] }] },
    'accessList',
  ],
  ['capped fees', { type: 'legacy', gasPrice: 7n, maxFeePerGas: 9n }, 'maxFeePerGas'],
  ['no capped fees', { type: 'eip1559', gasPrice: 7n }, 'maxPriorityFeePerGas'],
])('a type of transaction with %s is refused by name', async (_, particular, member) => {
  const { signTransaction } = await viemAccount(signingClient(), 'treasury')
  await expect(signTransaction({ ...common, ...particular })).rejects.toThrow(
    expect.objectContaining({ where: `transaction.${member}` }),
  )
})

test('only an opaque key signs bare digests', async () => {
  expect(account.sign).toBeUndefined()
  const opaque = await viemAccount(signingClient({ kind: 'opaque' }), 'treasury')
  const hash = `0x${'4a'.repeat(32)}` as const
  expect(await opaque.sign?.({ hash })).toBe(await local.sign({ hash }))
})

test('a key without an EVM address is no account', async () => {
  await expect(viemAccount(signingClient({ address: 'bc1q0' }), 'treasury')).rejects.toThrow(TypeError)
})
