/**
 * Keeps lanes moving. Nothing depends on a queued job surviving: every look starts from the rows, so a lost wake-up costs
 * one interval and nothing else.
 */
import { deadlineIn } from '../base/deadline.ts'
import { runLane, type Lane } from './lane.ts'
import type { RelayRooms } from './rooms.ts'
import { openStates } from './row.ts'

export interface Driver {
  start(): void
  wake(lane: Lane): void
  /** Resolves after the next look at any lane. */
  turn(): Promise<void>
  close(): Promise<void>
}

interface Running {
  readonly lane: Lane
  again: boolean
  done: Promise<void>
}

export function createDriver(rooms: RelayRooms): Driver {
  const running = new Map<string, Running>()
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
    run.done = drive(rooms, run, waiting, () => closed).finally(() => running.delete(name))
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
    },
  }
}

async function drive(rooms: RelayRooms, run: Running, waiting: Set<() => void>, closed: () => boolean): Promise<void> {
  while (run.again && !closed()) {
    run.again = false
    try {
      await runLane(rooms, run.lane)
    } catch (error) {
      rooms.onError(error, `lane ${run.lane.network} ${run.lane.sender}`)
    }
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
}
