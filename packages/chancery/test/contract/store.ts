/** What every store must do. Each test starts with an empty one. */
import { afterEach, beforeEach, describe } from 'vitest'
import { changeTests } from './store/changes.ts'
import { deadlineTests } from './store/deadlines.ts'
import { guardTests } from './store/guards.ts'
import { keptTests } from './store/kept.ts'
import { leaseTests } from './store/leases.ts'
import type { Current, Opened } from './store/opened.ts'
import { protectionTests } from './store/protection.ts'
import { raceTests } from './store/races.ts'
import { registerTests } from './store/register.ts'
import { roundTests } from './store/rounds.ts'
import { transactionTests } from './store/transactions.ts'
import { treeTests } from './store/tree.ts'
import { walletTests } from './store/wallets.ts'
import { windowTests } from './store/windows.ts'

export function storeContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name} keeps the store contract`, () => {
    let opened: Opened | undefined
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(async () => {
      await opened?.close()
      opened = undefined
    })
    const current = (): Opened => {
      if (opened === undefined) throw new Error('the store is not open')
      return opened
    }
    for (const tests of suites) tests(current)
  })
}

const suites: readonly ((current: Current) => void)[] = [
  roundTests,
  changeTests,
  guardTests,
  windowTests,
  protectionTests,
  keptTests,
  transactionTests,
  walletTests,
  registerTests,
  treeTests,
  leaseTests,
  deadlineTests,
  raceTests,
]
