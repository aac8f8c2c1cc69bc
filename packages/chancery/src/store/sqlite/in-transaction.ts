import type { Database } from './database.ts'
import { failedOf, isFatal, type Stage } from './faults.ts'

/** What the thread answers with; `fatal` means that nothing more is to be read or written in this process. */
export class StoreFault extends Error {
  override readonly name = 'StoreFault'

  constructor(cause: unknown, stage: Stage) {
    super('the store failed', { cause })
    this.failed = failedOf(cause, stage)
    this.fatal = isFatal(cause)
  }

  readonly failed
  readonly fatal: boolean
}

/** Commits when `keep` says so, else leaves everything as it was. @throws StoreFault */
export function inTransaction<T>(db: Database, keep: (result: T) => boolean, work: () => T): T {
  let stage: Stage = 'work'
  try {
    db.exec('BEGIN IMMEDIATE')
    const result = work()
    stage = keep(result) ? 'commit' : 'work'
    db.exec(stage === 'commit' ? 'COMMIT' : 'ROLLBACK')
    return result
  } catch (error) {
    if (db.connection.isTransaction) abandon(db)
    throw new StoreFault(error, stage)
  }
}

/** The first error is the one to report; a rollback that fails leaves a transaction the next BEGIN will trip over. */
function abandon(db: Database): void {
  try {
    db.exec('ROLLBACK')
  } catch {
    // The caller reports the error that brought us here.
  }
}
