/** What `doctor` looks at, part by part. */
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Config } from '../config/config.ts'
import type { LedgerNode } from '../core/node.ts'
import type { Store } from '../core/store.ts'
import {
  clockExamination,
  coreFilesExamination,
  permissionsExamination,
  swapExamination,
  type Examination,
} from '../health/doctor.ts'
import { wellOf } from '../health/finding.ts'
import { keyExamination } from '../health/key-examination.ts'
import type { OrphanWatch } from '../health/orphans.ts'
import { sponsorExamination } from '../health/sponsor-examination.ts'
import { windowsExamination } from '../health/windows-examination.ts'
import type { CoinNetwork, RelayNetwork } from '../relay/rooms.ts'
import { configurationExamination } from './configuration-examination.ts'
import type { House } from './house.ts'
import { storeName } from './parts.ts'
import { certificateExaminations } from './tls.ts'
import { walletExamination, type WalletsExamined } from './wallet-examination.ts'

export interface Examined extends WalletsExamined {
  readonly config: Config
  readonly house: House
  readonly store: Store
  readonly networks: ReadonlyMap<string, RelayNetwork>
  readonly ledgers: ReadonlyMap<string, LedgerNode>
  readonly coinNetworks: ReadonlyMap<string, CoinNetwork>
  readonly clock: Clock
  readonly orphanWatch: OrphanWatch
}

export function examinationsOf(parts: Examined): readonly Examination[] {
  const { config, house, store, clock, orphanWatch } = parts
  const keyFile = 'path' in config.keyEncryption ? [config.keyEncryption.path] : []
  const files = [config.dataDir, join(config.dataDir, storeName), config.witnessFile, ...keyFile]
  return [
    configurationExamination(config),
    ...certificateExaminations(config, clock),
    permissionsExamination(files),
    keyExamination({
      backends: house.backends,
      keys: () => [...house.state.current().keys.values()].map(({ value }) => value),
      serves: (network) => config.networks.some((one) => one.network === network),
      orphanWatch,
    }),
    ...nodeExaminations(parts),
    sponsorExamination({
      ...house.sponsoring,
      sponsors: config.sponsors,
      findKey: (name) => house.state.current().findKey(name),
    }),
    clockExamination(clock, (deadline) => store.time(deadline)),
    walletExamination(parts),
    windowsExamination(clock, (deadline) => store.acceptedGaps(deadline)),
    swapExamination,
    coreFilesExamination(),
    register(parts),
  ]
}

const everythingFrozen = {
  subject: 'signing',
  level: 'warning',
  got: 'all of it is frozen',
  advice:
    'See who did and why: chancery audit tail. A process that misses what it saw does so: accept its gap, then thaw',
} as const

export function nodeExaminations({
  networks,
  ledgers,
  coinNetworks,
}: Pick<Examined, 'networks' | 'ledgers' | 'coinNetworks'>): readonly Examination[] {
  const nodes = [...networks, ...coinNetworks].map(([network, { node }]) => [network, node] as const)
  return [...nodes, ...ledgers].map(([network, node]) => nodeExamination(network, (deadline) => node.check(deadline)))
}

function nodeExamination(network: string, check: (deadline: Deadline) => Promise<void>): Examination {
  return {
    name: `node of ${network}`,
    examine: async (deadline) => {
      await check(deadline)
      return [wellOf(`node of ${network}`, 'answers, and serves that chain')]
    },
  }
}

function register({ house }: Examined): Examination {
  return {
    name: 'register',
    examine: async () => {
      const { behind, fatal, inDoubt, waiting } = house.writer.status()
      if (fatal)
        return [
          {
            subject: 'register',
            level: 'problem',
            got: fatal,
            advice: 'Restart the service; if it happens again, look for a second process on this store',
          },
        ]
      if (behind)
        return [
          {
            subject: 'witness',
            level: 'problem',
            got: behind,
            advice: 'Bring the newer store back, or accept the gap: chancery audit accept-gap --reason "…"',
          },
        ]
      if (inDoubt)
        return [
          {
            subject: 'store',
            level: 'problem',
            got: 'the fate of a commit is unknown',
            advice: 'See whether the store answers',
          },
        ]
      const frozen = house.state.current().halted ? [everythingFrozen] : []
      return [...frozen, wellOf('register', `${waiting} waiting`), wellOf('witness', 'agrees with the store')]
    },
  }
}
