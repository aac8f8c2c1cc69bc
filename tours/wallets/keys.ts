/** The methods of the original service, by their names. */
import { ChanceryError, type Client, type Wallet } from '../../packages/client/src/index.ts'
import { command } from '../service.ts'
import { must, type Steps } from '../steps.ts'
import { wordsOf } from './refusing.ts'
import type { World } from './world.ts'

export async function useOldNames(steps: Steps, { home }: World, client: Client): Promise<void> {
  const { step } = steps
  await step('getKeySpecForChain: composed from what chains and key back-ends say of themselves', async (tell) => {
    for (const [asset, options] of [
      ['BTC', { tier: 'native' }],
      ['BTC', { tier: 'hd', addressType: 'p2tr' }],
      ['ETH', { tier: 'datakey' }],
    ] as const) {
      const {
        backend,
        algorithm,
        keySpec = 'no name of its own',
      } = await client.wallets.getKeySpecForChain(asset, options)
      tell(`${asset} ${options.tier}: ${backend} ${algorithm} ${keySpec}`)
    }
  })
  await step('No KMS signs Schnorr, so none is asked for a taproot key', async (tell) => {
    const asked = client.wallets.getKeySpecForChain('BTC', { tier: 'native', addressType: 'p2tr' })
    tell(await refusalOf(asked, 'not-supported'))
  })
  const wallet = await createKmsKey(steps, client)
  await step('signTransactionHash signs no bare hash with the key of a wallet', async (tell) => {
    const { keyId = '' } = JSON.parse(await command(home, 'wallets', 'show', wallet.id, '--json')) as Wallet
    const asked = client.wallets.signTransactionHash(keyId, `0x${'5a'.repeat(32)}`)
    tell(await refusalOf(asked, 'wrong-network'))
  })
}

function createKmsKey({ step }: Steps, client: Client): Promise<Wallet> {
  return step('createKmsKey and getPublicKey: a key in KMS, and the wallet it belongs to', async (tell) => {
    const wallet = await client.wallets.createKmsKey({ userId: 'dave', asset: 'BTC', network: 'testnet' })
    const { algorithm, publicKey } = await client.wallets.getPublicKey(wallet.id)
    must(wallet.tier === 'native' && wallet.publicKey === publicKey, `it is ${wallet.tier} with ${wallet.publicKey}`)
    tell(`${wallet.address}, ${algorithm} ${publicKey}`)
    return wallet
  })
}

async function refusalOf(asked: Promise<unknown>, code: string): Promise<string> {
  const refused = await asked.catch((error: unknown) => error)
  must(refused instanceof ChanceryError && refused.code === code, `it answered ${String(refused)}`)
  return wordsOf(refused)
}
