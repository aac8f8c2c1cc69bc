/** What a signature is for. https://github.com/ethereum/consensus-specs/blob/master/specs/phase0/beacon-chain.md#compute_domain */
import { concat, fromHex, type Hex } from '../../base/bytes.ts'
import { forkData, type forkInfo } from './containers/phase0.ts'
import type { DomainRule } from './duties/duty.ts'
import { isAt } from './forks.ts'
import type { ConsensusNetwork } from './networks.ts'
import { rootOf, type ValueOf } from './ssz/form.ts'
import { hashTwo } from './ssz/merkle.ts'

/** What a request says of forks. */
export type ForkInfo = ValueOf<typeof forkInfo>

/**
 * A request's own versions are believed for duties, so that a fork this build has never heard of is signed; what outlives
 * forks takes its version from the network.
 */
export function domainVersion(
  rule: DomainRule,
  network: ConsensusNetwork,
  epoch: bigint,
  info: ForkInfo | undefined,
): Hex {
  if (rule === 'genesis' || rule === 'change' || info === undefined) return network.forks.phase0.version
  // https://eips.ethereum.org/EIPS/eip-7044: it is the chain's fork that counts, not that of an exit's own, older epoch.
  const { deneb, capella } = network.forks
  if (rule === 'exit' && (isAt(deneb, epoch) || isAt(deneb, info.fork.epoch))) return capella.version
  return epoch < info.fork.epoch ? info.fork.previous_version : info.fork.current_version
}

const zeroRoot: Hex = `0x${'00'.repeat(32)}`
const domainLimit = 1024

/** 32 bytes: the type, and the first 28 of the fork data's root. Kept, because thousands of signatures share one. */
export function domainOf(type: Hex, rule: DomainRule, version: Hex, network: ConsensusNetwork): Uint8Array {
  const { domains } = network
  const name = type + version
  const known = domains.get(name)
  if (known !== undefined) return known
  // Clients choose versions: without a bound one of them could fill the memory.
  if (domains.size >= domainLimit) domains.clear()
  const root = rule === 'genesis' ? zeroRoot : network.genesisValidatorsRoot
  const fork = rootOf(forkData, { current_version: version, genesis_validators_root: root })
  const domain = concat(fromHex(type), fork.subarray(0, 28))
  domains.set(name, domain)
  return domain
}

/** The root of SigningData: of two fields, both 32 bytes. */
export function signingRootOf(objectRoot: Uint8Array, domain: Uint8Array): Uint8Array {
  return hashTwo(objectRoot, domain)
}
