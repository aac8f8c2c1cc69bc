/** What `serve` says of the compatible routes' variables, before anybody asks the routes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { environmentOf } from '../environment.ts'
import { runToEnd, serve } from './service-process.ts'

const launcher = fileURLToPath(new URL('../../src/launcher.js', import.meta.url))
const apiKey = '9f86d081884c7d659a2feaa0c55ad015'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-compatible-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function set(variables: Readonly<Record<string, string>>): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(folder, '.env'), lines.join(''), { mode: 0o600 })
}

test.each([
  [{ BACKEND_API_KEY: apiKey }, { set: 'BACKEND_API_KEY', missing: 'AWS_KMS_KEY_ID' }],
  [{ AWS_KMS_KEY_ID: 'alias/old' }, { set: 'AWS_KMS_KEY_ID', missing: 'BACKEND_API_KEY' }],
])(
  'with %o alone the service starts, says so, and the routes answer 503',
  async (variables, kmsBackendLacks) => {
    set(variables)
    const service = await serve(folder)
    try {
      expect(service.announced).toMatchObject({ kmsBackendLacks })
      const { status } = await fetch(`${service.url}/kms/address`, { headers: { 'x-api-key': apiKey } })
      expect(status).toBe(503)
    } finally {
      service.kill('SIGKILL')
      await service.ended
    }
  },
  60_000,
)

test('people are told in one line', async () => {
  set({ AWS_KMS_KEY_ID: 'alias/old' })
  const env = environmentOf(folder)
  const child = spawn(process.execPath, [launcher, 'serve', '--port', '0', '--log-level', 'error'], {
    cwd: folder,
    env,
  })
  let out = ''
  try {
    while (!out.includes('reference at') || !out.endsWith('503\n')) {
      out += String((await once(child.stdout, 'data', { signal: AbortSignal.timeout(30_000) }))[0])
    }
  } finally {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  expect(out).toContain('compatible routes: off, AWS_KMS_KEY_ID is set and BACKEND_API_KEY is not; they answer 503\n')
}, 60_000)

test.each([
  ['no such name', 'at AWS_KMS_KEY_ID'],
  ['arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab', 'at AWS_KMS_KEY_ID, got eu-west-1'],
])(
  'a bad AWS_KMS_KEY_ID is named: %s',
  async (keyId, words) => {
    set({ AWS_REGION: 'us-east-1', AWS_KMS_KEY_ID: keyId, BACKEND_API_KEY: apiKey })
    const { status, err } = await runToEnd(folder, 'serve', '--port', '0', '--log-level', 'error')
    expect([status, err]).toEqual([1, expect.stringContaining(words)])
  },
  60_000,
)
