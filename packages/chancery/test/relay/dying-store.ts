/** A store whose process dies: at one of its rounds, before it is written or after, and from there on nothing answers. */
import { Failed } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'

export interface Dying {
  readonly store: Store
  /** Whether it has died. */
  dead(): boolean
  /** Dies at the round that is so many from now on. */
  dieAt(round: number, when: 'before' | 'after'): void
}

export function dying(store: Store): Dying {
  let dead = false
  let rounds = Infinity
  let at: 'before' | 'after' = 'before'
  const gone = () => new Failed('store-unavailable', 'This process is dead')
  const commit: Store['commit'] = async (round, deadline) => {
    if (dead) throw gone()
    dead = --rounds < 0
    if (dead && at === 'before') throw gone()
    const result = await store.commit(round, deadline)
    if (dead) throw gone()
    return result
  }
  const cut = new Proxy(store, {
    get(target, name) {
      if (name === 'commit') return commit
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function' || name === 'close') return member
      return async (...given: unknown[]) => {
        if (dead) throw gone()
        const answer: unknown = await Reflect.apply(member, target, given)
        if (dead) throw gone()
        return answer
      }
    },
  })
  return {
    store: cut,
    dead: () => dead,
    dieAt(round, when) {
      rounds = round
      at = when
    },
  }
}
