/** What the documentation repeats of the code is compared with it; what it points to is there. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { layers, type Layer } from '../../../tools/layers.ts'
import { commandsOf } from '../src/cli/commands.ts'
import { settingsTable } from '../src/config/describe.ts'
import { codes, type Code } from '../src/core/errors.ts'
import { statusOf } from '../src/http/problem.ts'
import { grantsFor } from '../src/store/postgres/roles.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const pages = ['README.md', 'SECURITY.md', 'CHANGELOG.md', 'packages/client/README.md', ...markdown('docs')]
const read = (page: string) => readFileSync(join(root, page), 'utf8')

function markdown(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
}

/** What stands between `<!-- name -->` and `<!-- /name -->`, without indentation. */
function part(page: string, name: string): string {
  const found = new RegExp(`<!-- ${name} -->\n(.*?)\n *<!-- /${name} -->`, 's').exec(read(page))?.[1] ?? ''
  return found.replaceAll(/^ +/gm, '')
}

describe('what is repeated from the code', () => {
  test('settings', () => {
    expect(part('docs/operating.md', 'settings')).toBe(settingsTable())
  })

  test('problem codes', () => {
    const rows = Object.keys(codes).map(
      (code) => `| \`${code}\` | ${statusOf(code as Code)} | ${codes[code as Code]} |`,
    )
    const table = ['| code | status | means |', '|---|---|---|', ...rows].join('\n')
    expect(part('docs/operating.md', 'problems')).toBe(table)
  })

  test('the grants of the PostgreSQL role', () => {
    expect(part('docs/operating.md', 'grants')).toBe(`\`\`\`sql\n${grantsFor('chancery')}\n\`\`\``)
  })

  test("the authorities that Algorand's transactions need", () => {
    const names = /['`]((?:asset|application|key-registration)[a-z-]*|rekey|close|clawback|heartbeat)['`]/g
    const named = (text: string) => [...new Set([...text.matchAll(names)].map(([, name = '']) => name))].toSorted()
    const emitted = named(read('packages/chancery/src/chains/algorand/facts.ts'))
    expect(named(part('docs/algorand.md', 'authorities'))).toEqual(emitted)
    expect(emitted.length).toBeGreaterThan(15)
  })

  test('the layers', () => {
    const rows = Object.entries(layers).map(
      ([room, layer]) => `| \`${room}\` | ${roomsOf(layer)} | ${namesOf(layer.packages)} |`,
    )
    const table = ['| room | rooms | packages |', '|---|---|---|', ...rows].join('\n')
    expect(part('docs/architecture.md', 'layers')).toBe(table)
  })
})

function roomsOf({ rooms, alone }: Layer): string {
  if (rooms.includes('*')) return 'all'
  return [alone ? 'stands alone' : '', namesOf(rooms)].filter((text) => text !== '').join('; ')
}

function namesOf(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

describe('links', () => {
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, to = '']) => ({ page, to })),
  )

  test.each(links)('$page: $to', ({ page, to }) => {
    const [path = '', anchor] = to.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    expect(existsSync(join(root, target))).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(target)).toContain(anchor)
  })
})

/** As the pages that show Markdown make them from headings. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

test('every test the security page names is there', () => {
  const named = [...read('docs/security.md').matchAll(/`((?:[\w-]+\/)*[\w-]+\.test\.ts)`/g)].map(
    ([, file = '']) => file,
  )
  const at = (file: string) =>
    [`packages/chancery/test/${file}`, `packages/${file}`].some((path) => existsSync(join(root, path)))
  expect(named.filter((file) => !at(file))).toEqual([])
  expect(named.length).toBeGreaterThan(40)
})

test.each(['docs/security.md', 'docs/architecture.md', 'docs/evm.md'])(
  'every file and folder %s names is there',
  (page) => {
    const named = [...read(page).matchAll(/`([\w*-]+(?:\/[\w*-]+)*(?:\/|(?:\.test)?\.(?:ts|js)))`/g)].map(
      ([, path = '']) => path,
    )
    const places = ['packages/chancery/src', 'packages/chancery/test', 'packages/chancery', 'packages', '.']
    const there = (path: string) => places.some((place) => globSync(join(root, place, path)).length > 0)
    expect(named.filter((path) => !there(path))).toEqual([])
    expect(named.length).toBeGreaterThan(1)
  },
)

test('every command of the documentation is one', () => {
  const names = commandsOf('0').map(({ name }) => name)
  const used = pages.flatMap((page) =>
    [...read(page).matchAll(/^ *(?:npx |echo .*\| )?chancery ((?:[a-z][a-z0-9-]* ?)+)/gm)].map(([, words = '']) => ({
      page,
      words,
    })),
  )
  const unknown = used.filter(
    ({ words }) => !names.some((name) => words.trim() === name || words.startsWith(`${name} `)),
  )
  expect(unknown).toEqual([])
  expect(used.length).toBeGreaterThan(20)
})
