/** One request through the chain and the curve, as the flow does it. */
import type { Chain, Signed, SignRequestBody } from '../../../src/core/chain.ts'
import type { Facts } from '../../../src/core/facts.ts'
import type { PublicKey } from '../../../src/core/key.ts'
import type { Payload } from '../../../src/core/payload.ts'
import { createEvm, type EvmIntent } from '../../../src/chains/evm/chain.ts'
import { secp256k1 } from '../../../src/curves/secp256k1.ts'
import { publicKeyOf, sign } from '../../../src/curves/secp256k1/sign.ts'

export const usdt = '0xdAC17F958D2ee523a2206206994597C13D831ec7'
export const dai = '0x6B175474E89094C44Da98b954EedeAC495271d0F'

export const evm = createEvm({
  networks: [{ network: 'eip155:1' }, { network: 'eip155:11155111' }],
  assets: [
    { asset: 'eip155:1/slip44:60' },
    { asset: `eip155:1/erc20:${usdt}` },
    { asset: `eip155:1/erc20:${dai.toLowerCase()}` },
  ],
})

export function keyOf(privateKey: Uint8Array): PublicKey {
  return secp256k1.publicKey(publicKeyOf(privateKey))
}

interface Run {
  readonly intent: EvmIntent
  readonly facts: Facts
  readonly payload: Payload
  readonly signed: Signed
}

/** The network is `eip155:1` unless the request names another, or names `undefined`. */
export function signWith(
  chain: Chain<EvmIntent>,
  privateKey: Uint8Array,
  request: Omit<SignRequestBody, 'publicKey' | 'network'> & {
    readonly network?: SignRequestBody['network'] | undefined
  },
): Run {
  const publicKey = keyOf(privateKey)
  const network = 'network' in request ? request.network : 'eip155:1'
  const { operation, value } = request
  const intent = chain.parse({ operation, value, publicKey, ...(network === undefined ? {} : { network }) })
  const [payload] = chain.payloads(intent, 'key_test')
  if (payload === undefined) throw new Error('no payload')
  const raw = { encoding: 'compact', bytes: sign(privateKey, payload.bytes) } as const
  const signature = secp256k1.normalise(raw, payload.bytes, publicKey)
  if (!secp256k1.verify(signature, payload.bytes, publicKey)) throw new Error('the signature does not verify')
  return { intent, facts: chain.facts(intent, publicKey), payload, signed: chain.assemble(intent, [signature]) }
}
