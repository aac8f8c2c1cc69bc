/**
 * Keeps lanes moving. Nothing depends on a queued job surviving: every look starts from the rows, so a lost wake-up costs
 * one interval and nothing else.
 */
import { deadlineIn } from '../base/deadline.ts'
import type { Lease } from '../core/store.ts'
import { runLane, type Lane } from './lane.ts'
import type { RelayRooms } from './rooms.ts'
import { openStates } from './row.ts'

export interface Driver {
  start(): void
  wake(lane: Lane): void
  /** Resolves after the next look at any lane. */
  turn(): Promise<void>
  /** Ends what is under way and gives the lanes to whoever wants them. */
  close(): Promise<void>
}

const releaseLimit = 1_000

interface Running {
  readonly lane: Lane
  again: boolean
  done: Promise<void>
}

export function createDriver(rooms: RelayRooms): Driver {
  const running = new Map<string, Running>()
  const leases = new Map<string, Lease>()
  const waiting = new Set<() => void>()
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const wake = (lane: Lane) => {
    const name = `${lane.network} ${lane.sender}`
    const found = running.get(name)
    if (found) found.again = true
    else if (!closed) begin(name, lane)
  }
  const begin = (name: string, { network, sender }: Lane) => {
    const run: Running = { lane: { network, sender }, again: true, done: Promise.resolve() }
    running.set(name, run)
    const turned = (lease: Lease | undefined) => {
      if (lease) leases.set(name, lease)
      else leases.delete(name)
      for (const resolve of waiting) resolve()
      waiting.clear()
    }
    run.done = drive(rooms, run, turned, () => closed).finally(() => running.delete(name))
  }
  const look = async () => {
    const lanes = await rooms.store.lanes(openStates, deadlineIn(10_000, rooms.clock)).catch((error: unknown) => {
      rooms.onError(error, 'relay')
      return []
    })
    for (const lane of lanes) wake(lane)
    if (!closed) timer = setTimeout(() => void look(), rooms.interval)
  }
  return {
    start: () => void look(),
    wake,
    turn: () => new Promise((resolve) => void waiting.add(resolve)),
    close: async () => {
      closed = true
      clearTimeout(timer)
      await Promise.all([...running.values()].map(({ done }) => done))
      await Promise.all([...leases.values()].map((lease) => release(rooms, lease)))
    },
  }
}

async function drive(
  rooms: RelayRooms,
  run: Running,
  turned: (lease: Lease | undefined) => void,
  closed: () => boolean,
): Promise<void> {
  while (run.again && !closed()) {
    run.again = false
    turned(await runLane(rooms, run.lane).catch((error: unknown) => failed(rooms, run.lane, error)))
  }
}

function failed(rooms: RelayRooms, { network, sender }: Lane, error: unknown): undefined {
  rooms.onError(error, `lane ${network} ${sender}`)
}

/** Not released, it expires: whoever comes next waits for that. */
async function release(rooms: RelayRooms, lease: Lease): Promise<void> {
  const deadline = deadlineIn(releaseLimit, rooms.clock)
  await rooms.store.release(lease, deadline).catch((error: unknown) => rooms.onError(error, lease.name))
}
