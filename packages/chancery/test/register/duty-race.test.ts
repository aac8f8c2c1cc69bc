/** The short form; `test/peers/duty-race.test.ts` is the full one. */
import { test } from 'vitest'
import { raceOnPostgres, raceOnSqlite } from './duty-race.ts'

const size = { keys: 100, conflicts: 20 }

test('of conflicting requests one is signed, on SQLite', () => raceOnSqlite(size), 60_000)

test('of conflicting requests one is signed, by two replicas on PostgreSQL', () => raceOnPostgres(size), 120_000)
