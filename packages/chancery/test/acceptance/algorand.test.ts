/** The table in algorand.md against the sources of the tests it names. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const table = readFileSync(fileURLToPath(new URL('algorand.md', import.meta.url)), 'utf8')

const rows = [...table.matchAll(/^\| (A-\d\d) \|[^|]*\| `([^`]+)` \| (.+) \|$/gm)].map(
  ([, id = '', file = '', name = '']) => ({ id, file, name }),
)

const pathOf = (file: string): string =>
  join(root, file.startsWith('packages/') ? file : join('packages/chancery/test', file))

/** Names of tests, as they stand in a source: the first argument of `test(…)`, `it(…)` and of their `.each(…)(…)`. */
function namesIn(source: string): readonly string[] {
  return [...source.matchAll(/(?:\b(?:test|it)|\))\(\s*(['"`])((?:(?!\1).)*)\1,/g)].map(([, , name = '']) => name)
}

describe('the table of what teams may count on', () => {
  test('has every id', () => {
    const wanted = Array.from({ length: 17 }, (_, i) => `A-${String(i + 1).padStart(2, '0')}`)
    expect([...new Set(rows.map(({ id }) => id))]).toEqual(wanted)
  })

  test('is read whole', () => {
    expect(rows.length).toBe(table.match(/^\| A-/gm)?.length)
  })

  test.each(rows)('$id: $file holds "$name"', ({ file, name }) => {
    expect(existsSync(pathOf(file))).toBe(true)
    expect(namesIn(readFileSync(pathOf(file), 'utf8'))).toContain(name)
  })
})
