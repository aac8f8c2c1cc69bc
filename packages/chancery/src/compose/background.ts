/** What goes on by itself: the notary, the witness, news from other processes, and a look at keys in their back-ends. */
import type { Clock } from '../base/clock.ts'
import type { Deadline } from '../base/deadline.ts'
import type { Store } from '../core/store.ts'
import type { WalletWatch } from '../core/watching.ts'
import { longestLook, type OrphanWatch } from '../health/orphans.ts'
import { startJob, type Job, type LeasedRun, type Run } from '../jobs/run.ts'
import type { NoteKey } from '../register/checkpoint.ts'
import { observe, openNotary, segmentsAPass } from '../register/notary.ts'
import type { Witness } from '../register/witness.ts'
import type { House } from './house.ts'
import { createKeyWatch } from './key-watch.ts'
import { countPayments } from './payment-watch.ts'

export interface BackgroundParts {
  readonly house: House
  readonly store: Store
  readonly witness: Witness
  readonly noteKey: NoteKey
  readonly clock: Clock
  readonly holder: string
  onError(error: unknown, about: string): void
  /** A key that changed outside the service: one sentence. */
  alarm(key: string, finding: string): void
  /** Is stopped with the rest. */
  readonly orphanWatch: OrphanWatch
  /** Payments that wait, and when the oldest was accepted. */
  readonly paying: WalletWatch['paying']
}

export interface Background {
  stop(): Promise<void>
}

export function startBackground(parts: BackgroundParts): Background {
  const jobs = jobsOf(parts)
  return { stop: async () => void (await Promise.all([parts.orphanWatch, ...jobs].map((one) => one.stop()))) }
}

const second = 1_000
const minute = 60_000

function jobsOf(parts: BackgroundParts): readonly Job[] {
  const { house, store, witness, noteKey, clock, holder, onError, orphanWatch } = parts
  const keys = () => [...house.state.current().keys.values()].map(({ value }) => value)
  const watchKeys = createKeyWatch({ ...parts, backends: house.backends, keys })
  const notary = openNotary({ store, noteKey, witness })
  const job = (name: string, every: number, work: (run: Run) => Promise<unknown>) =>
    startJob({ name, every, clock, onError, work })
  const notarise = async ({ lease, deadline }: LeasedRun) =>
    (await notary.integrate(lease, deadline)) === segmentsAPass ? 'again' : undefined
  return [
    startJob({ name: 'notary', every: second, clock, onError, lease: { store, holder }, work: notarise }),
    job('witness sync', second, () => witness.sync()),
    job('witness', minute, ({ deadline }) => witnessAll(parts, deadline)),
    job('news', second / 2, async ({ deadline }) => {
      await house.look(deadline)
      await house.state.refreshIfMoved(deadline)
    }),
    job('wallets', minute, ({ deadline, signal }) => house.wallets.finishLeftOver(deadline, signal)),
    job('windows of wallets', minute, ({ deadline }) => house.walletPolicy.look(deadline)),
    job('payments', minute, ({ deadline }) => countPayments(store, parts.paying, deadline)),
    job('sponsors', minute, ({ deadline }) => house.sponsoring.look(deadline)),
    job('key watch', minute, ({ signal }) => watchKeys(signal)),
    startJob({
      name: 'orphans',
      every: 60 * minute,
      limit: longestLook + minute,
      clock,
      onError,
      work: ({ deadline }: Run) => orphanWatch.look(deadline),
    }),
  ]
}

/** The newest checkpoint too, whichever process's notary made it. */
async function witnessAll({ store, witness }: BackgroundParts, deadline: Deadline): Promise<void> {
  await observe({ store, witness }, deadline)
  await witness.persist()
}
