/** Made-up duties of many validators: most go on from the last, some fight over a slot or a target, some lie around others. */
import { rootOf, type Duty, type Root } from './network.ts'

/** One request: a duty for one key, or for several of the batch route. */
export interface Question {
  readonly keys: readonly Root[]
  readonly duty: Duty
}

interface Next {
  slot: number
  source: number
  target: number
}

/** Keys of one request of the batch route. */
const batchSize = 8

/**
 * @param first the first epoch, and its slots
 * @returns what is asked at once: one request, or rivals of which one must lose
 */
export function questions(keys: readonly Root[], random: () => number, first = 10): () => readonly Question[] {
  const next = new Map(keys.map((key): [Root, Next] => [key, { slot: first * 8, source: first - 1, target: first }]))
  let count = 0
  const pick = () => keys[Math.floor(random() * keys.length)] ?? keys[0]
  const at = (key: Root): Next => next.get(key) ?? { slot: 0, source: 0, target: 0 }
  const rivals = () => (random() < 0.25 ? ['a', 'b'] : ['a'])

  function block(key: Root): readonly Question[] {
    const slot = at(key).slot++
    return rivals().map((name) => ({ keys: [key], duty: { kind: 'block', slot, body: rootOf(`${count} ${name}`) } }))
  }

  function vote(all: readonly Root[]): readonly Question[] {
    const states = all.map(at)
    const target = Math.max(...states.map((state) => state.target))
    const source = Math.max(...states.map((state) => state.source))
    for (const state of states) [state.source, state.target] = [target - 1, target + 1]
    const head = (name: string) => rootOf(`${count} ${name}`)
    const plain: Question[] = rivals().map((name) => ({
      keys: all,
      duty: { kind: 'vote', source, target, head: head(name) },
    }))
    if (random() >= 0.1) return plain
    // Around the one before it: a later target from an earlier source.
    return [
      ...plain,
      { keys: all, duty: { kind: 'vote', source: source - 2, target: target + 1, head: head('around') } },
    ]
  }

  return () => {
    count += 1
    const key = pick()
    if (key === undefined) return []
    const way = random()
    if (way < 0.35) return block(key)
    if (way < 0.8) return vote([key])
    const more = Array.from({ length: Math.min(batchSize, keys.length) }, pick).flatMap((one) => one ?? [])
    return vote([...new Set([key, ...more])])
  }
}
