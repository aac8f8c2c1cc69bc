/**
 * The store thread. `node:sqlite` blocks the thread it runs in, for as long as an fsync takes; here that hurts nobody's
 * deadline but the store's own.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Refused, type Failed } from '../../core/errors.ts'
import type { Round } from '../../core/store.ts'
import { backup } from './backup.ts'
import {
  cancelled,
  queued,
  started,
  stop,
  type Answer,
  type Call,
  type ErrorAnswer,
  type Method,
  type ThreadData,
} from './calls.ts'
import { checkpoint, openDatabase, type Database } from './database.ts'
import { failedOf, isFatal } from './faults.ts'
import { openInPlace } from './in-place.ts'
import { StoreFault } from './in-transaction.ts'
import { endAll } from './leases.ts'
import { migrate } from './migrations.ts'
import { isBackup, isCommit, isOperation, operationsOf, perform } from './operations.ts'

/** A lease is renewed every second by an idle service too. */
const writes: readonly Method[] = ['commit', 'forgetDuties', 'integrate', 'signCheckpoint', 'lease', 'release']

/**
 * A round writes a few pages and a few more for each item. SQLite's own choice is 1000 pages of -wal file; with four times
 * as many, and a file of 16 MB (32 where pages are of 8 KB), one commit in 300 instead of one in 80 has to wait for a checkpoint.
 */
const pagesBetweenCheckpoints = 4000

interface Thread {
  readonly db: Database
  readonly states: Int32Array
  readonly operations: ReturnType<typeof operationsOf>
  /** The service's clock as of the call in hand. */
  readonly clock: { now: number }
  readonly checkInPlace: () => void
  /** Written since the last checkpoint, about. */
  pages: number
}

const port = parentPort
if (port === null) throw new Error('the store thread runs inside the service')

const answer = (message: Answer) => port.postMessage(message)

function open({ path, states }: ThreadData): Thread {
  const db = openDatabase(path)
  migrate(db)
  // After a failed fsync and a restart the -wal file may be read from memory the disk never saw: write it anew.
  checkpoint(db, 'TRUNCATE')
  endAll(db)
  const clock = { now: 0 }
  const operations = operationsOf(db, () => clock.now)
  return { db, states: new Int32Array(states), operations, clock, checkInPlace: openInPlace(path), pages: 0 }
}

async function serve(thread: Thread, call: Call): Promise<void> {
  if (Atomics.compareExchange(thread.states, call.slot, queued, started) === cancelled) {
    return answer({ id: call.id, value: undefined })
  }
  thread.clock.now = call.now
  try {
    if (isBackup(call)) await backup(thread.db, ...call.args)
    const value = isOperation(call) ? perform(thread.operations, call) : undefined
    if (isCommit(call)) inPlace(thread)
    answer({ id: call.id, value })
    tidy(thread, call)
  } catch (error) {
    fail(thread, call.id, error)
  }
}

/** Committed it is, but to a file that nobody may find again: in doubt, like any failing commit. */
function inPlace(thread: Thread): void {
  try {
    thread.checkInPlace()
  } catch (error) {
    throw new StoreFault(error, 'commit')
  }
}

/** What an import brings dirties many more than a signature: of 3,000 duties some 350, in the table and its indexes. */
function pagesOf({ items }: Round): number {
  const raises = items.flatMap((item) => item.raises ?? [])
  const brought = raises.reduce((sum, { history = [] }) => sum + 3 + history.length / 12, 0)
  return 8 + 4 * items.length + Math.ceil(brought)
}

/** After the answer, so that nobody waits for it. A full disk only leaves the -wal file longer. */
function tidy(thread: Thread, call: Call): void {
  if (!writes.includes(call.method)) return
  thread.pages += isCommit(call) ? pagesOf(call.args[0]) : 8
  if (thread.pages < pagesBetweenCheckpoints) return
  thread.pages = 0
  try {
    checkpoint(thread.db, 'PASSIVE')
  } catch (error) {
    if (isFatal(error)) throw error
  }
}

function fail(thread: Thread, id: number, error: unknown): void {
  const fault = error instanceof StoreFault || error instanceof Refused ? error : new StoreFault(error, 'work')
  const fatal = fault instanceof StoreFault && fault.fatal
  answer({ id, error: described(fault instanceof StoreFault ? fault.failed : fault), fatal })
  if (fatal) port?.close()
}

function described(error: Failed | Refused): ErrorAnswer {
  const { code, message: detail, particulars } = error
  return { refused: error instanceof Refused, code, detail, particulars }
}

function begin(data: ThreadData): void {
  let thread: Thread
  try {
    thread = open(data)
  } catch (error) {
    port?.postMessage({ opened: false, error: described(failedOf(error, 'work')) })
    port?.close()
    return
  }
  port?.on('message', (message: Call | typeof stop) => {
    if (message === stop) return close(thread)
    void serve(thread, message)
  })
  port?.postMessage({ opened: true })
}

function close({ db }: Thread): void {
  db.connection.close()
  port?.close()
}

begin(workerData as ThreadData)
