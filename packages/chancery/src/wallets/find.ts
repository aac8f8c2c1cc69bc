/** Which wallet a name means, for a caller who may know. */
import { isId } from '../base/id.ts'
import type { Call } from '../core/call.ts'
import { Refused } from '../core/errors.ts'
import type { KeyId, Network, Operation } from '../core/names.ts'
import type { WalletRow, WalletState } from '../core/wallet-store.ts'
import type { WalletRooms } from './rooms.ts'

/** An absent wallet and one the caller may not see are alike (safety rule 21). @throws Refused `not-found`, `denied` */
export async function findWallet(
  rooms: Pick<WalletRooms, 'store' | 'chains' | 'permits' | 'requirePermit'>,
  name: string,
  operation: Operation,
  call: Call,
): Promise<WalletRow> {
  const row = isId('wal', name) ? await rooms.store.wallet(name, call.deadline) : await atAddress(rooms, name, call)
  const sees = row !== undefined && anyRight.some((right) => rooms.permits(call.principal, right, aboutOf(row)))
  if (!sees) throw new Refused('not-found', 'No wallet by this name, or no right to see it', { where: 'wallet' })
  rooms.requirePermit(call.principal, operation, aboutOf(row))
  return row
}

/** Rights on the key of one wallet say nothing of another's. One that is being made may have no key yet. */
export function aboutOf({ network, key }: WalletRow): { readonly network: Network; readonly key?: KeyId } {
  return { network, ...(key && { key }) }
}

const anyRight: readonly Operation[] = [
  'wallets:read',
  'wallets:create',
  'wallets:delete',
  'withdraw',
  'sweep',
  'admin',
]

/** By any of its addresses, on whichever network that is. @throws Refused `not-found` for what is no address */
async function atAddress(
  rooms: Pick<WalletRooms, 'store' | 'chains'>,
  address: string,
  { deadline }: Call,
): Promise<WalletRow | undefined> {
  const readings = readingsOf(rooms, address)
  if (readings.size === 0) throw nameless()
  for (const [network, text] of readings) {
    const row = await rooms.store.walletAt(network, text, deadline)
    if (row !== undefined) return row
  }
  return undefined
}

/** A text that names no wallet whoever asks. It is not repeated: it may be anything that was pasted by mistake. */
function nameless(): Refused {
  return new Refused('not-found', 'This is neither the id of a wallet nor an address on a network that is served', {
    where: 'wallet',
    wanted: 'wal_ and 26 characters, or one of its addresses',
    hint: 'GET /v1/addresses/{asset}/{address} says what is wrong with an address',
  })
}

/** Where a text is an address, in the one form that rows have: people write some in capitals, or without a checksum. */
export function readingsOf({ chains }: Pick<WalletRooms, 'chains'>, text: string): ReadonlyMap<Network, string> {
  const all = [...chains.values()].flatMap((chain) => (chain.natives ?? []).map(({ network }) => ({ chain, network })))
  const found = all.filter(({ chain, network }) => chain.readAddress?.(text, network).valid === true)
  return new Map(found.map(({ chain, network }) => [network, chain.parseAddress(text, 'address', network)]))
}

/** @throws Refused `wallet-state` */
export function requireState(row: WalletRow, ...states: readonly WalletState[]): WalletRow {
  if (states.includes(row.state)) return row
  throw new Refused('wallet-state', 'The wallet is not in a state that allows this', {
    got: row.state,
    wanted: states.join(' or '),
  })
}
