// BLS keys in the sealed back-end: what their processes are, and how keys come in.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { ImportedSecret, NewKey, NewKeyRequest } from '../../../src/core/backend.ts'
import { Failed, Refused } from '../../../src/core/errors.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { bls12381 } from '../../../src/curves/bls12-381.ts'
import { generate } from '../../../src/curves/bls12-381/private-key.ts'
import { withBlst } from '../../../src/curves/bls12-381/with-blst.ts'
import { createSealed, type SealedBackend } from '../../../src/keys/sealed/sealed.ts'
import { clearedFor, codeOf, errorOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { builtAddon } from '../../curves/built-addon.ts'
import { importGraph } from '../../signers/import-graph.ts'
import { readVectors, vectorsMissing } from '../../vectors/vectors.ts'

const algorithm = 'bls12-381'
const { publicKeyOf } = withBlst()
let backend: SealedBackend

beforeAll(async () => {
  backend = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock: systemClock })
})
afterAll(() => backend.close())

const request = (): NewKeyRequest => ({ id: newKeyId(), algorithm })
const hexOf = (secret: Uint8Array): ImportedSecret => ({ format: 'hex', hex: new Secret(utf8(toHex(secret))) })

async function makeKey(): Promise<KeyRef> {
  const id = newKeyId()
  return refOf(id, await backend.create({ id, algorithm }, soon()))
}

describe('the programs for BLS keys', () => {
  const common = [
    'base/bytes.ts',
    'base/uint64.ts',
    'curves/bls12-381/private-key.ts',
    'curves/bls12-381/sign.ts',
    'keys/sealed/seal.ts',
    'keys/sealed/serve.ts',
    'keys/sealed/signer.ts',
    'keys/sealed/together.ts',
    'signers/aes-gcm.ts',
    'signers/answer.ts',
    'signers/backup.ts',
    'signers/bls-half.ts',
    'signers/clearance.ts',
    'signers/derivation.ts',
    'signers/envelope.ts',
    'signers/fields.ts',
    'signers/frame.ts',
    'signers/imported.ts',
    'signers/key-use.ts',
    'signers/keystore-parts.ts',
    'signers/keystore-v3.ts',
    'signers/refusal.ts',
    'signers/seen-claims.ts',
    'signers/words.ts',
  ]
  const late = ['./with-addon.ts', './with-blst.ts', '@chancery/bls-addon']

  it('load the signing half of one curve and the unsealing, and nothing else', () => {
    const graph = importGraph('keys/sealed/bls/process.ts')
    expect(graph.files).toEqual([...common, 'keys/sealed/bls/process.ts'].toSorted())
    expect(graph.packages).toEqual(['@noble/hashes/scrypt.js', '@noble/hashes/sha3.js', 'node:crypto', 'node:fs'])
    expect(graph.late).toEqual(late)
  })

  it('load the formats of their keys besides, where they import', () => {
    const graph = importGraph('keys/sealed/bls/import-process.ts')
    const more = ['keystore-v4.ts', 'mnemonic.ts', 'bip39.ts', 'text.ts', 'bls-import-half.ts'].map(
      (name) => `signers/${name}`,
    )
    const own = ['curves/bls12-381/derive.ts', 'keys/sealed/bls/import-process.ts']
    expect(graph.files).toEqual([...common, ...more, ...own].toSorted())
    expect(graph.packages).toEqual([
      '@chainsafe/blst',
      '@noble/hashes/scrypt.js',
      '@noble/hashes/sha3.js',
      '@scure/bip39/wordlists/english.js',
      'node:crypto',
      'node:fs',
    ])
    expect(graph.late).toEqual(late)
  })
})

describe.runIf(existsSync('/proc/self/environ'))('the processes for BLS keys', () => {
  const proc = (pid: number, name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1')

  it('start with the first of them, and they alone may load native code', async () => {
    const mine = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock: systemClock })
    onTestFinished(() => mine.close())
    const ordinary = mine.processes()
    await mine.create({ id: newKeyId(), algorithm: 'ed25519' }, soon())
    expect(mine.processes()).toEqual(ordinary)
    const keys = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const id = newKeyId()
        return refOf(id, await mine.create({ id, algorithm }, soon()))
      }),
    )
    for (const ref of keys) await mine.sign(ref, clearedFor(ref, randomBytes(32)), soon())
    const own = mine.processes().filter((pid) => !ordinary.includes(pid))
    expect(own.length).toBeGreaterThan(0)
    for (const pid of ordinary) expect(proc(pid, 'cmdline')).not.toContain('--allow-addons')
    for (const pid of own) {
      const rights = new Set(proc(pid, 'cmdline').match(/--allow-[a-z-]+/g))
      expect(rights).toEqual(new Set(['--allow-fs-read', '--allow-addons']))
      expect(proc(pid, 'environ').replace(/^PWD=\/\0$/, '')).toBe('')
      expect(proc(pid, 'stat').split(') ')[1]?.split(' ')[16]).toBe('5')
    }
  })

  it.runIf(builtAddon() !== undefined)('sign by the addon where it is built, and by it alone', async () => {
    const ref = await makeKey()
    await backend.sign(ref, clearedFor(ref, randomBytes(32)), soon())
    const maps = backend.processes().map((pid) => proc(pid, 'maps'))
    expect(maps.some((text) => text.includes('bls-addon/build/blst.node'))).toBe(true)
    expect(maps.some((text) => text.includes('blst.linux'))).toBe(false)
  })
})

test('without the addon its library signs, one by one and many at once', async () => {
  const plain = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock: systemClock, addon: false })
  try {
    const id = newKeyId()
    const ref = refOf(id, await plain.create({ id, algorithm }, soon()))
    const roots = Array.from({ length: 20 }, () => randomBytes(32))
    const raws = await Promise.all(roots.map((root) => plain.sign(ref, clearedFor(ref, root), soon())))
    const verified = raws.map((raw, i) =>
      bls12381.normalise(raw, roots[i] ?? new Uint8Array(), { algorithm, bytes: ref.publicKey }),
    )
    expect(verified).toHaveLength(20)
  } finally {
    await plain.close()
  }
})

test('one chunk holds many keys and many messages, and each gets its own signature', async () => {
  const keys = await Promise.all(Array.from({ length: 10 }, makeKey))
  const roots = [randomBytes(32), randomBytes(32), randomBytes(7), new Uint8Array()]
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const [ref, root] = [keys[i % 10], roots[i % 4]]
      if (ref === undefined || root === undefined) throw new Error('unreachable')
      const raw = await backend.sign(ref, clearedFor(ref, root), soon())
      expect(raw.bytes.length).toBe(192)
      bls12381.normalise(raw, root, { algorithm, bytes: ref.publicKey })
    }),
  )
})

describe('an import of a BLS key', () => {
  it('takes hex in range, with or without 0x', async () => {
    const secret = generate()
    const { publicKey } = await backend.import(request(), hexOf(secret), soon())
    expect(toHex(publicKey.bytes)).toBe(toHex(publicKeyOf(secret)))
    const order = '73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001'
    for (const hex of [order, '00'.repeat(32), 'ff'.repeat(32)]) {
      const wrong = backend.import(request(), { format: 'hex', hex: new Secret(utf8(hex)) }, soon())
      expect(await codeOf(wrong)).toBe('invalid-payload')
    }
  })

  it('takes a mnemonic and a path, and wipes them', async () => {
    const mnemonic = new Secret(utf8(`${'abandon '.repeat(11)}about`))
    const passphrase = new Secret(utf8('TREZOR'))
    const secret = { format: 'mnemonic', mnemonic, passphrase, path: 'm/12381/3600/0/0/0' } as const
    const { publicKey } = await backend.import(request(), secret, soon())
    expect(publicKey.bytes.length).toBe(48)
    expect(() => mnemonic.use(toHex)).toThrow('wiped')
    expect(() => passphrase.use(toHex)).toThrow('wiped')
  })

  it('takes a validator keystore for no other algorithm', async () => {
    const secret = () => ({ format: 'keystore-v4', keystore: text('{}'), password: text('') }) as const
    const wrong = backend.import({ id: newKeyId(), algorithm: 'ed25519' }, secret(), soon())
    expect((await errorOf(wrong)).message).toContain('no known format')
    expect(await codeOf(backend.import(request(), secret(), soon()))).toBe('invalid-payload')
  })

  it('refuses what is larger than any keystore before a process reads it', async () => {
    const keystore = text(`{"a":"${'0'.repeat(20_000)}"}`)
    const secret = { format: 'keystore-v4', keystore, password: text('x') } as const
    expect((await errorOf(backend.import(request(), secret, soon()))).message).toContain('larger than any keystore')
    expect(() => keystore.use(toHex)).toThrow('wiped')
  })
})

const text = (value: string) => new Secret(utf8(value))

describe('many imports', () => {
  type Outcome = NewKey | Refused | Failed

  async function importAll(secrets: readonly ImportedSecret[], milliseconds = 60_000) {
    const wanted = secrets.map((secret) => ({ request: request(), secret }))
    const taken = new Map<string, Outcome>()
    const take = ({ id }: NewKeyRequest, key: Outcome) => {
      expect(taken.has(id)).toBe(false)
      taken.set(id, key)
    }
    await backend.importMany(wanted, take, deadlineIn(milliseconds, systemClock))
    return wanted.map(({ request: { id } }) => ({ id, outcome: taken.get(id) }))
  }

  it('give every key its own answer, in any order, and leave no process', async () => {
    const before = backend.processes()
    const secrets = Array.from({ length: 300 }, generate)
    const wrong = [0, 64, 299]
    const material = secrets.map((secret, i) => hexOf(wrong.includes(i) ? new Uint8Array(32) : secret))
    const done = await importAll(material)
    expect(backend.processes()).toEqual(before)
    for (const [i, { id, outcome }] of done.entries()) {
      if (wrong.includes(i)) expect(outcome).toMatchObject({ code: 'invalid-payload' })
      else if (outcome !== undefined && 'publicKey' in outcome) {
        expect(toHex(outcome.publicKey.bytes)).toBe(toHex(publicKeyOf(secrets[i] ?? new Uint8Array())))
        if (i % 100 === 1) expect(await backend.publicKey(refOf(id, outcome), soon())).toEqual(outcome.publicKey)
      } else expect.fail(`no key for ${i}`)
    }
    for (const one of material) expect(() => one.format === 'hex' && one.hex.use(toHex)).toThrow('wiped')
  })

  it('do not let one that is too large poison its neighbours', async () => {
    const done = await importAll([
      hexOf(generate()),
      { format: 'hex', hex: text('0'.repeat(20_000)) },
      hexOf(generate()),
    ])
    expect(done.map(({ outcome }) => outcome instanceof Refused)).toEqual([false, true, false])
  })

  it('take no longer than their deadline, and wipe what was not begun', async () => {
    const material = Array.from({ length: 200 }, () => hexOf(generate()))
    const done = await importAll(material, 0)
    expect(new Set(done.map(({ outcome }) => outcome instanceof Failed && outcome.code))).toEqual(
      new Set(['deadline-exceeded']),
    )
    for (const one of material) expect(() => one.format === 'hex' && one.hex.use(toHex)).toThrow('wiped')
  })

  it('of 10,000 raw keys are done in seconds', { timeout: 60_000 }, async () => {
    const material = Array.from({ length: 10_000 }, () => hexOf(generate()))
    const started = performance.now()
    const done = await importAll(material)
    const seconds = (performance.now() - started) / 1_000
    expect(done.every(({ outcome }) => outcome !== undefined && 'publicKey' in outcome)).toBe(true)
    // About one on two quiet cores.
    expect(seconds).toBeLessThan(20)
    console.info(`10,000 raw keys imported in ${seconds.toFixed(1)} s`)
  })

  it.skipIf(vectorsMissing('eip2335/keystore-scrypt.json'))('read keystores, beside those they refuse', async () => {
    const keystores = readVectors<object>('eip2335/keystore-*.json').map((keystore) => JSON.stringify(keystore))
    const password = () => text('𝔱𝔢𝔰𝔱𝔭𝔞𝔰𝔰𝔴𝔬𝔯𝔡🔑')
    const material = keystores.map(
      (keystore) => ({ format: 'keystore-v4', keystore: text(keystore), password: password() }) as const,
    )
    const bad = { format: 'keystore-v4', keystore: text(keystores[0] ?? ''), password: text('wrong') } as const
    const done = await importAll([...material, bad])
    const names = done.map(({ outcome }) => (outcome && 'publicKey' in outcome ? toHex(outcome.publicKey.bytes) : ''))
    const name = '0x9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07'
    expect(names).toEqual([name, name, ''])
  })
})
