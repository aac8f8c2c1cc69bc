/** A signed group on its way to the ledger, waited for. */
import type { Deadline } from '../base/deadline.ts'
import type { Built } from '../core/accounts.ts'
import type { Signed } from '../core/chain.ts'
import { Failed } from '../core/errors.ts'
import type { LedgerNode } from '../core/node.ts'

/** The node's words are for people; most often an account is short of what it has to hold, to pay or to give. */
const hint = 'See what the accounts of the group hold, and what the node says'

/** One group of which several keys signed their part: each part from whoever signed it. @throws Failed `internal` */
export function signedParts(by: readonly Signed[]): readonly Uint8Array[] {
  const lists = by.map(({ parts = [] }) => parts)
  const [first = []] = lists
  return first.map((_, i) => {
    const part = lists.map((list) => list[i]).find((one) => one !== undefined)
    if (part === undefined) throw new Failed('internal', 'A transaction of the group was signed by nobody')
    return part
  })
}

/**
 * @throws Failed `not-executable` when the ledger will never take it; `in-doubt` when that is not known in time
 */
export async function send(
  node: LedgerNode,
  group: readonly Uint8Array[],
  { id, lastValid }: Pick<Built, 'id' | 'lastValid'>,
  deadline: Deadline,
): Promise<{ readonly round: bigint }> {
  const sent = await node.broadcast(group, deadline)
  // What was not accepted may have been before, by a call that was cut off.
  const settled = sent.accepted ? await node.settled(id, lastValid, deadline) : await node.confirmation(id, deadline)
  if (typeof settled === 'object' && 'round' in settled) return settled
  const got = sent.words ?? (typeof settled === 'object' ? settled.error : settled)
  if (settled === 'pending' || (settled === 'unknown' && sent.accepted)) {
    throw new Failed('in-doubt', `Whether ${id} is confirmed is not known yet`, { particulars: { got } })
  }
  throw new Failed('not-executable', 'The ledger did not take the transaction', {
    particulars: { where: id, got, hint },
  })
}
