/** A voluntary exit as the Remote Signing API asks for one, made here: of the newest fork that is in force. */
import type { AskedExit } from '../../core/chain.ts'
import { farFuture, forkNames } from './forks.ts'
import type { ConsensusNetwork } from './networks.ts'

export function exitValue(beacon: ConsensusNetwork, { epoch, validatorIndex, now }: AskedExit): unknown {
  const last = epoch > now ? epoch : now
  const begun = forkNames
    .map((name) => beacon.forks[name])
    .filter((fork) => fork !== undefined && fork.epoch !== farFuture && fork.epoch <= last)
  const [current, previous = current] = begun.toReversed()
  if (current === undefined || previous === undefined) return undefined
  return {
    type: 'VOLUNTARY_EXIT',
    fork_info: {
      fork: {
        previous_version: previous.version,
        current_version: current.version,
        epoch: String(current.epoch),
      },
      genesis_validators_root: beacon.genesisValidatorsRoot,
    },
    voluntary_exit: { epoch: String(epoch), validator_index: String(validatorIndex) },
  }
}
