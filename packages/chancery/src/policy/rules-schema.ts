/**
 * A rules document, from JSON or YAML, made into rules. Closed: what is not known here is refused, with the nearest right
 * name. Addresses stay as written; the chain brings them to its one text form when the rules are put.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { nearest } from '../base/nearest.ts'
import { Refused } from '../core/errors.ts'
import {
  isNetwork,
  isSignOperation,
  operations,
  type AssetId,
  type Network,
  type SignOperation,
} from '../core/names.ts'
import { noRules, type Rules } from '../core/rules.ts'

const longestList = 10_000

/**
 * A member that is absent allows nothing.
 * @throws Refused `invalid-request` with where, got and wanted
 */
export function parseRules(document: Json): Rules {
  const members = closedObject(document, '', Object.keys(noRules))
  return {
    operations: parseList(members['operations'], 'operations', parseOperation),
    networks: parseList(members['networks'], 'networks', parseNetwork),
    recipients: members['recipients'] === '*' ? '*' : parseList(members['recipients'], 'recipients', parseName),
    maximums: parseAmounts(members['maximums'], 'maximums', parseAsset),
    fees: parseAmounts(members['fees'], 'fees', parseNetwork),
    delegates: parseList(members['delegates'], 'delegates', parseName),
    calls: parseList(members['calls'], 'calls', parseCall),
    typedData: parseList(members['typedData'], 'typedData', parseTypedData),
    authorities: parseList(members['authorities'], 'authorities', parseName),
  }
}

type Parse<T> = (value: Json, where: string) => T

const signOperations = operations.filter(isSignOperation)

const parseOperation: Parse<SignOperation> = (value, where) => {
  const found = signOperations.find((operation) => operation === value)
  if (found !== undefined) return found
  throw wrong(where, value, signOperations.join(', '), suggestion(value, signOperations))
}

const parseNetwork: Parse<Network> = (value, where) => {
  if (typeof value === 'string' && isNetwork(value)) return value
  throw wrong(where, value, 'a CAIP-2 id such as eip155:1')
}

/** https://chainagnostic.org/CAIPs/caip-19, asset type without a token id. */
const caip19 = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}\/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}$/

const parseAsset: Parse<AssetId> = (value, where) => {
  if (isAssetId(value)) return value
  throw wrong(where, value, 'a CAIP-19 id such as eip155:1/slip44:60')
}

function isAssetId(value: Json): value is AssetId {
  return typeof value === 'string' && caip19.test(value)
}

/** An address or the name of an authority: printable, without spaces. `*` has no meaning inside a list. */
const parseName: Parse<string> = (value, where) => {
  if (typeof value === 'string' && /^[!-~]{1,128}$/.test(value) && value !== '*') return value
  throw wrong(where, value, 'a name of 1 to 128 printable characters without spaces')
}

const parseCall: Parse<Rules['calls'][number]> = (value, where) => {
  const { contract = null, selector = null } = closedObject(value, where, ['contract', 'selector'])
  if (selector === 'create') {
    if (contract === '*') return { contract, selector }
    throw wrong(`${where}.contract`, contract, '*, because a creation has no contract yet')
  }
  const shape = /^0x(?:[0-9a-fA-F]{8})?$/
  if (typeof selector !== 'string' || !shape.test(selector)) {
    throw wrong(`${where}.selector`, selector, '0x and 8 hex digits, 0x for empty calldata, or create')
  }
  return { contract: parseName(contract, `${where}.contract`), selector: selector.toLowerCase() }
}

const parseTypedData: Parse<Rules['typedData'][number]> = (value, where) => {
  const { contract = null, type = null } = closedObject(value, where, ['contract', 'type'])
  if (typeof type !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(type)) {
    throw wrong(`${where}.type`, type, '0x and 64 hex digits: the hash of encodeType')
  }
  return { contract: parseName(contract, `${where}.contract`), type: type.toLowerCase() }
}

function parseList<T>(value: Json | undefined, where: string, parse: Parse<T>): readonly T[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw wrong(where, value, 'a list')
  if (value.length > longestList) throw wrong(where, value.length, `at most ${longestList} entries`)
  const seen = new Set<string>()
  return value.map((item: Json, index) => {
    const parsed = parse(item, `${where}[${index}]`)
    const same = JSON.stringify(parsed).toLowerCase()
    if (seen.has(same)) throw wrong(`${where}[${index}]`, item, 'each entry once, in one spelling')
    seen.add(same)
    return parsed
  })
}

function parseAmounts<N extends string>(
  value: Json | undefined,
  where: string,
  parse: Parse<N>,
): Readonly<Record<N, string>> {
  const amounts = Object.create(null) as Record<N, string>
  for (const [name, amount] of Object.entries(value === undefined ? {} : objectOf(value, where))) {
    amounts[parse(name, where)] = parseAmount(amount, `${where}.${name}`)
  }
  return { ...amounts }
}

const parseAmount: Parse<string> = (value, where) => {
  if (typeof value === 'string' && /^(?:0|[1-9][0-9]{0,77})$/.test(value)) return value
  const hint = typeof value === 'number' ? `put it in quotes: "${value}"` : undefined
  throw wrong(where, value, 'a decimal string of base units such as "1000000"', hint)
}

function closedObject(value: Json, where: string, names: readonly string[]): JsonObject {
  const object = objectOf(value, where)
  for (const name of Object.keys(object)) {
    if (names.includes(name)) continue
    const path = where === '' ? name : `${where}.${name}`
    throw wrong(path, name, `one of ${names.join(', ')}`, suggestion(name, names))
  }
  return object
}

function objectOf(value: Json, where: string): JsonObject {
  if (isObject(value)) return value
  throw wrong(where === '' ? 'rules' : where, value, 'an object')
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function suggestion(name: Json, names: readonly string[]): string | undefined {
  const right = typeof name === 'string' ? nearest(name, names) : undefined
  return right === undefined ? undefined : `did you mean ${right}?`
}

function wrong(where: string, value: Json, wanted: string, hint?: string): Refused {
  const got = (JSON.stringify(value) ?? 'nothing').slice(0, 80)
  const particulars = { where, got, wanted, ...(hint === undefined ? {} : { hint }) }
  return new Refused('invalid-request', `${where}: got ${got}, wanted ${wanted}`, particulars)
}
