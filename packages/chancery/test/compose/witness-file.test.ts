/** The witness file is one process's alone, and says why when it cannot be. */
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWitnessFile } from '../../src/compose/witness-file.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-witness-file-'))
  path = join(folder, 'witness')
})

afterEach(() => rmSync(folder, { recursive: true }))

const refused = { code: 'already-exists', message: 'Another service has the witness file' }

describe('a second process', () => {
  test('is refused by every name of the file, and let in once it is given up', async () => {
    const links = ['one', 'two'].map((name) => join(folder, name))
    const [one = '', two = ''] = links
    links.forEach((link) => symlinkSync('witness', link))
    for (const [first, second] of [
      [one, two],
      [path, one],
      [two, path],
    ] as const) {
      const held = await openWitnessFile(first)
      await expect(openWitnessFile(second)).rejects.toMatchObject({ ...refused, particulars: { where: path } })
      await held[Symbol.asyncDispose]()
    }
    expect(links.map((link) => readlinkSync(link))).toEqual(['witness', 'witness'])
  })

  test('is refused through a link to its folder', async () => {
    symlinkSync(folder, `${folder}-link`)
    const held = await openWitnessFile(path)
    await expect(openWitnessFile(join(`${folder}-link`, 'witness'))).rejects.toMatchObject(refused)
    await held[Symbol.asyncDispose]()
    rmSync(`${folder}-link`)
  })
})

test.each([
  ['a folder', () => mkdirSync(`${path}.lock`), 'unable to open database file'],
  ['something else', () => writeFileSync(`${path}.lock`, 'not a lock'.repeat(100)), 'file is not a database'],
])('a lock that cannot be had because %s is in its place is said as it is', async (_, put, why) => {
  put()
  const error = await openWitnessFile(path).catch((caught: unknown) => caught)
  expect(String(error)).toContain(why)
  expect(String(error)).toContain(`${path}.lock`)
  expect(error).not.toMatchObject({ code: 'already-exists' })
})

test('one that cannot be written at the end is given up all the same', async () => {
  const held = await openWitnessFile(path)
  mkdirSync(`${path}.new`)
  await expect(held[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'EISDIR' })
  expect(open()).toEqual([])
  rmSync(`${path}.new`, { recursive: true })
  await (await openWitnessFile(path))[Symbol.asyncDispose]()
})

/** Where the system tells what a process has open. */
function open(): readonly string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap((name) => {
    const file = linked(`/proc/self/fd/${name}`)
    return file?.startsWith(folder) ? [file] : []
  })
}

function linked(name: string): string | undefined {
  try {
    return readlinkSync(name)
  } catch {
    return undefined
  }
}
