/** A signer of the old kind: it holds the wallet's KMS key too, and pays from it with the nonce its node names. */
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms'
import type { RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import { toHex, type Hex } from '../../../src/base/bytes.ts'
import { createEvm } from '../../../src/chains/evm/chain.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Anvil } from '../../integration/anvil.ts'
import { network } from '../../integration/house.ts'

export interface OldSigner {
  readonly address: string
  readonly kms: KMSClient
  /** The signed transaction, sent nowhere. */
  sign(value: JsonObject): Promise<Hex>
  /** Once in a block; undefined, at once and for certain, while it is stopped. */
  pay(to: string, amount: bigint): Promise<Hex | undefined>
  /** Resolves when what it took on is in a block. */
  stop(): Promise<void>
  start(): void
  close(): void
}

const chain = createEvm({ networks: [{ network }], assets: [] })

export async function startOldSigner(emulator: RunningEmulator, anvil: Anvil, keyArn: string): Promise<OldSigner> {
  const kms = new KMSClient({ endpoint: emulator.url, region: emulator.region })
  const { PublicKey = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId: keyArn }))
  const publicKey = secp256k1.publicKey(PublicKey)
  const address = chain.address(publicKey)
  let stopped = false
  let queue: Promise<unknown> = Promise.resolve()

  const sign = async (value: JsonObject): Promise<Hex> => {
    const intent = chain.parse({ operation: 'sign:transaction', network, value, publicKey })
    const digest = chain.payloads(intent, 'key_0')[0]?.bytes ?? new Uint8Array()
    const how = { MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const
    const { Signature = new Uint8Array() } = await kms.send(new SignCommand({ KeyId: keyArn, Message: digest, ...how }))
    const signature = secp256k1.normalise({ encoding: 'der', bytes: Signature }, digest, publicKey)
    return toHex(chain.assemble(intent, [signature]).raw ?? new Uint8Array())
  }
  const payNow = async (to: string, amount: bigint): Promise<Hex> => {
    const nonce = Number(await anvil.rpc('eth_getTransactionCount', address, 'pending'))
    const fees = { gas: 21_000, maxFeePerGas: '20000000000', maxPriorityFeePerGas: '1' }
    const raw = await sign({ type: 2, nonce, to, value: String(amount), ...fees })
    const hash = (await anvil.rpc('eth_sendRawTransaction', raw)) as Hex
    while ((await anvil.rpc('eth_getTransactionReceipt', hash)) === null);
    return hash
  }
  return {
    address,
    kms,
    sign,
    pay: async (to, amount) => {
      if (stopped) return undefined
      const paid = queue.then(() => payNow(to, amount))
      queue = paid.catch(() => undefined)
      return paid
    },
    stop: async () => {
      stopped = true
      await queue
    },
    start: () => void (stopped = false),
    close: () => kms.destroy(),
  }
}
