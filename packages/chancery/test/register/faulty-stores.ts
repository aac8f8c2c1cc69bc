/** Stores that misbehave, named for what they do. Each wraps a real one. */
import type { Deadline } from '../../src/base/deadline.ts'
import { Failed } from '../../src/core/errors.ts'
import type { Round, RoundResult, Store } from '../../src/core/store.ts'

type Commit = (round: Round, deadline: Deadline) => Promise<RoundResult>

function committing(store: Store, commit: Commit): Store {
  return { ...store, commit }
}

export interface Switch {
  on: boolean
}

/** Commits, and then says that it does not know. */
export function losingAnswers(store: Store, lost: Switch): Store {
  return committing(store, async (round, deadline) => {
    const result = await store.commit(round, deadline)
    if (!lost.on) return result
    lost.on = false
    throw new Failed('in-doubt', 'the answer was lost')
  })
}

/** Never commits while it is on, and says that it does not know. */
export function losingRequests(store: Store, lost: Switch): Store {
  return committing(store, async (round, deadline) => {
    if (!lost.on) return store.commit(round, deadline)
    lost.on = false
    throw new Failed('in-doubt', 'the request was lost')
  })
}

/** Says that it does not know, and commits that round just before the next one: the writer has asked in between. */
export function landingLate(store: Store, late: Switch): Store {
  return holdingBack(store, late, () => Promise.reject(new Failed('in-doubt', 'the connection broke')))
}

/** Says nothing, and commits that round just before the next one. */
export function landingUnheard(store: Store, late: Switch): Store {
  return holdingBack(store, late, () => new Promise<never>(() => {}))
}

function holdingBack(store: Store, late: Switch, answer: () => Promise<RoundResult>): Store {
  let landing: (() => Promise<unknown>) | undefined
  return committing(store, async (round, deadline) => {
    if (late.on) {
      late.on = false
      landing = () => store.commit(round, { ...deadline, at: deadline.at + 60_000 })
      return answer()
    }
    await landing?.()
    landing = undefined
    return store.commit(round, deadline)
  })
}

/** Does nothing while it is off, and says so. */
export function failing(store: Store, works: Switch): Store {
  return committing(store, async (round, deadline) => {
    if (works.on) return store.commit(round, deadline)
    throw new Failed('store-unavailable', 'the store is not there')
  })
}

/** Answers nothing while it is on, whatever the deadline; what was asked in the meantime is never done. */
export function hanging(store: Store, hangs: Switch): Store {
  const never = new Promise<never>(() => {})
  return {
    ...store,
    commit: (round, deadline) => (hangs.on ? never : store.commit(round, deadline)),
    segmentHash: (position, deadline) => (hangs.on ? never : store.segmentHash(position, deadline)),
  }
}

/** Answers `committed` and writes nothing. */
export function lying(store: Store, lies: Switch): Store {
  return committing(store, async (round, deadline) => {
    if (!lies.on) return store.commit(round, deadline)
    return { status: 'committed', items: round.items.map(() => ({ signatures: [] })) }
  })
}

/** Holds every commit back until it is let go, and keeps what was sent. */
export function gated(store: Store) {
  const rounds: Round[] = []
  let open: (() => void) | undefined
  let gate = Promise.resolve()
  const wrapped = committing(store, async (round, deadline) => {
    rounds.push(round)
    await gate
    return store.commit(round, deadline)
  })
  const shut = () => {
    ;({ promise: gate, resolve: open } = Promise.withResolvers<void>())
  }
  return { store: wrapped, rounds, shut, release: () => open?.() }
}
