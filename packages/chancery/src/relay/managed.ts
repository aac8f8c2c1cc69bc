/** Whose nonces the relay hands out: nobody else chooses one of theirs (safety rule 9). */
import { deadlineIn, type Deadline } from '../base/deadline.ts'
import type { Network } from '../core/names.ts'
import { readingGenuine } from './genuine.ts'
import { laneName, openStates } from './row.ts'
import type { ManagedSenders, RelayRooms } from './rooms.ts'

type Rooms = Pick<RelayRooms, 'store' | 'stateKey' | 'networks' | 'clock'>

/** Those the store knows: to be found before anybody signs. @throws Failed store faults */
export async function findManaged({ store, stateKey, networks, clock }: Rooms): Promise<ManagedSenders> {
  const genuine = readingGenuine(store, stateKey)
  const lanes = await genuine.lanes([...openStates, 'final', 'failed'], deadlineIn(10_000, clock))
  const names = new Set(lanes.map(laneName))
  /** A process beside this one may have taken on a transaction of this sender since we looked. */
  const isManagedElsewhere = async (network: Network, sender: string, deadline: Deadline): Promise<boolean> => {
    if (!store.shared || !networks.has(network)) return false
    return (await genuine.transactions({ network, sender }, { limit: 1 }, deadline)).length > 0
  }
  return {
    async has(network, sender, deadline) {
      const name = laneName({ network, sender })
      if (!names.has(name) && (await isManagedElsewhere(network, sender, deadline))) names.add(name)
      return names.has(name)
    },
    add: (lane) => void names.add(laneName(lane)),
  }
}
