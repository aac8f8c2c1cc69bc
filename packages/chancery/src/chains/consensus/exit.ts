/** A voluntary exit as the Remote Signing API asks for one, made here: of the fork its epoch is in. */
import { farFuture, forkNames } from './forks.ts'
import type { ConsensusNetwork } from './networks.ts'

export interface Exit {
  readonly epoch: bigint
  readonly validatorIndex: bigint
}

export function exitValue(beacon: ConsensusNetwork, { epoch, validatorIndex }: Exit): unknown {
  const begun = forkNames
    .map((name) => beacon.forks[name])
    .filter((fork) => fork !== undefined && fork.epoch !== farFuture && fork.epoch <= epoch)
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
