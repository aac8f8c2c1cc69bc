/**
 * What AWS calls its keys is for administrators: it names the account, and which key holds whose money. Errors of a key name
 * it, for who is to mend them; whoever asks for wallets, or pays from them, is told the rest of the sentence.
 */
import type { Principal } from '../core/access.ts'
import type { Route } from './route.ts'

const kmsName = /\barn:aws[-a-z]*:kms:[-a-z0-9]*:[0-9]*:(?:key|alias)\/[-/_A-Za-z0-9]+/g

/** The same, without what AWS calls a key in any text of it. */
export function withoutKmsNames<T>(value: T): T {
  return told(value) as T
}

function told(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(kmsName, '(named to administrators)')
  if (Array.isArray(value)) return value.map(told)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, told(one)]))
}

interface Asking {
  readonly route: Route | undefined
  readonly principal: Principal | undefined
}

/** A problem as its caller may see it. */
export function problemFor<B>({ route, principal }: Asking, problem: B): B {
  const isAdministrator = principal?.grants.some(({ operations }) => operations.includes('admin')) === true
  return route?.part === 'wallets' && !isAdministrator ? withoutKmsNames(problem) : problem
}
