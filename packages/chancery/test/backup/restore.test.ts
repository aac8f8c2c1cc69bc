/** A restore into a data directory: never over anything, and taken up again where an earlier one was cut short. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hashFile, manifestFile, sealManifest } from '../../src/backup/manifest.ts'
import { restoreBackup, unpackBackup } from '../../src/backup/restore.ts'
import { Secret } from '../../src/base/secret.ts'

const contents = {
  'store.sqlite': 'the store',
  'inventory.json': '{}',
  'checkpoint.txt': '',
  'key-encryption-key.json': '{"salt":1}',
}
const restoredFiles = ['key-encryption-key.json', 'store.sqlite']
const stateKey = new Secret(new Uint8Array(32).fill(1))

let home: string
let folder: string
let dataDir: string

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'chancery-backup-'))
  folder = join(home, 'backup')
  dataDir = join(home, 'data')
  mkdirSync(folder)
  const hashes = Object.entries(contents).map(async ([name, text]) => {
    writeFileSync(join(folder, name), text)
    return [name, await hashFile(join(folder, name))] as const
  })
  const files = Object.fromEntries(await Promise.all(hashes))
  const manifest = {
    format: 1,
    installation: 'ins_1',
    createdAt: '2026-11-21T00:00:00.000Z',
    version: '1',
    files,
  } as const
  writeFileSync(join(folder, manifestFile), sealManifest(manifest, stateKey))
})

afterEach(() => rmSync(home, { recursive: true }))

const restore = () => restoreBackup({ folder, stateKey, storePath: join(dataDir, 'store.sqlite') })
const found = () => readdirSync(dataDir).toSorted()
const text = (name: string) => readFileSync(join(dataDir, name), 'utf8')

describe('into a file', () => {
  test('puts the store and what opens it, and nothing else', async () => {
    await restore()
    expect(found()).toEqual(restoredFiles)
    expect(restoredFiles.map(text)).toEqual(['{"salt":1}', 'the store'])
  })

  test('takes up what one that was cut short left: a half copy, or a store without what opens it', async () => {
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'store.sqlite.restoring'), 'the st')
    await restore()
    renameSync(join(dataDir, 'key-encryption-key.json'), join(dataDir, 'key-encryption-key.json.restoring'))
    await restore()
    expect(found()).toEqual(restoredFiles)
  })

  test.each(['store.sqlite', 'store.sqlite-wal', 'key-encryption-key.json', 'notes.restoring'])(
    'refuses a directory with a %s that is not the backup’s, and leaves it as it is',
    async (name) => {
      mkdirSync(dataDir)
      writeFileSync(join(dataDir, name), 'precious')
      await expect(restore()).rejects.toMatchObject({ code: 'already-exists', particulars: { got: name } })
      expect(found()).toEqual([name])
      expect(text(name)).toBe('precious')
    },
  )

  test('writes over nothing that appears meanwhile', async () => {
    const restoring = restore()
    while (!existsSync(join(dataDir, 'store.sqlite.restoring'))) await setImmediate()
    writeFileSync(join(dataDir, 'store.sqlite'), 'precious')
    await expect(restoring).rejects.toMatchObject({ code: 'already-exists', particulars: { got: 'store.sqlite' } })
    expect(text('store.sqlite')).toBe('precious')
  })

  test('that was cut short with all but the last name gone writes to no file in place', async () => {
    await restore()
    linkSync(join(dataDir, 'store.sqlite'), join(dataDir, 'store.sqlite.restoring'))
    const before = statSync(join(dataDir, 'store.sqlite'))
    await restore()
    expect(found()).toEqual(restoredFiles)
    const { ino, mtimeMs } = statSync(join(dataDir, 'store.sqlite'))
    expect({ ino, mtimeMs }).toEqual({ ino: before.ino, mtimeMs: before.mtimeMs })
  })

  test('of a backup that was cut short, and so has no manifest, makes nothing', async () => {
    rmSync(join(folder, manifestFile))
    await expect(restore()).rejects.toMatchObject({ code: 'invalid-request', particulars: { got: 'no manifest.json' } })
    expect(existsSync(dataDir)).toBe(false)
  })

  test('of a backup that was changed makes nothing', async () => {
    writeFileSync(join(folder, 'store.sqlite'), 'another')
    await expect(restore()).rejects.toMatchObject({ code: 'invalid-request', particulars: { where: 'store.sqlite' } })
    expect(existsSync(dataDir)).toBe(false)
  })
})

describe('for a database', () => {
  test('hands out a copy of the store, and puts what opens it only when told', async () => {
    const { store, place, discard } = await unpackBackup(folder, stateKey, dataDir)
    expect(readFileSync(store, 'utf8')).toBe('the store')
    expect(found()).not.toContain('key-encryption-key.json')
    await place()
    await discard()
    expect(found()).toEqual(['key-encryption-key.json'])
  })

  test('is done again after one that was cut short, beside a store in a file', async () => {
    await unpackBackup(folder, stateKey, dataDir)
    writeFileSync(join(dataDir, 'store.sqlite'), 'the store one moves away from')
    for (let time = 0; time < 2; time++) {
      const { place, discard } = await unpackBackup(folder, stateKey, dataDir)
      await place()
      await discard()
    }
    expect(found()).toEqual(restoredFiles)
    expect(text('store.sqlite')).toBe('the store one moves away from')
  })

  test('puts nothing over what appears before it is told', async () => {
    const { place } = await unpackBackup(folder, stateKey, dataDir)
    writeFileSync(join(dataDir, 'key-encryption-key.json'), 'another')
    await expect(place()).rejects.toMatchObject({ code: 'already-exists' })
    expect(text('key-encryption-key.json')).toBe('another')
  })

  test('refuses a directory that opens another store', async () => {
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'key-encryption-key.json'), 'another')
    await expect(unpackBackup(folder, stateKey, dataDir)).rejects.toMatchObject({ code: 'already-exists' })
    expect(found()).toEqual(['key-encryption-key.json'])
  })
})
