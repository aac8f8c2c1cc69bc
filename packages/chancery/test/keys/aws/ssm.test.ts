// New keys in Parameter Store, made or imported: the layout teams have, nothing overwritten.
import { randomBytes } from 'node:crypto'
import { DescribeKeyCommand } from '@aws-sdk/client-kms'
import { mnemonicFromSeed } from 'algosdk'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { newId } from '../../../src/base/id.ts'
import { Secret } from '../../../src/base/secret.ts'
import { publicKeyOf } from '../../../src/curves/ed25519/sign.ts'
import { openBackup } from '../../../src/signers/backup.ts'
import { generateEnvelopeKeys } from '../../../src/signers/envelope.ts'
import { codeOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { installation } from './emulator.ts'
import { words } from './local.ts'
import { addressOf, hex, newPlace, parameterStore, recorded, request } from './parameter-store.ts'

const store = parameterStore()

describe('a new key in Parameter Store', () => {
  it('is an alias, its tags, and a versioned SecureString under that key', async () => {
    const place = newPlace()
    const { ref, made } = await store.makeKey(place)
    const arn = recorded(made, 'arn')
    const { KeyMetadata } = await store.kms.send(new DescribeKeyCommand({ KeyId: `alias/${place.name}` }))
    expect(KeyMetadata).toMatchObject({ Arn: arn, KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' })
    const address = addressOf(made.publicKey)
    expect(await store.tagsOf(arn)).toEqual({
      address,
      network: 'testnet',
      project: 'confio',
      createdBy: 'chancery',
      'chancery:owner': installation,
      'chancery:key': ref.id,
    })
    expect(made.data).toEqual({
      arn,
      alias: `alias/${place.name}`,
      path: place.path,
      version: 1,
      format: 'v1',
      emulator: true,
    })
    const value: unknown = JSON.parse(await store.valueOf(place.path))
    expect(value).toEqual({ v: 1, alg: 'ed25519', key: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/), address })
  })

  it('never replaces an alias or a parameter that is there', async () => {
    const place = newPlace()
    await store.makeKey(place)
    const before = await store.valueOf(place.path)
    store.emulator.clearCalls()
    expect(await codeOf(store.backend.create(request(place), soon()))).toBe('already-exists')
    expect(await codeOf(store.backend.create(request({ ...newPlace(), path: place.path }), soon()))).toBe(
      'already-exists',
    )
    expect(await codeOf(store.backend.import(request(place), hex(randomBytes(32)), soon()))).toBe('already-exists')
    expect([store.calls('CreateKey').length, store.calls('PutParameter').length]).toEqual([0, 0])
    expect(await store.valueOf(place.path)).toBe(before)
  })

  it.each(['CreateAlias', 'TagResource', 'PutParameter'])(
    'that was interrupted at %s is finished, once',
    async (operation) => {
      const asked = request(newPlace(), newId('key', Date.now() - 3_600_000))
      if (operation === 'TagResource') {
        store.emulator.faults.add({ kind: 'deny', operation: 'PutParameter', count: 1 })
        expect(await codeOf(store.backend.create(asked, soon()))).toBe('backend-denied')
      }
      store.emulator.faults.add({ kind: 'deny', operation })
      expect(await codeOf(store.backend.create(asked, soon()))).toBe('backend-denied')
      store.emulator.faults.clear()
      const made = await store.backend.create(asked, soon())
      const again = await store.backend.create(asked, soon())
      expect(again.data).toEqual(made.data)
      expect(toHex(again.publicKey.bytes)).toBe(toHex(made.publicKey.bytes))
      expect((await store.tagsOf(recorded(made, 'arn')))['address']).toBe(addressOf(made.publicKey))
      expect(store.calls('PutParameter').filter(({ result }) => result === 'ok')).toHaveLength(1)
    },
  )

  it('is stored once when the answer is lost', async () => {
    store.emulator.faults.add({ kind: 'reset', stage: 'after', operation: 'PutParameter', count: 1 })
    const { ref, made } = await store.makeKey()
    expect(made.data['version']).toBe(1)
    expect((await store.sign(ref)).bytes).toHaveLength(64)
  })

  it('hands its words to the recipient of a backup, and to nobody else', async () => {
    const keys = generateEnvelopeKeys()
    const asked = { ...request(), backup: { words, recipient: keys.publicKey } }
    const made = await store.backend.create(asked, soon())
    const text = Buffer.from(openBackup(keys, asked.id, 'ed25519', made.backup ?? new Uint8Array())).toString()
    const taken = { format: 'words', words: new Secret(utf8(text)) } as const
    const preview = await store.backend.preview({ ...asked, id: newKeyId() }, taken, soon())
    expect(toHex(preview.bytes)).toBe(toHex(made.publicKey.bytes))
    expect(() => taken.words.use(toHex)).toThrow('wiped')
  })

  it('refuses names that AWS or this layout does not know', async () => {
    const bad = [{ name: 'aws/x' }, { name: 'a b' }, { path: 'relative' }, { path: '/aws/x' }, { path: '/a//b' }]
    for (const change of bad) {
      expect(await codeOf(store.backend.create(request({ ...newPlace(), ...change }), soon()))).toBe('invalid-request')
    }
    expect(store.emulator.calls).toEqual([])
  })
})

describe('an imported key', () => {
  it('is kept from its words, and signs', async () => {
    const seed = randomBytes(32)
    const asked = request()
    const secret = { format: 'words', words: new Secret(utf8(mnemonicFromSeed(seed))) } as const
    const made = await store.backend.import(asked, secret, soon())
    expect(toHex(made.publicKey.bytes)).toBe(toHex(publicKeyOf(seed)))
    expect(await store.valueOf(asked.place.path)).toContain(Buffer.from(seed).toString('base64'))
    expect((await store.sign(refOf(asked.id, made))).bytes).toHaveLength(64)
    expect(store.backend.processes()).toHaveLength(1)
  })

  it('asks AWS nothing for words that are wrong', async () => {
    const secret = { format: 'words', words: new Secret(utf8('abandon '.repeat(25))) } as const
    expect(await codeOf(store.backend.import(request(), secret, soon()))).toBe('invalid-payload')
    expect(store.emulator.calls).toEqual([])
  })
})
