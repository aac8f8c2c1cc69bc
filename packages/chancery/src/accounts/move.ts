/** What goes with an account from one key to another: its name, its rules, and who may use it. */
import type { ClientRecord, Grant } from '../core/access.ts'
import type { KeyRecord } from '../core/key.ts'
import type { KeyId } from '../core/names.ts'
import { noRules } from '../core/rules.ts'
import type { Snapshot, StatePut, Versioned } from '../core/state.ts'

export function movePuts(
  snapshot: Snapshot,
  account: string,
  from: Versioned<KeyRecord>,
  to: Versioned<KeyRecord>,
): readonly StatePut[] {
  return [
    { kind: 'key', value: without(from.value, account, snapshot), expect: from.version },
    { kind: 'key', value: withAccount(to.value, account, from.value), expect: to.version },
    ...rulePuts(snapshot, from.value.id, to.value.id),
    ...[...snapshot.clients.values()].flatMap((client) => clientPut(client, from.value.id, to.value.id)),
  ]
}

/**
 * The key gives its name to its successor, and is called by the end of its id. Where somebody took that name it has none: the
 * ledger has changed by now, so the record may not fail on it.
 */
function without(key: KeyRecord, account: string, { findKey }: Snapshot): KeyRecord {
  const { alias, accounts = [], ...rest } = key
  const left = accounts.filter((one) => one !== account)
  const retired = alias === undefined ? undefined : retiredName(alias, key.id)
  return {
    ...rest,
    ...(retired !== undefined && findKey(retired) === undefined && { alias: retired }),
    ...(left.length > 0 && { accounts: left }),
    ...(key.address === account && { handedOver: true as const }),
  }
}

const longestAlias = 63

function retiredName(alias: string, id: KeyId): string {
  const end = `.retired-${id.slice(-6)}`
  return `${alias.slice(0, longestAlias - end.length)}${end}`
}

/** A freeze goes with the account: whoever stopped it meant what it signs, whichever key does. */
function withAccount(key: KeyRecord, account: string, { alias, frozen }: KeyRecord): KeyRecord {
  const { handedOver, accounts = [], ...rest } = key
  const own = key.address === account
  return {
    ...rest,
    ...(alias !== undefined && { alias }),
    ...(frozen && { frozen }),
    ...(own ? {} : { accounts: [...accounts, account] }),
    ...(handedOver && !own && { handedOver }),
  }
}

/** The rules move: a key that stands for nothing may do nothing. One that has rules of its own keeps them. */
function rulePuts({ rules }: Snapshot, from: KeyId, to: KeyId): readonly StatePut[] {
  const [old, own] = [rules.get(from), rules.get(to)]
  if (old === undefined) return []
  const moved: StatePut = { kind: 'rules', id: to, value: old.value, expect: own?.version ?? 0 }
  const emptied: StatePut = { kind: 'rules', id: from, value: noRules, expect: old.version }
  return own !== undefined && own.value.operations.length > 0 ? [emptied] : [moved, emptied]
}

/** Who may use the one may use the other, so that it can be undone without granting anything anew. */
function clientPut({ value, version }: Versioned<ClientRecord>, from: KeyId, to: KeyId): readonly StatePut[] {
  const grants = value.grants.map((grant) => extended(grant, from, to))
  if (grants.every((grant, i) => grant === value.grants[i])) return []
  return [{ kind: 'client', value: { ...value, grants }, expect: version }]
}

function extended(grant: Grant, from: KeyId, to: KeyId): Grant {
  const { keys } = grant
  return keys === '*' || !keys.includes(from) || keys.includes(to) ? grant : { ...grant, keys: [...keys, to] }
}
