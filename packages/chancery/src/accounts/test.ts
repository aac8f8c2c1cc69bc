/** A payment of nothing to itself: shows that a key signs what its ledger takes. */
import type { AccountTest, Accounts } from '../core/accounts.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import { isoTime } from '../base/clock.ts'
import { accountOf, chainOf, findAccountKey, ledgerOf, networkOf } from './find.ts'
import type { AccountRooms } from './rooms.ts'
import { send, signedParts } from './send.ts'

export async function test(
  rooms: AccountRooms,
  name: string,
  how: Parameters<Accounts['test']>[1],
  call: Call,
): Promise<AccountTest> {
  const { value: key } = findAccountKey(rooms, name, call)
  if (key.handedOver)
    throw new Refused('key-state', 'Its account was handed to another key: test that one', { got: key.id })
  const chain = chainOf(rooms, key)
  const network = networkOf(chain, key, how.network)
  const node = how.submit ? ledgerOf(rooms, network) : rooms.ledgers.get(network)
  const account = accountOf(key)
  const parameters = node ? await node.parameters(call.deadline) : chain.accounts.unsent(network)
  const note = `chancery test ${isoTime(rooms.clock.now())}`
  const built = chain.accounts.toSelf({ account, network, parameters, note })
  const request = { key: key.id, operation: 'sign:transaction', network, value: built.transactions } as const
  const { signed } = await rooms.signing.signOwn(request, call, {
    purpose: 'account-test',
    right: 'admin',
    rules: built.rules,
  })
  const tested = { account, network, id: built.id, signed: signed.result }
  return node && how.submit ? { ...tested, ...(await send(node, signedParts([signed]), built, call.deadline)) } : tested
}
