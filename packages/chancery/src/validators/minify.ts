/** From everything a validator signed to the one row that protects it: the largest of each number (EIP-3076, minification). */
import type { Hex } from '../base/bytes.ts'
import {
  protectionScope,
  type LastAttestation,
  type LastBlock,
  type ProtectionRaise,
  type ProtectionRow,
} from '../core/protection.ts'
import type { ValidatorHistory } from './history.ts'

/** Nothing that all of the history would forbid is allowed by the row; of the history itself nothing is lost. */
export function minify(
  histories: readonly ValidatorHistory[],
  genesisValidatorsRoot: Hex,
): ProtectionRaise | undefined {
  const [first] = histories
  if (first === undefined) return undefined
  const scope = protectionScope(first.publicKey, genesisValidatorsRoot)
  const blocks = histories.flatMap((history) => history.blocks)
  const attestations = histories.flatMap((history) => history.attestations)
  return { ...rowOf(scope, blocks, attestations), history: [...blocks, ...attestations] }
}

function rowOf(scope: string, blocks: readonly LastBlock[], attestations: readonly LastAttestation[]): ProtectionRow {
  const block = lastBlock(blocks)
  const attestation = lastAttestation(attestations)
  return { scope, ...(block && { block }), ...(attestation && { attestation }) }
}

function lastBlock(blocks: readonly LastBlock[]): LastBlock | undefined {
  if (blocks.length === 0) return undefined
  const slot = blocks.reduce((most, block) => (block.slot > most ? block.slot : most), 0n)
  return { slot, ...sharedRoot(blocks.filter((block) => block.slot === slot)) }
}

/**
 * Source and target each by itself: they may come from two attestations, and then nobody has signed exactly these. A root
 * belongs to them only where every vote for the target is the same one.
 */
function lastAttestation(attestations: readonly LastAttestation[]): LastAttestation | undefined {
  if (attestations.length === 0) return undefined
  let [source, target] = [0n, 0n]
  for (const one of attestations) {
    if (one.source > source) source = one.source
    if (one.target > target) target = one.target
  }
  const votes = attestations.filter((one) => one.target === target)
  const exact = votes.every((one) => one.source === source)
  return { source, target, ...(exact && sharedRoot(votes)) }
}

/** Two roots for one number are two things that were signed: then neither may be signed again. */
function sharedRoot(items: readonly { readonly root?: Hex }[]): { readonly root?: Hex } {
  const [first] = items
  const shared = first?.root !== undefined && items.every(({ root }) => root === first.root)
  return shared ? { root: first.root } : {}
}
