/** One request through the chain, as the flow does it. */
import { createConsensus } from '../../../src/chains/consensus/chain.ts'
import type { DutyIntent } from '../../../src/chains/consensus/intent.ts'
import { fromHex, toHex, type Hex } from '../../../src/base/bytes.ts'
import type { Chain, SignRequestBody } from '../../../src/core/chain.ts'
import type { Facts } from '../../../src/core/facts.ts'
import type { PublicKey } from '../../../src/core/key.ts'
import { duties } from '../../../src/chains/consensus/duties/duties.ts'
import type { ConsensusIntent } from '../../../src/chains/consensus/intent.ts'

export const consensus = createConsensus({
  networks: ['mainnet', 'sepolia', 'hoodi', 'gnosis', 'chiado'].map((name) => ({ network: `beacon:${name}` as const })),
})

export const mainnetRoot: Hex = '0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95'

/** The key of the examples of the Remote Signing API. */
export const publicKey: PublicKey = {
  algorithm: 'bls12-381',
  bytes: fromHex('0x8f82597c919c056571a05dfe83e6a7d32acf9ad8931be04d11384e95468cd68b40129864ae12745f774654bbac09b057'),
}

export const mainnetForkInfo = {
  fork: { previous_version: '0x05000000', current_version: '0x06000000', epoch: '411392' },
  genesis_validators_root: mainnetRoot,
} as const

export interface Body {
  readonly [name: string]: unknown
  readonly type: string
}

/** The operation is that of the body's type; where there is no such type, any. */
export function requestOf(value: Body, network?: SignRequestBody['network']): SignRequestBody {
  const operation = duties.get(String(value.type).toUpperCase())?.operation ?? 'sign:attestation'
  return { operation, value, publicKey, ...(network && { network }) }
}

export function parsed(
  value: Body,
  network?: SignRequestBody['network'],
  chain: Chain<ConsensusIntent> = consensus,
): DutyIntent {
  const intent = chain.parse(requestOf(value, network))
  if (intent.kind === 'duty') return intent
  throw new Error('it is no duty')
}

export function signingRoot(value: Body, network?: SignRequestBody['network']): Hex {
  return toHex(parsed(value, network).signingRoot)
}

export function factsOf(value: Body, network?: SignRequestBody['network']): Facts {
  return consensus.facts(parsed(value, network), publicKey)
}
