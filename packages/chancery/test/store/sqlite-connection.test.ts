/** Deadlines against a thread that does what the test says, when the test says. */
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { Failed } from '../../src/core/errors.ts'
import { cancelled, slots, started } from '../../src/store/sqlite/calls.ts'
import { connect, type Connection } from '../../src/store/sqlite/connection.ts'
import { item, soon, Writer } from '../contract/store/writer.ts'

/** Begins a call, waits at the gate, then answers with the state it found the call in; `break` breaks it at the gate. */
const gatedThread = `
  const { parentPort, workerData } = require('node:worker_threads')
  const states = new Int32Array(workerData.states)
  const gate = new Int32Array(workerData.gate)
  parentPort.on('message', (call) => {
    if (call === 'stop') return parentPort.close()
    const found = Atomics.compareExchange(states, call.slot, 0, 1)
    Atomics.wait(gate, 0, 0)
    if (Atomics.load(gate, 0) === 2) throw new Error('broken')
    parentPort.postMessage({ id: call.id, value: found })
  })
  parentPort.postMessage({ opened: true })`

interface Gated {
  readonly connection: Connection
  readonly states: Int32Array
  readonly fatal: Failed[]
  open(value: 1 | 2): void
}

const opened: Gated[] = []

afterEach(async () => {
  for (const gated of opened.splice(0)) {
    gated.open(1)
    await gated.connection.close()
  }
})

async function gated(): Promise<Gated> {
  const states = new Int32Array(new SharedArrayBuffer(4 * slots))
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(gatedThread, { eval: true, workerData: { states: states.buffer, gate: gate.buffer } })
  const fatal: Failed[] = []
  const connection = await connect(worker, states, systemClock, (error) => fatal.push(error))
  const open = (value: 1 | 2) => {
    Atomics.store(gate, 0, value)
    Atomics.notify(gate, 0)
  }
  const made = { connection, states, fatal, open }
  opened.push(made)
  return made
}

const round = new Writer('s').round([item()])

/** Until the thread has begun a call. */
function begun({ states }: Gated): Promise<boolean> {
  return vi.waitUntil(() => states.includes(started), { timeout: 15_000, interval: 5 })
}

describe('a thread that does not return', () => {
  test('leaves the write it began in doubt, and the one behind it undone', async () => {
    const thread = await gated()
    const first = thread.connection.call('commit', [round], deadlineIn(800, systemClock))
    await begun(thread)
    const behind = thread.connection.call('commit', [round], deadlineIn(20, systemClock))
    await expect(behind).rejects.toMatchObject({ name: 'Failed', code: 'store-unavailable' })
    await expect(first).rejects.toMatchObject({ name: 'Failed', code: 'in-doubt' })
    expect(thread.states.includes(cancelled)).toBe(true)
  })

  test('does not make a read doubtful', async () => {
    const thread = await gated()
    const read = thread.connection.call('fence', [], deadlineIn(300, systemClock))
    await begun(thread)
    await expect(read).rejects.toMatchObject({ name: 'Failed', code: 'store-unavailable' })
  })

  test('is asked again once it returns', async () => {
    const thread = await gated()
    const late = thread.connection.call('commit', [round], deadlineIn(50, systemClock))
    await expect(late).rejects.toMatchObject({ name: 'Failed' })
    thread.open(1)
    expect(await thread.connection.call('highestEpoch', [], soon())).toBe(0)
  })

  test('takes no more calls than it can hold', async () => {
    const thread = await gated()
    const calls = Array.from({ length: slots }, () => thread.connection.call('highestEpoch', [], soon()))
    await expect(thread.connection.call('fence', [], soon())).rejects.toMatchObject({ code: 'overloaded' })
    thread.open(1)
    expect(await Promise.all(calls)).toHaveLength(slots)
    expect(await thread.connection.call('highestEpoch', [], soon())).toBe(0)
  })
})

describe('a thread that breaks', () => {
  test('leaves the write it began in doubt and the others undone, and ends the service', async () => {
    const thread = await gated()
    const first = thread.connection.call('commit', [round], soon())
    await begun(thread)
    const calls = [first, thread.connection.call('commit', [round], soon())]
    thread.open(2)
    const unavailable = { status: 'rejected', reason: { name: 'Failed', code: 'store-unavailable' } }
    const doubtful = { status: 'rejected', reason: { name: 'Failed', code: 'in-doubt' } }
    expect(await Promise.allSettled(calls)).toMatchObject([doubtful, unavailable])
    expect(thread.fatal).toMatchObject([{ name: 'Failed', code: 'store-unavailable' }])
    const later = thread.connection.call('fence', [], soon())
    await expect(later).rejects.toMatchObject({ code: 'store-unavailable' })
  })
})
