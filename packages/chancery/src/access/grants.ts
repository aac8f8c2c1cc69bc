/** Which grants a client may hold at all. Checked when they are written, against the keys there are. */
import type { JsonObject } from '../base/json.ts'
import type { Grant } from '../core/access.ts'
import { invalidRequest } from '../core/errors.ts'
import type { KeyKind } from '../core/key.ts'
import { isNetwork, isSignOperation, opaqueOperations, operations, type KeyId, type Operation } from '../core/names.ts'
import type { Snapshot } from '../core/state.ts'
import { isSourceRange } from './sources.ts'

/** Operations that are about the service, not about one key: granted for all keys and networks or not at all. */
const undivided: readonly Operation[] = ['admin', 'register:read']

/** @throws Refused `invalid-request` naming the grant */
export function checkGrants(grants: readonly Grant[], keys: Snapshot['keys']): void {
  for (const [index, grant] of grants.entries()) checkGrant(grant, `grants[${index}]`, keys)
  checkTogether(grants)
}

export function grantJson(grant: Grant): JsonObject {
  const { operations, keys, networks, sources } = grant
  return { operations, keys, networks, ...(sources && { sources }) }
}

function checkGrant(grant: Grant, where: string, keys: Snapshot['keys']): void {
  checkList(grant.operations, `${where}.operations`)
  if (grant.keys !== '*') checkList(grant.keys, `${where}.keys`)
  if (grant.networks !== '*') checkList(grant.networks, `${where}.networks`)
  if (grant.sources !== undefined) checkList(grant.sources, `${where}.sources`)
  for (const source of grant.sources ?? []) {
    if (!isSourceRange(source)) {
      throw invalidRequest(`${where}.sources`, source.slice(0, 80), 'a CIDR range such as 10.0.0.0/8')
    }
  }
  for (const operation of grant.operations) checkOperation(operation, grant, where)
  for (const network of grant.networks === '*' ? [] : grant.networks) {
    if (!isNetwork(network)) throw invalidRequest(`${where}.networks`, network, 'a CAIP-2 id such as eip155:1')
  }
  for (const key of grant.keys === '*' ? [] : grant.keys) checkKey(key, grant, where, keys)
}

function checkList(list: readonly string[], where: string): void {
  if (list.length === 0) throw invalidRequest(where, 'an empty list', 'at least one')
  if (new Set(list).size < list.length) throw invalidRequest(where, 'the same twice', 'each once')
}

function checkOperation(operation: Operation, grant: Grant, where: string): void {
  if (!operations.includes(operation)) throw invalidRequest(`${where}.operations`, operation, operations.join(', '))
  if (undivided.includes(operation) && (grant.keys !== '*' || grant.networks !== '*')) {
    throw invalidRequest(
      where,
      `${operation} on some keys or networks`,
      `${operation} on all of them: keys * and networks *`,
    )
  }
  if (opaqueOperations.includes(operation) && grant.networks !== '*') {
    throw invalidRequest(
      `${where}.networks`,
      `networks for ${operation}`,
      '*, because a bare digest or root belongs to no network',
    )
  }
}

/** A grant names its keys by id, and the kind of a key says which signing it takes (safety rule 14). */
function checkKey(key: KeyId, grant: Grant, where: string, keys: Snapshot['keys']): void {
  const record = keys.get(key)?.value
  if (record === undefined) throw invalidRequest(`${where}.keys`, key, 'the id of a key')
  for (const operation of grant.operations.filter(isSignOperation)) {
    const kind: KeyKind = opaqueOperations.includes(operation) ? 'opaque' : 'decoded'
    if (record.kind !== kind)
      throw invalidRequest(where, `${operation} on the ${record.kind} key ${key}`, `a key that is ${kind}`)
  }
}

/** What no client may hold at once, in one grant or in several. */
function checkTogether(grants: readonly Grant[]): void {
  const signing = grants.filter((grant) => grant.operations.some(isSignOperation))
  if (signing.length > 0 && grants.some((grant) => grant.operations.includes('admin'))) {
    throw invalidRequest('grants', 'admin and signing', 'one or the other: who writes the rules does not sign by them')
  }
  const digest = signing.filter((grant) => grant.operations.some(isOpaque))
  const decoded = signing.filter((grant) => grant.operations.some((one) => isSignOperation(one) && !isOpaque(one)))
  if (digest.some((one) => decoded.some((other) => overlap(one, other)))) {
    throw invalidRequest(
      'grants',
      'signing of bare digests or roots and other signing on the same key',
      'keys of their own for bare digests and roots',
    )
  }
}

const isOpaque = (operation: Operation) => opaqueOperations.includes(operation)

function overlap(one: Grant, other: Grant): boolean {
  if (one.keys === '*' || other.keys === '*') return true
  return one.keys.some((key) => other.keys.includes(key))
}
