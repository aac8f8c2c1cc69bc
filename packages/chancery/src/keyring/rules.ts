/** A key's rules, as versioned data. */
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import type { Chain } from '../core/chain.ts'
import { Refused } from '../core/errors.ts'
import type { KeyKind } from '../core/key.ts'
import { opaqueOperations, type Operation } from '../core/names.ts'
import { noRules, type Rules } from '../core/rules.ts'
import type { Versioned } from '../core/state.ts'
import { findKey } from './find.ts'
import { chainOf } from './new-key.ts'
import type { KeyringRooms } from './rooms.ts'

export async function rules(rooms: KeyringRooms, name: string, call: Call): Promise<Versioned<Rules>> {
  const { value } = findKey(rooms, name, 'keys:read', call)
  // As the judge does: a validator's duties are allowed until somebody says otherwise.
  const usual = rooms.chains.get(value.family)?.usualRules ?? noRules
  return rooms.state.current().rules.get(value.id) ?? { version: 0, value: ofKind(value.kind, usual) }
}

/** What is shown can be put: of a chain's usual rules, what a key of this kind may do at all. */
function ofKind(kind: KeyKind, usual: Rules): Rules {
  return { ...usual, operations: usual.operations.filter((operation) => suits(kind, operation)) }
}

export async function putRules(
  rooms: KeyringRooms,
  name: string,
  value: Rules,
  expect: number,
  call: Call,
): Promise<Versioned<Rules>> {
  const { value: key } = findKey(rooms, name, 'admin', call)
  const normal = normaliseRules(chainOf(rooms, key.family), value)
  refuseMixedKinds(key.kind, normal)
  if (normal.operations.length > 0) await rooms.refuseRulesUnderWallets(key, call.deadline)
  const puts = [{ kind: 'rules', id: key.id, value: normal, expect }] as const
  // In full: a decision of the past names the version it was made by, and only here it stays to be read.
  const about = { key: key.id, version: expect + 1, rules: { ...normal } }
  const after = await rooms.state.change(
    { actor: actorOf(call.principal), action: 'rules.put', about, puts },
    call.deadline,
  )
  return after.rules.get(key.id) ?? { version: 0, value: noRules }
}

/** Addresses in the chain's one text form, hashes and selectors in lower case: comparing text then compares what is meant. */
function normaliseRules(chain: Chain, value: Rules): Rules {
  const address = (text: string, where: string) => (text === '*' ? text : chain.parseAddress(text, where))
  const contract = (text: string, where: string) =>
    text === '*' ? text : (chain.parseContract ?? chain.parseAddress)(text, where)
  const all = (texts: readonly string[], where: string) => texts.map((text, i) => address(text, `${where}[${i}]`))
  return {
    ...value,
    recipients: value.recipients === '*' ? '*' : all(value.recipients, 'recipients'),
    delegates: all(value.delegates, 'delegates'),
    calls: value.calls.map((call, i) => ({
      contract: contract(call.contract, `calls[${i}].contract`),
      selector: call.selector.toLowerCase(),
    })),
    typedData: value.typedData.map((one, i) => ({
      contract: contract(one.contract, `typedData[${i}].contract`),
      type: one.type.toLowerCase(),
    })),
  }
}

/** Safety rule 14: an opaque key signs digests and nothing else; a decoded key never signs one. */
function refuseMixedKinds(kind: KeyKind, { operations }: Rules): void {
  const wrong = operations.find((operation) => !suits(kind, operation))
  if (wrong === undefined) return
  const bare = opaqueOperations.join(' or ')
  const wanted = kind === 'opaque' ? `${bare} only` : `anything but ${bare}`
  throw new Refused('invalid-request', `This key is ${kind}`, { where: 'operations', got: wrong, wanted })
}

const suits = (kind: KeyKind, operation: Operation): boolean =>
  opaqueOperations.includes(operation) === (kind === 'opaque')
