/** `chancery doctor --wait`, against a service that looks for a while; and what a screen shows of very many findings. */
import type { Finding } from '@chancery/client'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadPlaces } from '../../src/config/load.ts'
import { printFindings } from '../../src/cli/findings.ts'
import { systemTerminal } from '../../src/cli/terminal.ts'
import { chancery } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'chancery-doctor-cli-'))
const orphan = (at: number) => ({ subject: 'orphan keys', level: 'warning', got: `key ${at}`, advice: `end ${at}` })
const findings = [
  { subject: 'clock', level: 'ok', got: '0 ms apart from the store' },
  ...Array.from({ length: 120 }, (_, at) => orphan(at)),
  { subject: 'swap', level: 'ok', got: 'no swap in use' },
]

const asked: string[] = []
const looks = [
  { looking: true, looked: 0, of: 0, found: 0, findings: [], more: 0 },
  { looking: true, looked: 300, of: 900, found: 0, findings: [], more: 0 },
  { looking: false, looked: 900, of: 900, found: 0, findings: [], more: 0 },
]
const server = createServer(({ url = '' }, response) => {
  const body = url === '/v1/doctor' ? { findings } : looks[asked.filter((one) => one === url).length]
  asked.push(url)
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
})

beforeAll(async () => {
  const { socket } = loadPlaces({ flags: {}, env: {}, cwd: folder })
  mkdirSync(dirname(socket), { recursive: true })
  await once(server.listen(socket), 'listening')
})
beforeEach(() => void asked.splice(0))
afterAll(() => {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
})

const doctor = (...flags: readonly string[]) => chancery(['doctor', ...flags], { cwd: folder })

test('--wait says how far the look is until it has ended, and then shows what there is', async () => {
  const { status, out, notes } = await doctor('--wait')
  expect([status, notes]).toEqual([0, 'Listing the keys of the account\nLooked at 300 of 900 keys'])
  expect(asked).toEqual(['/v1/orphan-keys', '/v1/orphan-keys', '/v1/orphan-keys', '/v1/doctor'])
  expect(out).toContain('warning  orphan keys: key 49\n         end 49')
})

test('without it nobody waits', async () => {
  expect((await doctor()).notes).toBe('')
  expect(asked).toEqual(['/v1/doctor'])
})

test('a problem is shown first, however many warnings there are of its kind', () => {
  const found: readonly Finding[] = [
    ...Array.from({ length: 60 }, (_, at): Finding => ({
      subject: 'keys',
      level: at < 55 ? 'ok' : 'warning',
      got: `${at}`,
    })),
    { subject: 'keys', level: 'problem', got: 'the last' },
  ]
  const out: string[] = []
  const given = { words: [], text: () => undefined, texts: () => [], has: () => false }
  const status = printFindings(given, { ...systemTerminal, out: (text) => void out.push(text) }, found)
  expect([status, out[0], out[1], out.length]).toEqual([1, 'PROBLEM  keys: the last', 'warning  keys: 55', 51])
  expect(out.at(-1)).toBe('ok       keys: 11 more; --json has all')
})

test('a screen shows fifty of a kind and counts the rest, and hides nothing else; --json has all', async () => {
  const { out } = await doctor()
  expect(out).not.toContain('key 50')
  expect(out).toContain('warning  orphan keys: 70 more; --json has all\nok       swap: no swap in use')
  expect(JSON.parse((await doctor('--json')).out)).toEqual(findings)
})
