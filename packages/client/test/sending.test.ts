/** Accounts and signers as programs use them: the library asks a real node for what is missing, has it signed and sends it. */
import { AbstractSigner, JsonRpcProvider, type Signer, type TransactionRequest } from 'ethers'
import { createPublicClient, createWalletClient, http } from 'viem'
import { foundry } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAnvil, type Anvil } from '../../chancery/test/integration/anvil.ts'
import { ethersSigner, viemAccount } from '../src/index.ts'
import { signingClient } from './evm-service.ts'

const to = '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045'
const storageKey = `0x${'01'.repeat(32)}` as const
const accessList = [{ address: to, storageKeys: [storageKey] }]

let anvil: Anvil

beforeAll(async () => {
  anvil = await startAnvil()
})

afterAll(() => anvil.close())

describe("viem's sendTransaction", () => {
  test.each<[string, string, object]>([
    ['of no type', 'eip1559', {}],
    ['of type 2', 'eip1559', { type: 'eip1559' }],
    ['of type 2 with an access list', 'eip1559', { accessList }],
    ['of type 1', 'eip2930', { type: 'eip2930', accessList }],
    ['of type 0', 'legacy', { type: 'legacy' }],
    ['with a gas price alone', 'legacy', { gasPrice: 3_000_000_000n }],
  ])('%s is mined', async (_, type, more) => {
    const transport = http(anvil.url.href)
    const account = await viemAccount(signingClient(), 'treasury')
    const wallet = createWalletClient({ account, chain: foundry, transport })
    const hash = await wallet.sendTransaction({ to, value: 5n, ...more })
    const node = createPublicClient({ chain: foundry, transport, pollingInterval: 20 })
    expect(await node.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success', type })
    const mined = await node.getTransaction({ hash })
    const listed = (mined.accessList ?? []).flatMap(({ storageKeys }) => storageKeys)
    expect([mined.value, listed]).toEqual([5n, 'accessList' in more ? [storageKey] : []])
  })
})

describe("ethers' sendTransaction", () => {
  test.each<[string, number, TransactionRequest]>([
    ['of no type', 2, {}],
    ['of type 2 with an access list', 2, { accessList }],
    ['of type 1', 1, { type: 1, accessList }],
    ['of type 0', 0, { type: 0 }],
    ['with a gas price alone, of which ethers makes both fees', 2, { gasPrice: 3_000_000_000n }],
  ])('%s is mined', async (_, type, more) => {
    const provider = new JsonRpcProvider(anvil.url.href, undefined, {
      polling: true,
      pollingInterval: 20,
      cacheTimeout: -1,
    })
    try {
      const signer: Signer = await ethersSigner(AbstractSigner, signingClient(), 'treasury', { provider })
      const sent = await signer.sendTransaction({ to, value: 5n, ...more })
      expect(await sent.wait()).toMatchObject({ status: 1, type })
    } finally {
      provider.destroy()
    }
  })
})
