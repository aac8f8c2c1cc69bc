/** The README's examples, run as they stand: one chain, one service, one shell for all of them. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentOf } from '../../chancery/test/environment.ts'
import { startAnvil } from '../../chancery/test/integration/anvil.ts'
import { serve } from '../../chancery/test/integration/service-process.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const launcher = join(root, 'packages/chancery/src/launcher.js')
const readme = readFileSync(join(root, 'packages/client/README.md'), 'utf8')

/** Blocks marked `sh run`, and `ts run` with the name of a file; each with what it prints, `…` standing for anything. */
const steps = [...readme.matchAll(/^```(?:sh|ts) run(?: (\S+))?\n(.*?)^```\n(?:```text prints\n(.*?)^```\n)?/gms)].map(
  ([, file, text = '', prints]) => ({ file, text, prints }),
)

const ends: (() => Promise<unknown> | void)[] = []
let folder: string
let trouble = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-client-readme-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const anvil = await startAnvil()
  ends.push(() => anvil.close())
  const network = { id: 'eip155:31337', rpc: [anvil.url.href], confirmations: 1, main: false }
  const networks = [network, { id: 'algorand:SGO1GKSzyE7IEPItTxCByw9x8FmnrCDe' }]
  writeFileSync(join(folder, 'chancery.yaml'), JSON.stringify({ networks }), { mode: 0o600 })
  const service = await serve(folder)
  ends.push(async () => {
    service.kill('SIGTERM')
    await service.ended
  })
  const here = (text: string) =>
    text
      .replaceAll('http://127.0.0.1:9000', service.url)
      .replaceAll('http://127.0.0.1:8545', anvil.url.href.replace(/\/$/, ''))
  for (const { file, text } of steps) if (file !== undefined) writeFileSync(join(folder, file), here(text))
  const lines = steps.map(({ file, text }) =>
    file === undefined ? here(text) : `'${process.execPath}' ${file} > ${file}.out`,
  )
  const chancery = `chancery() { '${process.execPath}' '${launcher}' "$@"; }`
  const status = await shell(['set -eu -o pipefail', chancery, ...lines].join('\n'))
  trouble = status === 0 ? '' : `ended with ${status}: ${readFileSync(join(folder, 'err'), 'utf8')}`
}, 120_000)

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

function shell(script: string): Promise<number | null> {
  const env = environmentOf(folder)
  const child = spawn('bash', ['-c', `exec 2> err\n${script}`], { cwd: folder, env, stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
}

test('the examples run', () => {
  expect(trouble).toBe('')
  expect(steps.flatMap(({ file = [] }) => file)).toEqual(['pay.ts', 'viem.ts', 'ethers.ts', 'algorand.ts'])
})

test.each(steps.filter(({ prints }) => prints !== undefined))('$file prints what it says', ({ file, prints = '' }) => {
  const printed = readFileSync(join(folder, `${file}.out`), 'utf8')
  expect(printed.replaceAll(/^0x[0-9a-f]{130}$/gm, '0x…')).toBe(prints)
})
