/** A process that dies: at a round of its store or a question to a key back-end, before it is done or after. */
import type { KeyBackend } from '../../src/core/backend.ts'
import { Failed } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'

type When = 'before' | 'after'

/** Once it is dead nothing answers it. */
export interface Dying {
  readonly store: Store
  /** A key back-end as this process has it. */
  backend(one: KeyBackend): KeyBackend
  /** Whether it has died. */
  dead(): boolean
  /** Dies at the round that is so many from now on. */
  dieAt(round: number, when: When): void
  /** The same of questions: to make a key, to derive one, to sign. */
  dieAtQuestion(question: number, when: When): void
  /** Dies now. */
  die(): void
}

const questionNames = new Set(['create', 'publicKey', 'extendedPublicKey', 'sign', 'signMany'])

export function dying(store: Store): Dying {
  const life: Life = { dead: false }
  const [rounds, questions] = [createFuse(life), createFuse(life)]
  const asked = whileAlive(life)
  return {
    store: mortal(store, (name) => (name === 'close' ? freely : name === 'commit' ? rounds.burn : asked)),
    backend: (one) => mortal(one, (name) => (questionNames.has(name) ? questions.burn : freely)),
    dead: () => life.dead,
    dieAt: rounds.set,
    dieAtQuestion: questions.set,
    die: () => void (life.dead = true),
  }
}

interface Life {
  dead: boolean
}

/** How something is asked. */
type Way = (ask: () => unknown) => unknown

const gone = () => new Failed('store-unavailable', 'This process is dead')
const freely: Way = (ask) => ask()

/** What is under way at its death is done, and not answered. */
function whileAlive(life: Life): Way {
  return async (ask) => {
    if (life.dead) throw gone()
    const answer: unknown = await ask()
    if (life.dead) throw gone()
    return answer
  }
}

/** Burns at each step: at its end the process dies. */
function createFuse(life: Life) {
  let left = Infinity
  let at: When = 'before'
  const burn: Way = async (ask) => {
    if (life.dead) throw gone()
    life.dead = --left < 0
    if (life.dead && at === 'before') throw gone()
    const answer: unknown = await ask()
    if (life.dead) throw gone()
    return answer
  }
  const set = (steps: number, when: When) => {
    left = steps
    at = when
  }
  return { burn, set }
}

/** Each method is asked in the way of its name. */
function mortal<T extends object>(whole: T, wayOf: (name: string) => Way): T {
  return new Proxy(whole, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...given: unknown[]) => wayOf(String(name))((): unknown => Reflect.apply(member, target, given))
    },
  })
}
