import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watching } from '../../src/cli/backup.ts'
import type { Terminal } from '../../src/cli/command.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-growing-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

test('a backup that takes long says how much is there, and what it made in the end', async () => {
  const notes: string[] = []
  const terminal: Terminal = {
    env: {},
    cwd: folder,
    interactive: false,
    out: () => {},
    note: (text) => void notes.push(text),
    ask: async () => '',
    askHidden: async () => '',
    stdin: async () => '',
  }
  const { promise, resolve } = Promise.withResolvers<string>()
  const watched = watching(folder, terminal, 1, promise)
  writeFileSync(join(folder, 'store.sqlite'), Buffer.alloc(2_500_000))
  await vi.waitUntil(() => notes.includes('2.5 MB so far'), { timeout: 15_000 })
  resolve('made')
  expect(await watched).toBe('made')
})
