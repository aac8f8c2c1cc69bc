/** Payments to addresses as a node shows them, whether their coins are spent by now or not. */
import type { Deadline } from '../../base/deadline.ts'
import { sideBySide } from '../../base/side-by-side.ts'
import type { FoundPayment } from '../../core/node.ts'
import type { CoinNetwork } from '../rooms.ts'

const atOnce = 8

/**
 * One of each address that was paid, in a block where the node names such. Its whole transaction was read, and pays there: one
 * that nobody has, or that pays somebody else, is left out. That a block holds it is the node's word, and one who makes up a
 * whole transaction is believed: docs/bitcoin.md says what comes of that.
 */
export async function received(
  { node, coins }: Pick<CoinNetwork, 'node' | 'coins'>,
  addresses: readonly string[],
  deadline: Deadline,
): Promise<readonly FoundPayment[]> {
  const said = await node.received(addresses, deadline)
  const named = addresses.flatMap((address) => oneOf(said.filter((payment) => payment.address === address)))
  const read = await sideBySide(named, atOnce, async ({ txid, address }) => {
    const transaction = await node.transaction(txid, deadline)
    return transaction !== undefined && coins.pays(transaction, address, node.network)
  })
  return named.filter((_, i) => read[i])
}

function oneOf(said: readonly FoundPayment[]): readonly FoundPayment[] {
  const one = said.find(({ inBlock }) => inBlock) ?? said[0]
  return one === undefined ? [] : [one]
}
