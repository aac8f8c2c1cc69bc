import { hkdfSync, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { KeyWrapper } from '../../../src/core/backend.ts'
import { deriveSubkeys } from '../../../src/keys/sealed/key-encryption-key.ts'
import { keyEncryptionKeyFile, openKeyEncryptionKey } from '../../../src/keys/sealed/key-encryption-key-file.ts'
import {
  fileSource,
  type KeySource,
  makeKeyFile,
  passphraseSource,
  wrappedSource,
} from '../../../src/keys/sealed/key-sources.ts'
import { readPassphraseFile } from '../../../src/keys/sealed/secret-file.ts'
import { codeOf, errorOf, soon, spellings } from '../../contract/key-backend.ts'

let folder: string
let data: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chancery-'))
  data = join(folder, 'data')
  mkdirSync(data)
})
afterEach(() => rmSync(folder, { recursive: true }))

const hexOf = (secret: Secret) => secret.use(toHex)
const open = (source: KeySource) => openKeyEncryptionKey(data, source, soon())
const passphrase = (text: string) => passphraseSource(new Secret(utf8(text)))

/** Stands for a KMS: XOR with a pad it keeps. */
function paddingWrapper(name = 'pad'): KeyWrapper {
  const pad = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x5a)
  return {
    name,
    wrap: async (key) => key.use(pad),
    unwrap: async (ciphertext) => new Secret(pad(ciphertext)),
  }
}

function keyFile(): string {
  const path = join(folder, 'key')
  makeKeyFile(path, data)
  return path
}

describe('subkeys', () => {
  it('are what RFC 5869 says, by another implementation', () => {
    const key = randomBytes(32)
    const subkeys = deriveSubkeys(new Secret(Uint8Array.from(key)), 'sealing', 'check')
    for (const [name, subkey] of Object.entries(subkeys)) {
      const wanted = hkdfSync('sha256', key, new Uint8Array(0), utf8(`chancery ${name} 1`), 32)
      expect(hexOf(subkey)).toBe(toHex(new Uint8Array(wanted)))
    }
  })
})

describe('a key-encryption key', () => {
  it.each([
    ['a passphrase', () => passphrase('correct horse battery')],
    ['a key file', () => fileSource(keyFile(), data)],
    ['a KMS', () => wrappedSource(paddingWrapper())],
  ])('from %s is made once and found again', async (_, make) => {
    const source = make()
    const first = await open(source)
    const second = await open(source)
    expect([first.made, second.made]).toEqual([true, false])
    expect(hexOf(second.key)).toBe(hexOf(first.key))
    const kept = readFileSync(join(data, keyEncryptionKeyFile), 'latin1')
    for (const spelling of first.key.use(spellings)) expect(kept).not.toContain(spelling)
    expect(statSync(join(data, keyEncryptionKeyFile)).mode & 0o777).toBe(0o600)
  })

  it('is another one for another salt', async () => {
    const first = await open(passphrase('correct horse battery'))
    rmSync(join(data, keyEncryptionKeyFile))
    const second = await open(passphrase('correct horse battery'))
    expect(hexOf(second.key)).not.toBe(hexOf(first.key))
  })

  it('is not opened by another passphrase, and says nothing of either', async () => {
    await open(passphrase('correct horse battery'))
    const error = await errorOf(open(passphrase('incorrect horse battery')))
    expect(error.message).toContain('does not give the key-encryption key')
    expect(error.message).not.toContain('horse')
  })

  it('is not opened from a source of another kind, or by another wrapper', async () => {
    await open(wrappedSource(paddingWrapper()))
    const other = await errorOf(open(passphrase('correct horse battery')))
    expect(other).toMatchObject({
      code: 'not-configured',
      particulars: { got: 'passphrase', wanted: 'wrapped', hint: expect.stringContaining('aws.keyEncryptionKey') },
    })
    expect(await codeOf(open(wrappedSource(paddingWrapper('another'))))).toBe('not-configured')
  })

  it('is not derived with parameters that somebody raised to stop the service', async () => {
    await open(passphrase('correct horse battery'))
    const path = join(data, keyEncryptionKeyFile)
    writeFileSync(path, readFileSync(path, 'utf8').replace('"memory":65536', '"memory":99999999'))
    const error = await errorOf(open(passphrase('correct horse battery')))
    expect(error.message).toContain('damaged: memory')
  })

  it('is refused when what was kept is no longer readable', async () => {
    writeFileSync(join(data, keyEncryptionKeyFile), '{"version":1}')
    expect(await codeOf(open(passphrase('correct horse battery')))).toBe('not-configured')
  })

  it('needs a passphrase of twelve bytes', () => {
    expect(() => passphrase('elevenbytes')).toThrow('shorter than 12 bytes')
  })
})

describe('a file with a secret', () => {
  it.each([0o640, 0o604, 0o660, 0o644, 0o606])('is refused with mode %o', async (mode) => {
    const path = keyFile()
    chmodSync(path, mode)
    const error = await errorOf(open(fileSource(path, data)))
    expect(error.message).toContain(`chmod 600 ${path}`)
  })

  it('is refused inside the data directory, also behind a symbolic link', async () => {
    const inside = join(data, 'key')
    expect(() => makeKeyFile(inside, data)).toThrow('inside the data directory')
    writeFileSync(inside, new Uint8Array(32), { mode: 0o600 })
    symlinkSync(inside, join(folder, 'link'))
    symlinkSync(data, join(folder, 'other-name'))
    for (const path of [inside, join(folder, 'link'), join(folder, 'other-name', 'key')]) {
      expect((await errorOf(open(fileSource(path, data)))).message).toContain('inside the data directory')
    }
  })

  it.each([0, 31, 33, 4_097])('of %i bytes is no key', async (size) => {
    const path = join(folder, 'key')
    writeFileSync(path, new Uint8Array(size), { mode: 0o600 })
    expect(await codeOf(open(fileSource(path, data)))).toBe('not-configured')
  })

  it('is refused when it is missing or no file', async () => {
    expect(await codeOf(open(fileSource(join(folder, 'absent'), data)))).toBe('not-configured')
    expect(await codeOf(open(fileSource(tmpdir(), data)))).toBe('not-configured')
  })

  it('is never written over', () => {
    const path = keyFile()
    const before = readFileSync(path)
    expect(() => makeKeyFile(path, data)).toThrow('EEXIST')
    expect(readFileSync(path)).toEqual(before)
  })

  it.each(['the passphrase', 'the passphrase\n', 'the passphrase\r\n'])(
    'gives its text as a passphrase: %j',
    (text) => {
      const path = join(folder, 'passphrase')
      writeFileSync(path, text, { mode: 0o600 })
      expect(hexOf(readPassphraseFile(path, data))).toBe(toHex(utf8('the passphrase')))
    },
  )
})

describe('subkeys', () => {
  const key = () => new Secret(new Uint8Array(32).fill(7))

  it('are all different and always the same', () => {
    const names = ['sealing', 'state', 'pepper', 'note', 'check'] as const
    const first = Object.values(deriveSubkeys(key(), ...names)).map(hexOf)
    expect(new Set(first).size).toBe(names.length)
    expect(Object.values(deriveSubkeys(key(), ...names)).map(hexOf)).toEqual(first)
  })

  it('do not print', () => {
    expect(JSON.stringify(deriveSubkeys(key(), 'sealing'))).toBe('{"sealing":"[secret]"}')
  })

  it('need 32 bytes', () => {
    expect(() => deriveSubkeys(new Secret(new Uint8Array(31)), 'sealing')).toThrow(RangeError)
  })
})
