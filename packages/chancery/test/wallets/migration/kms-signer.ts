/** How a service of the old kind signs: with the wallet's KMS key, asked for each digest of a transaction. */
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms'
import type { RunningEmulator } from '../../../../aws-emulator/src/index.ts'
import { toHex, type Hex } from '../../../src/base/bytes.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { Chain } from '../../../src/core/chain.ts'
import type { PublicKey } from '../../../src/core/key.ts'
import type { Network } from '../../../src/core/names.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'

export interface KmsSigner {
  readonly kms: KMSClient
  readonly publicKey: PublicKey
  /** The signed transaction, sent nowhere. */
  sign(value: JsonObject): Promise<Hex>
}

export async function openKmsSigner(
  { url: endpoint, region }: RunningEmulator,
  KeyId: string,
  chain: Chain,
  network: Network,
): Promise<KmsSigner> {
  const kms = new KMSClient({ endpoint, region })
  const { PublicKey: spki = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  const publicKey = secp256k1.publicKey(spki)
  const signed = async (digest: Uint8Array) => {
    const how = { MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const
    const { Signature: bytes = new Uint8Array() } = await kms.send(new SignCommand({ KeyId, Message: digest, ...how }))
    return secp256k1.normalise({ encoding: 'der', bytes }, digest, publicKey)
  }
  const sign = async (value: JsonObject) => {
    const intent = chain.parse({ operation: 'sign:transaction', network, value, publicKey })
    const signatures = await Promise.all(chain.payloads(intent, 'key_0').map(({ bytes }) => signed(bytes)))
    return toHex(chain.assemble(intent, signatures).raw ?? new Uint8Array())
  }
  return { kms, publicKey, sign }
}
