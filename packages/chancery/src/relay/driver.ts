/**
 * Keeps lanes moving. Nothing depends on a queued job surviving: every look starts from the rows, so a lost wake-up costs
 * one interval and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { deadlineIn } from '../base/deadline.ts'
import type { Lease } from '../core/store.ts'
import type { Remembered } from './coins/lane.ts'
import { runLane, type Lane } from './lane.ts'
import { createPauses } from './pauses.ts'
import type { RelayRooms } from './rooms.ts'
import { laneName, openStates } from './row.ts'

export interface Driver {
  start(): void
  wake(lane: Lane): void
  /** Resolves after the next look at any lane. */
  turn(): Promise<void>
  /** Ends what is under way and gives the lanes to whoever wants them. */
  close(): Promise<void>
}

const releaseLimit = 1_000
/** A node that does not answer is not waited for: whatever a lane was at, the rows say. */
const closeLimit = 3_000
interface Running {
  readonly lane: Lane
  again: boolean
  done: Promise<void>
}

export function createDriver(rooms: RelayRooms): Driver {
  const running = new Map<string, Running>()
  const leases = new Map<string, Lease>()
  const waiting = new Set<() => void>()
  /** Lanes. What is newly sent looks at once. */
  const failing = createPauses(rooms)
  const remembered: Remembered = { waits: createPauses(rooms), looks: new Map() }
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const wake = (lane: Lane) => {
    const name = laneName(lane)
    const found = running.get(name)
    if (found) found.again = true
    else if (!closed) begin(name, lane)
  }
  const begin = (name: string, { network, sender }: Lane) => {
    const run: Running = { lane: { network, sender }, again: true, done: Promise.resolve() }
    running.set(name, run)
    const holds = (lease: Lease | undefined) => void (lease ? leases.set(name, lease) : leases.delete(name))
    const turned = (ok: boolean) => {
      failing.told(name, ok)
      for (const resolve of waiting) resolve()
      waiting.clear()
    }
    const turn = () => runLane(rooms, run.lane, holds, () => closed, remembered)
    run.done = drive(rooms, run, turn, turned, () => closed).finally(() => running.delete(name))
  }
  const look = async () => {
    const lanes = await rooms.store.lanes(openStates, deadlineIn(10_000, rooms.clock)).catch((error: unknown) => {
      rooms.onError(error, 'relay')
      return []
    })
    // One that is under way is not looked at once more for it: should it fail, it pauses.
    const idle = (name: string) => !running.has(name) && failing.over(name)
    // Their turn has come, however soon after the last look its own end made it.
    for (const name of remembered.looks.keys()) if (!running.has(name)) remembered.looks.delete(name)
    for (const lane of lanes) if (idle(laneName(lane))) wake(lane)
    if (!closed) timer = setTimeout(() => void look(), rooms.interval)
  }
  return {
    start: () => void look(),
    wake,
    turn: () => new Promise((resolve) => void waiting.add(resolve)),
    close: async () => {
      closed = true
      clearTimeout(timer)
      const ended = Promise.all([...running.values()].map(({ done }) => done))
      await Promise.race([ended, sleep(closeLimit, undefined, { ref: false })])
      await Promise.all([...leases.values()].map((lease) => release(rooms, lease)))
    },
  }
}

async function drive(
  rooms: RelayRooms,
  run: Running,
  turn: () => Promise<boolean>,
  turned: (ok: boolean) => void,
  closed: () => boolean,
): Promise<void> {
  while (run.again && !closed()) {
    run.again = false
    try {
      if (await turn()) run.again = true
      turned(true)
    } catch (error) {
      rooms.onError(error, laneName(run.lane))
      turned(false)
    }
  }
}

/** Not released, it expires: whoever comes next waits for that. */
async function release(rooms: RelayRooms, lease: Lease): Promise<void> {
  const deadline = deadlineIn(releaseLimit, rooms.clock)
  await rooms.store.release(lease, deadline).catch((error: unknown) => rooms.onError(error, lease.name))
}
