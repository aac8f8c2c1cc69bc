/** What is signed beside transactions, and verified by another library than the one that signed: viem. */
import { verifyMessage, verifyTypedData } from 'viem'
import { viemAccount, type Client } from '../packages/client/src/index.ts'
import { exchange, shop, type Keys } from './keys.ts'
import { must, type Steps } from './steps.ts'
import { network } from './world.ts'

const message = 'Sign in to shop.example, nonce 4711'

const typedData = {
  domain: { name: 'Exchange', version: '1', chainId: 31337, verifyingContract: exchange },
  types: {
    Order: [
      { name: 'maker', type: 'address' },
      { name: 'amount', type: 'uint256' },
      { name: 'nonce', type: 'uint256' },
    ],
  },
  primaryType: 'Order',
  message: { maker: shop, amount: 25n, nonce: 1n },
} as const

export async function signMessages({ step }: Steps, client: Client, { kms, sealed }: Keys): Promise<void> {
  const all = [kms, sealed]
  await step('Both keys sign a message (EIP-191), as accounts of viem, which verifies it', async () => {
    for (const { id, address } of all) {
      const account = await viemAccount(client, id, { network })
      const signature = await account.signMessage({ message })
      must(await verifyMessage({ address, message, signature }), `viem does not verify it for ${address}`)
    }
  })
  await step('Both keys sign typed data (EIP-712) that their rules name, and viem verifies it', async () => {
    for (const { id, address } of all) {
      const account = await viemAccount(client, id, { network })
      const signature = await account.signTypedData(typedData)
      must(await verifyTypedData({ address, ...typedData, signature }), `viem does not verify it for ${address}`)
    }
  })
}
