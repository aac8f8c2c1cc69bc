/** The short form; `test/peers/duty-race.test.ts` is the full one. */
import { expect, test } from 'vitest'
import { raceOnPostgres, raceOnSqlite, soundRace } from './duty-race.ts'

const size = { keys: 100, conflicts: 20 }

test('of conflicting requests one is signed, on SQLite', async () => {
  expect(await raceOnSqlite(size)).toEqual(soundRace(size))
}, 60_000)

test('of conflicting requests one is signed, by two replicas on PostgreSQL', async () => {
  expect(await raceOnPostgres(size)).toEqual(soundRace(size))
}, 120_000)
