/** A signer of the old kind on the EVM: it holds the wallet's KMS key too, and pays from it with the nonce its node names. */
import type { KMSClient } from '@aws-sdk/client-kms'
import type { RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import type { Hex } from '../../../src/base/bytes.ts'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Anvil } from '../../integration/anvil.ts'
import { network } from '../../integration/house.ts'
import { openKmsSigner } from './kms-signer.ts'
import { payerWith, type Payer } from './payer.ts'

export interface OldSigner extends Payer {
  readonly address: string
  readonly kms: KMSClient
  /** The signed transaction, sent nowhere. */
  sign(value: JsonObject): Promise<Hex>
  close(): void
}

const chain = createEvm({ networks: [{ network }], assets: [] })

export async function startOldSigner(emulator: RunningEmulator, anvil: Anvil, keyArn: string): Promise<OldSigner> {
  const { kms, publicKey, sign } = await openKmsSigner(emulator, keyArn, chain, network)
  const address = chain.address(publicKey)
  const payNow = async (to: string, amount: bigint): Promise<Hex> => {
    const nonce = Number(await anvil.rpc('eth_getTransactionCount', address, 'pending'))
    const fees = { gas: 21_000, maxFeePerGas: '20000000000', maxPriorityFeePerGas: '1' }
    const raw = await sign({ type: 2, nonce, to, value: String(amount), ...fees })
    const hash = (await anvil.rpc('eth_sendRawTransaction', raw)) as Hex
    while ((await anvil.rpc('eth_getTransactionReceipt', hash)) === null);
    return hash
  }
  return { address, kms, sign, ...payerWith(payNow), close: () => kms.destroy() }
}
