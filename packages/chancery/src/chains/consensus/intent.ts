/** What a request says, decoded. `signingRoot` is what the key signs. */
import type { Intent } from '../../core/chain.ts'
import type { Network } from '../../core/names.ts'
import type { Duty, Message } from './duties/duty.ts'
import type { ConsensusNetwork } from './networks.ts'

interface ConsensusBase extends Intent {
  readonly chain: 'consensus'
  readonly signingRoot: Uint8Array
}

export interface DutyIntent extends ConsensusBase {
  readonly kind: 'duty'
  readonly network: Network
  readonly beacon: ConsensusNetwork
  readonly duty: Duty
  readonly message: Message
}

/** A root whose payload nobody showed, whatever domain it is said to be of (safety rule 20). */
export interface RootIntent extends ConsensusBase {
  readonly kind: 'root'
  readonly operation: 'sign:opaque-root'
}

export type ConsensusIntent = DutyIntent | RootIntent
