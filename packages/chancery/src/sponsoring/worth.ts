/** What is asked before anything is claimed: would the ledger take it, and does the sponsor have it to give? */
import type { Deadline } from '../base/deadline.ts'
import { Refused } from '../core/errors.ts'
import type { LedgerNode } from '../core/node.ts'
import type { Sponsor, SponsoredGroup, SponsorRequest } from '../core/sponsoring.ts'
import type { Purse } from './purse.ts'

interface Weighed {
  readonly sponsor: Sponsor
  readonly account: string
  readonly node?: LedgerNode
}

/** @throws Refused `invalid-payload`, `not-executable`, `denied`, `limit-reached` */
export async function requireWorth(
  { sponsor, account, node }: Weighed,
  group: SponsoredGroup,
  { inner }: Pick<SponsorRequest, 'inner'>,
  purse: Purse,
  deadline: Deadline,
): Promise<void> {
  if (sponsor.signedOnly) requireSigned(group, 'This sponsor signs last: sign the rest first, around its transaction')
  if (node === undefined) return
  if (sponsor.simulate && (await simulated(node, group, inner, deadline)) === 'confirmed') return
  await purse.requireRoom(sponsor, account, group.fee + group.topUp, node, deadline)
}

/** @throws Refused unless a signature by everyone else is there, and verified */
export function requireSigned({ others, index }: SponsoredGroup, hint: string): void {
  const missing = others.findIndex(({ signedBy }) => signedBy === undefined)
  if (missing === -1) return
  const where = `transactions[${missing < index ? missing : missing + 1}]`
  const particulars = { where, got: 'no signature that could be verified', wanted: 'one', hint }
  throw new Refused('invalid-payload', 'The group is not whole', particulars)
}

/** What would fail costs the sponsor nothing, but uses up its day. What was confirmed before would fail now, and is free. */
async function simulated(
  node: LedgerNode,
  { unsigned, ids, index }: SponsoredGroup,
  declared: number,
  deadline: Deadline,
): Promise<'would' | 'confirmed'> {
  const { would, words, inner } = await node.simulate(unsigned, deadline)
  if (!would) {
    if (await isConfirmed(node, ids[index] ?? '', deadline)) return 'confirmed'
    throw new Refused('not-executable', 'The node says that this group would fail', { ...(words && { got: words }) })
  }
  if (declared <= inner) return 'would'
  const particulars = {
    where: 'innerTransactions',
    got: String(declared),
    wanted: `at most ${inner}, as the node counts`,
  }
  throw new Refused('denied', 'The sponsor pays what a group needs', particulars)
}

async function isConfirmed(node: LedgerNode, id: string, deadline: Deadline): Promise<boolean> {
  const found = await node.confirmation(id, deadline)
  return typeof found === 'object' && 'round' in found
}
