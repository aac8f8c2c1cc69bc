/** The table of a page against the sources of the tests it names. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

const pathOf = (file: string): string =>
  join(root, file.startsWith('packages/') ? file : join('packages/chancery/test', file))

/** Names of tests, as they stand in a source: the first argument of `test(…)`, `it(…)` and of their `.each(…)(…)`. */
function namesIn(source: string): readonly string[] {
  return [...source.matchAll(/(?:\b(?:test|it)|\))\(\s*(['"`])((?:(?!\1).)*)\1,/g)].map(([, , name = '']) => name)
}

/** `A-01`, `A-02`, … */
export const idsOf = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${letter}-${String(i + 1).padStart(2, '0')}`)

/** The page is one in this folder; `ids` are what its rows begin with, in their order. */
export function checkTable(page: string, ids: readonly string[]): void {
  const table = readFileSync(new URL(page, import.meta.url), 'utf8')
  const rows = [...table.matchAll(/^\| ([A-Z]-\d\d) \|[^|]*\| `([^`]+)` \| (.+) \|$/gm)].map(
    ([, id = '', file = '', name = '']) => ({ id, file, name }),
  )

  describe(`the table of ${page}`, () => {
    test('has every id', () => {
      expect([...new Set(rows.map(({ id }) => id))]).toEqual(ids)
    })

    test('is read whole', () => {
      expect(rows.length).toBe(table.match(/^\| [A-Z]-/gm)?.length)
    })

    test.each(rows)('$id: $file holds "$name"', ({ file, name }) => {
      expect(existsSync(pathOf(file))).toBe(true)
      expect(namesIn(readFileSync(pathOf(file), 'utf8'))).toContain(name)
    })
  })
}
