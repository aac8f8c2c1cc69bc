import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { emptyState, type State } from './state.ts'
import { isObject } from './validation.ts'

const FORMAT = 1

/** Reads the state a former run left; an absent file is an empty state. Throws when the file is something else. */
export function loadState(file: string | undefined): State {
  const state = emptyState()
  if (file === undefined || !existsSync(file)) return state
  const saved: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isObject(saved) || saved['format'] !== FORMAT)
    throw new Error(`${file}: not an emulator state of format ${FORMAT}`)
  for (const [name, map] of mapsOf(state)) fill(map, saved[name])
  return state
}

const mapsOf = (state: State) => Object.entries<Map<string, unknown>>({ ...state })

function fill(map: Map<string, unknown>, entries: unknown): void {
  if (!isObject(entries)) return
  for (const [key, value] of Object.entries(entries)) map.set(key, value)
}

/** Replaces the file in one rename, so that a killed emulator leaves the former or the new state, never half of one. */
export function saveState(file: string, state: State): void {
  const maps = mapsOf(state).map(([name, map]): [string, unknown] => [name, Object.fromEntries(map)])
  const temporary = `${file}.new`
  writeFileSync(temporary, JSON.stringify({ format: FORMAT, ...Object.fromEntries(maps) }), { mode: 0o600 })
  renameSync(temporary, file)
}
