import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { systemFiles } from '../../src/config/files.ts'
import { loadConfig } from '../../src/config/load.ts'
import { problemsOf } from './fixture.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'config-')))
afterAll(() => rmSync(folder, { recursive: true }))

test('reads text and permissions, and says when there is no file', () => {
  const path = join(folder, 'env')
  writeFileSync(path, 'PORT=1')
  chmodSync(path, 0o640)
  expect(systemFiles.read(path)).toEqual({ text: 'PORT=1', mode: 0o640 })
  expect(systemFiles.read(join(folder, 'absent'))).toBeUndefined()
  expect(systemFiles.read(join(path, 'below-a-file'))).toBeUndefined()
})

test('resolves links as far as the path exists', () => {
  mkdirSync(join(folder, 'data'))
  symlinkSync(join(folder, 'data'), join(folder, 'link'))
  expect(systemFiles.realPath(join(folder, 'link/not/yet'))).toBe(join(folder, 'data/not/yet'))
})

test('a key file that only a link brings into the data directory is refused', () => {
  mkdirSync(join(folder, 'chancery-data'))
  symlinkSync(join(folder, 'chancery-data'), join(folder, 'elsewhere'))
  const flags = { 'key-file': join(folder, 'elsewhere/key') }
  const problems = problemsOf(() => loadConfig({ flags, env: { HOME: '/var/op' }, cwd: folder }))
  expect(problems.map(({ where }) => where)).toEqual(['keyFile'])
})
