/** What validators signed, for people and for exports: it never decides. */
import { fromHex, toHex, uint64, type Hex } from '../../base/bytes.ts'
import type { PastDuty, ProtectionStore } from '../../core/protection.ts'
import type { Position } from '../../core/store.ts'
import { look, named, placeAfter, rowsAtOnce, leaving, type Found } from '../history.ts'
import { historyRows, idSize, networkId, validatorId, type Past } from '../protection.ts'
import { integer, positionOf, text, type Row } from '../rows.ts'
import type { Database, Value } from './database.ts'
import { inTransaction } from './in-transaction.ts'

export function writeHistory(db: Database, { stream, seq }: Position, all: readonly Past[]): void {
  historyRows(all).forEach(({ network, duty, validators }, n) => {
    db.run(
      `INSERT INTO signed_duty (stream, seq, n, network, slot, source, target, root, validators)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      stream,
      seq,
      n,
      network,
      ...numbers(duty),
      rootOf(duty),
      validators,
    )
  })
}

function numbers(duty: PastDuty): readonly [Value, Value, Value] {
  return duty.kind === 'block' ? [uint64(duty.slot), null, null] : [null, uint64(duty.source), uint64(duty.target)]
}

function rootOf({ root }: PastDuty): Value {
  return root === undefined ? null : fromHex(root)
}

export function signedDuties(
  db: Database,
  scopes: readonly string[] | undefined,
  after: string | undefined,
  limit: number,
) {
  const place = placeAfter(after)
  const rows = db.all(
    `SELECT *, length(validators) / ${idSize} AS count FROM signed_duty WHERE (stream, seq, n) >= (?, ?, ?)
     ORDER BY stream, seq, n LIMIT ${rowsAtOnce}`,
    place.stream,
    place.seq,
    place.n,
  )
  const known = scopes && new Map(scopes.map((scope) => [toHex(validatorId(scope)), scope]))
  const { found, next } = look(rows, place, limit, (validator) => known === undefined || known.has(validator))
  return { rows: named(found, known ?? scopesOf(db, found)), ...(next !== undefined && { next }) }
}

function scopesOf(db: Database, found: readonly Found[]): ReadonlyMap<Hex, string> {
  const scopes = new Map<Hex, string>()
  for (const validator of new Set(found.map((one) => one.validator))) {
    const row = db.get('SELECT scope FROM protection WHERE validator = ?', fromHex(validator))
    if (row) scopes.set(validator, text(row, 'scope'))
  }
  return scopes
}

type Before = Parameters<ProtectionStore['forgetDuties']>[0]

export function forgetDuties(db: Database, { genesisValidatorsRoot, slot, epoch }: Before, limit: number): number {
  const network = networkId(genesisValidatorsRoot.toLowerCase())
  const what = `SELECT stream, seq, n, length(validators) / ${idSize} AS count FROM signed_duty`
  return inTransaction(
    db,
    () => true,
    () => {
      const blocks = db.all(`${what} WHERE network = ? AND slot < ? LIMIT ?`, network, uint64(slot), limit)
      const attestations = db.all(`${what} WHERE network = ? AND target < ? LIMIT ?`, network, uint64(epoch), limit)
      const going = leaving([...blocks, ...attestations], limit)
      for (const { row, gone } of going) forget(db, row, gone)
      return going.reduce((sum, { gone }) => sum + gone, 0)
    },
  )
}

function forget(db: Database, row: Row, gone: number): void {
  const { stream, seq } = positionOf(row)
  const key = [stream, seq, integer(row, 'n')]
  if (gone === integer(row, 'count')) {
    db.run('DELETE FROM signed_duty WHERE stream = ? AND seq = ? AND n = ?', ...key)
    return
  }
  const sql = 'UPDATE signed_duty SET validators = substr(validators, ?) WHERE stream = ? AND seq = ? AND n = ?'
  db.run(sql, gone * idSize + 1, ...key)
}
