/** Rows of wallets: whether each is the one that the last entry about it wrote. */
import type { JsonObject } from '../base/json.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { textIn } from './json-object.ts'
import { walletHash } from './records.ts'

interface Version {
  readonly version: number
  /** As its entry has it. */
  readonly hash: string
}

/** Rows by the ids of wallets. */
export type WalletVersions = Map<string, Version>

/** What entries say of a wallet: the newest of those from before the rows were read, and all that came later. */
export interface Said {
  settled?: Version
  readonly later: Version[]
}

export function addWallet(rows: WalletVersions, row: WalletRow): void {
  rows.set(row.id, { version: row.version, hash: rowHash(row) })
}

/** Nothing an entry says for a body the service would never write. */
function rowHash(row: WalletRow): string {
  try {
    return walletHash(row)
  } catch {
    return ''
  }
}

/** `settled`: in the register before the rows were read. */
export function addSaid(said: Map<string, Said>, body: JsonObject, settled: boolean): void {
  if (body['kind'] !== 'wallet') return
  const id = textIn(body, 'id')
  const one = said.get(id) ?? { later: [] }
  const version = { version: Number(body['version']), hash: textIn(body, 'hash') }
  if (!settled) one.later.push(version)
  else if (version.version >= (one.settled?.version ?? 0)) one.settled = version
  said.set(id, one)
}

/** Every row is what its last entry wrote, and every wallet that an entry wrote has a row. */
export function judgeWallets(rows: WalletVersions, said: ReadonlyMap<string, Said>): readonly string[] {
  const strange = [...rows].flatMap(([id, row]) => {
    const objection = objectionTo(row, said.get(id))
    return objection === undefined ? [] : [`wallet ${id}: ${objection}`]
  })
  const gone = [...said].filter(([id, { settled }]) => settled !== undefined && !rows.has(id))
  return [...strange, ...gone.map(([id]) => `wallet ${id}: an entry wrote it, and the row is gone`)]
}

function objectionTo(row: Version, said: Said | undefined): string | undefined {
  if (said === undefined) return 'no entry wrote it'
  const { settled, later } = said
  if (settled !== undefined && row.version < settled.version) {
    return `the row is of version ${row.version}, and an entry wrote version ${settled.version}`
  }
  const written = [...(settled ? [settled] : []), ...later].some(
    (one) => one.version === row.version && one.hash === row.hash,
  )
  return written ? undefined : `not what the entry of version ${row.version} wrote`
}
