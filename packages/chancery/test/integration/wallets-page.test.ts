/** The commands of the pages of wallets, run as they stand: one service, one chain, one shell for all of them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentOf } from '../environment.ts'
import { startAnvil } from './anvil.ts'
import { openShell, type Shell } from './shell.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const launcher = join(root, 'packages/chancery/src/launcher.js')
const pages = ['wallets', 'bitcoin'].map((name) => readFileSync(join(root, `docs/${name}.md`), 'utf8'))
const [page = ''] = pages

/** Blocks marked `sh run`, each with the block marked `prints` that follows it, if one does. */
const steps = pages.flatMap((text) =>
  [...text.matchAll(/^```sh run\n(.*?)^```\n(?:```\w+ prints\n(.*?)^```\n)?/gms)].map(([, commands = '', prints]) => ({
    commands,
    prints,
  })),
)
const flags = /^npm start -- (.*)$/m.exec(page)?.[1]?.split(' ') ?? []

const ends: (() => unknown)[] = []
let shell: Shell
let here: (commands: string) => string

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-wallets-page-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const anvil = await startAnvil()
  ends.push(() => anvil.close())
  const node = anvil.url.href.replace(/\/$/, '')
  const example = readFileSync(join(root, 'chancery.example.yaml'), 'utf8')
  writeFileSync(join(folder, 'chancery.yaml'), example.replaceAll('http://127.0.0.1:8545', node))
  const url = await serve(folder)
  here = (commands) => commands.replaceAll('http://127.0.0.1:9000', url).replaceAll('http://127.0.0.1:8545', node)
  shell = openShell(folder)
  ends.push(() => shell.close())
}, 60_000)

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

async function serve(cwd: string): Promise<string> {
  const args = [launcher, 'serve', '--json', '--port', '0', '--log-level', 'error', ...flags]
  const env = environmentOf(cwd)
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  ends.push(() => stopped(child))
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error(`the service ended with ${child.exitCode}`)
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** White space aside, and with `…` for anything. */
function pattern(prints: string): RegExp {
  const parts = prints.replaceAll(/\s/g, '').split('…')
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)
}

test.each(steps)('$commands', async ({ commands, prints = '' }) => {
  const { status, out, err } = await shell.run(here(commands))
  expect({ status, err: status === 0 ? '' : err }).toEqual({ status: 0, err: '' })
  expect(out.replaceAll(/\s/g, '')).toMatch(pattern(prints))
})

test('every curl of the pages is run', () => {
  const curls = (text: string) => [...text.matchAll(/\bcurl\b/g)].length
  expect(curls(steps.map(({ commands }) => commands).join(''))).toBe(curls(pages.join('')))
  expect(steps.length).toBeGreaterThan(8)
})

test('a seed is taken over from its words, under the name of the one after a gap', async () => {
  const words = 'legal winner thank year wave sausage worth useful legal winner thank yellow'
  const file = `(umask 077; echo '${words}' > words.txt)`
  const { out, err } = await shell.run(
    `${file}; chancery wallets seed import --family evm --alias wallets-evm-2 --words-file words.txt`,
  )
  expect(err).toBe('')
  expect(out).toMatch(/^alias +wallets-evm-2$/m)
})
