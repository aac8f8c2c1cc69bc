/** Whether a caller's grants cover an operation. What no grant names is denied; no operation implies another. */
import type { Grant, Principal, Some } from '../core/access.ts'
import type { Check } from '../core/decision.ts'
import { keyNotFound, Refused } from '../core/errors.ts'
import type { KeyId, Network, Operation } from '../core/names.ts'
import { comesFrom } from './sources.ts'

/** What the operation is about. Without a key or a network, a grant on any key or network will do. */
export interface About {
  readonly key?: KeyId
  readonly network?: Network
}

/** Operation, key and network must be covered by one and the same grant. */
export function permits(principal: Principal, operation: Operation, about: About = {}): boolean {
  return principal.grants.some(
    (grant) => grant.operations.includes(operation) && reaches(grant, about) && holdsFrom(grant, principal.address),
  )
}

export function holdsGrantOn(principal: Principal, key: KeyId): boolean {
  return principal.grants.some((grant) => grant.operations.length > 0 && covers(grant.keys, key))
}

/**
 * @throws Refused `key-not-found` when the caller holds no grant at all on the key: the answer an absent key gets
 * @throws Refused `denied` with its checks when it holds one, but not for this operation or network
 */
export function requirePermit(principal: Principal, operation: Operation, about: About = {}): void {
  if (permits(principal, operation, about)) return
  if (about.key !== undefined && !holdsGrantOn(principal, about.key)) throw keyNotFound()
  throw new Refused('denied', `No grant of the client allows ${operation} here`, {
    checks: grantChecks(principal, operation, about),
  })
}

/**
 * What can be said before it is known which key is asked for: a grant of one of these, on any key and network, will do.
 * @throws Refused `denied`
 */
export function requireAny(principal: Principal, operations: readonly Operation[]): void {
  if (operations.some((operation) => permits(principal, operation))) return
  const [only, ...more] = operations
  if (only !== undefined && more.length === 0) return requirePermit(principal, only)
  const allowed = list(principal.grants.map((grant) => grant.operations))
  throw new Refused('denied', `No grant of the client allows any of ${operations.join(', ')}`, {
    checks: [{ name: 'grant operation', ok: false, got: operations.join(', '), allowed }],
  })
}

function reaches(grant: Grant, about: About): boolean {
  return (
    (about.key === undefined || covers(grant.keys, about.key)) &&
    (about.network === undefined || covers(grant.networks, about.network))
  )
}

/** A grant that is bound to sources holds for nobody whose address is not known. */
function holdsFrom({ sources }: Grant, address: string | undefined): boolean {
  return sources === undefined || (address !== undefined && comesFrom(address, sources))
}

function covers<T>(some: Some<T>, one: T): boolean {
  return some === '*' || some.includes(one)
}

/** Judged on the grants that reach the key: a caller learns nothing about its rights elsewhere. */
function grantChecks(principal: Principal, operation: Operation, about: About): readonly Check[] {
  const near = principal.grants.filter(({ keys }) => about.key === undefined || covers(keys, about.key))
  const granting = near.filter(({ operations }) => operations.includes(operation))
  const checks = [
    { name: 'grant operation', ok: granting.length > 0, got: operation, allowed: list(near.map((g) => g.operations)) },
  ]
  if (about.network === undefined || granting.length === 0) return checks
  const networks = list(granting.map((grant) => grant.networks))
  return [...checks, { name: 'grant network', ok: false, got: about.network, allowed: networks }]
}

function list(parts: readonly Some<string>[]): string {
  const names = parts.includes('*') ? ['any'] : [...new Set(parts.flat())]
  return names.length === 0 ? 'none' : names.join(', ')
}
