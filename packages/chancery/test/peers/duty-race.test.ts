/** 200 conflicting requests for each of 1,000 keys. `KEYS` and `CONFLICTS` change the numbers. */
import { expect, test } from 'vitest'
import { raceOnPostgres, raceOnSqlite, soundRace } from '../register/duty-race.ts'

const size = { keys: Number(process.env['KEYS'] ?? 1_000), conflicts: Number(process.env['CONFLICTS'] ?? 200) }
const patience = 1_800_000

test(
  'of conflicting requests one is signed, on SQLite',
  async () => {
    expect(await raceOnSqlite(size)).toEqual(soundRace(size))
  },
  patience,
)

test(
  'of conflicting requests one is signed, by two replicas on PostgreSQL',
  async () => {
    expect(await raceOnPostgres(size)).toEqual(soundRace(size))
  },
  patience,
)
