/** What works without a service, on folders that do not hold what it needs. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { openKeys } from '../../src/compose/secrets.ts'
import { verifyCopy } from '../../src/compose/offline.ts'
import { loadConfig } from '../../src/config/load.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { chancery } from '../cli/terminal.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'chancery-offline-'))
  mkdirSync(join(home, 'empty'))
})

afterEach(() => rmSync(home, { recursive: true }))

const run = (...args: readonly string[]) => chancery(args, { cwd: home, env: { HOME: home } })
const everything = () => readdirSync(home, { recursive: true })

const commands = [
  ['restore', 'empty'],
  ['drill', 'empty'],
  ['audit', 'verify', '--copy', 'empty/store.sqlite'],
]

test.each(commands)('%s makes nothing where there is nothing', async (...command) => {
  const { status, notes } = await run(...command)
  expect(status).not.toBe(0)
  expect(notes).toContain('key-encryption-key.json')
  expect(everything()).toEqual(['empty'])
})

describe('verifying a copy', () => {
  const keysOf = (folder: string) => {
    const config = loadConfig({ flags: { 'data-dir': folder }, env: { HOME: home }, cwd: home })
    return openKeys(config, folder, systemClock, () => Promise.reject(new Error('not asked for')))
  }

  test('that is not there is refused, and none is made', async () => {
    const path = join(home, 'empty', 'store.sqlite')
    await expect(verifyCopy(path, await keysOf(join(home, 'empty')), systemClock)).rejects.toMatchObject({
      code: 'invalid-request',
    })
    expect(existsSync(path)).toBe(false)
  })

  test('that lost its -wal file, and so everything, finds that', async () => {
    const path = join(home, 'empty', 'store.sqlite')
    await (await openSqlite({ path, clock: systemClock })).close()
    const { findings } = await verifyCopy(path, await keysOf(join(home, 'empty')), systemClock)
    expect(findings).toEqual([expect.stringContaining('-wal')])
  })
})
