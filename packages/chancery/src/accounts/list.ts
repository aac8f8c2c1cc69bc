/** Accounts with what their ledgers say of them. */
import { chunksOf } from '../base/chunks.ts'
import type { AccountView } from '../core/accounts.ts'
import type { Call } from '../core/call.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Network } from '../core/names.ts'
import type { LedgerAccount } from '../core/node.ts'
import type { Page } from '../core/page.ts'
import { accountOf } from './find.ts'
import { type AccountRooms, hasAccounts } from './rooms.ts'

/** Questions to a node at a time: one that limits its callers would turn away those who pay and hand over as well. */
const abreast = 8

/** In order of key id. A key that may sign for several networks has an account on each. */
export async function list(rooms: AccountRooms, page: Page, call: Call) {
  const mine = [...rooms.state.current().keys.values()]
    .map(({ value }) => value)
    .filter((key) => key.id > (page.after ?? '') && rooms.holdsGrantOn(call.principal, key.id))
    .filter(({ family, state }) => state !== 'purged' && hasAccounts(rooms.chains.get(family)))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const shown = mine.slice(0, page.limit)
  const places = shown.flatMap((key) => networksOf(rooms, key).map((network) => ({ key, network })))
  const accounts: AccountView[] = []
  for (const some of chunksOf(places, abreast)) {
    accounts.push(...(await Promise.all(some.map(({ key, network }) => view(rooms, key, network, call)))))
  }
  const last = shown.at(-1)
  return { accounts, ...(last && mine.length > shown.length && { next: last.id }) }
}

function networksOf(rooms: AccountRooms, { network, family }: KeyRecord): readonly Network[] {
  return network === undefined ? (rooms.chains.get(family)?.networks ?? []) : [network]
}

async function view(rooms: AccountRooms, key: KeyRecord, network: Network, call: Call): Promise<AccountView> {
  const account = accountOf(key)
  const asked = await ask(rooms, network, account, call)
  const { ledger } = asked
  return { key, network, account, ...keptOf(rooms, key, call), ...asked, ...(ledger && finding(key, account, ledger)) }
}

type Asked = { readonly ledger?: LedgerAccount; readonly finding?: string }

/** A node that does not answer hides no key: the list says so beside it. */
async function ask(rooms: AccountRooms, network: Network, account: string, call: Call): Promise<Asked> {
  const node = rooms.ledgers.get(network)
  if (node === undefined) return {}
  try {
    return { ledger: await node.account(account, call.deadline) }
  } catch (error) {
    return { finding: error instanceof Error ? error.message : 'The node did not answer' }
  }
}

/** Whether the ledger agrees that this key signs for the account. */
function finding(key: KeyRecord, account: string, { authority = account }: LedgerAccount): { finding?: string } {
  if (key.handedOver || authority === key.address) return {}
  return { finding: `On its ledger the account is signed for by ${authority}, which is not this key` }
}

function keptOf(rooms: AccountRooms, key: KeyRecord, { principal }: Call): Pick<AccountView, 'kept'> {
  const kept = rooms.backends.get(key.backend)?.describe?.(key.ref)
  return kept && rooms.permits(principal, 'admin', { key: key.id }) ? { kept } : {}
}
