/** Whoever signed for these wallets before: keys in the same KMS account, asked by the AWS SDK and nothing else. */
import { CreateKeyCommand, GetPublicKeyCommand, SignCommand, type KMSClient } from '@aws-sdk/client-kms'
import { createPublicKey } from 'node:crypto'
import { hexToBigInt, keccak256, recoverAddress, serializeTransaction, toHex, type Hex } from 'viem'
import { publicKeyToAddress } from 'viem/accounts'
import { must } from '../steps.ts'
import type { Chains } from './chains.ts'

export interface OldWallet {
  readonly keyArn: string
  readonly address: Hex
}

/** Tagged as the service wants it of keys that it is to take into use. */
export async function oldWallet(kms: KMSClient, installation: string): Promise<OldWallet> {
  const Tags = [{ TagKey: 'chancery:owner', TagValue: installation }]
  const made = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY', Tags }))
  const KeyId = made.KeyMetadata?.Arn ?? ''
  const { PublicKey = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId }))
  const { x = '', y = '' } = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' }).export({
    format: 'jwk',
  })
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return { keyArn: KeyId, address: publicKeyToAddress(toHex(point)) }
}

/** Signs and sends. @returns the signed transaction, as it was broadcast */
export async function payAsBefore(
  kms: KMSClient,
  { node, id }: Chains['ethereum'],
  { keyArn, address }: OldWallet,
  payment: { readonly to: Hex; readonly value: bigint },
): Promise<Hex> {
  const nonce = Number(await node.rpc('eth_getTransactionCount', address, 'latest'))
  const transaction = {
    type: 'eip1559',
    chainId: Number(id.slice('eip155:'.length)),
    nonce,
    gas: 21_000n,
    maxFeePerGas: 4_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
    ...payment,
  } as const
  const digest = keccak256(serializeTransaction(transaction))
  const Message = Buffer.from(digest.slice(2), 'hex')
  const asked = { KeyId: keyArn, Message, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' } as const
  const { Signature = new Uint8Array() } = await kms.send(new SignCommand(asked))
  const raw = serializeTransaction(transaction, await signatureFor(address, digest, Signature))
  must((await node.rpc('eth_sendRawTransaction', raw)) === keccak256(raw), 'the node calls it otherwise')
  return raw
}

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** KMS gives either s, and no parity. */
async function signatureFor(address: Hex, hash: Hex, der: Uint8Array) {
  const [r, high] = integersIn(der)
  const s = high > order / 2n ? order - high : high
  for (const yParity of [0, 1]) {
    const signature = { r: toHex(r, { size: 32 }), s: toHex(s, { size: 32 }), yParity }
    if ((await recoverAddress({ hash, signature })) === address) return signature
  }
  throw new Error('the signature is by another key')
}

/** Of a sequence of two integers, each shorter than 128 bytes. */
function integersIn(der: Uint8Array): readonly [bigint, bigint] {
  const first = der[3] ?? 0
  const second = der[5 + first] ?? 0
  const at = (start: number, length: number) => hexToBigInt(toHex(der.subarray(start, start + length)))
  return [at(4, first), at(6 + first, second)]
}
