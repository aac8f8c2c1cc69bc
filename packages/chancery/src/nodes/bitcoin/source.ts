/** What one endpoint answers for a piece of work, in the words of `CoinNode`: the same from each kind of endpoint. */
import type { Deadline } from '../../base/deadline.ts'
import type { CoinNode } from '../../core/node.ts'

type Question = 'coins' | 'received' | 'transaction' | 'feeRate' | 'send' | 'sighting'

/** As in `CoinNode`, with the deadline it was opened for. @throws Failed `node-refused`, Busy, or Error for no answer */
export type Source = {
  readonly [Name in Question]: CoinNode[Name] extends (...given: [...infer Given, Deadline]) => infer Answer
    ? (...given: Given) => Answer
    : never
} & {
  /** The hash of the first block, as people read it. */
  genesis(): Promise<string>
}

export type OpenSource = (deadline: Deadline) => Source

/** The least of several blocks that a source believes to be the newest is passed over: depths are never below one. */
export function depthOf(number: bigint, head: bigint): bigint {
  return head < number ? 1n : head - number + 1n
}
