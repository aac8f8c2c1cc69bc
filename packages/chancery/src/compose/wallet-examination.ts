/** What `doctor` says of wallets: symbols that the configuration has given to other tokens. */
import type { Secret } from '../base/secret.ts'
import type { Config } from '../config/config.ts'
import type { Chain } from '../core/chain.ts'
import type { Store } from '../core/store.ts'
import type { Examination } from '../health/doctor.ts'
import { problemFrom } from '../health/finding.ts'
import { changedMeanings } from '../wallets/meaning.ts'
import { readingGenuine } from '../wallets/reading.ts'
import { walletSettings } from './wallets.ts'

export interface WalletsExamined {
  readonly config: Pick<Config, 'wallets' | 'assets'>
  readonly chains: readonly Chain[]
  readonly store: Store
  readonly keys: { readonly state: Secret }
}

/** Says nothing where every symbol means what it meant. */
export function walletExamination({ config, chains, store, keys }: WalletsExamined): Examination {
  const rooms = {
    settings: walletSettings(config),
    chains: new Map(chains.map((chain) => [chain.id, chain])),
    store: readingGenuine({ store, stateKey: keys.state }),
  }
  return {
    name: 'wallets',
    examine: async (deadline) =>
      (await changedMeanings(rooms, deadline)).map((changed) => problemFrom('assets', changed)),
  }
}
