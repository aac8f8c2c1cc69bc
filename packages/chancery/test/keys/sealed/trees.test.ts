// Trees of keys in the sealed back-end. The phrases are of BIP-39's, BIP-84's and BIP-86's published vectors.
import { randomBytes } from 'node:crypto'
import { schnorr as noble } from '@noble/curves/secp256k1.js'
import { HDKey } from '@scure/bip32'
import { mnemonicToSeedSync, validateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { Secret } from '../../../src/base/secret.ts'
import type { Failed, Refused } from '../../../src/core/errors.ts'
import type { NewKey } from '../../../src/core/backend.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { secp256k1Schnorr } from '../../../src/curves/secp256k1-schnorr.ts'
import { createSealed, type SealedBackend } from '../../../src/keys/sealed/sealed.ts'
import { openBackup } from '../../../src/signers/backup.ts'
import { generateEnvelopeKeys } from '../../../src/signers/envelope.ts'
import { clearedBy, clearedFor, codeOf, errorOf, newKeyId, refOf, soon, spellings } from '../../contract/key-backend.ts'
import { childOf, treeKeeperContract } from '../../contract/tree-keeper.ts'

const hardened = 0x8000_0000
const abandon = `${'abandon '.repeat(11)}about`
let backend: SealedBackend

beforeAll(async () => {
  backend = await createSealed({ keyEncryptionKey: new Secret(randomBytes(32)), clock: systemClock })
})
afterAll(() => backend.close())

treeKeeperContract('sealed', () => backend)

const treeRequest = () => ({ id: newKeyId(), algorithm: 'secp256k1-ecdsa', tree: 'bip32' }) as const

function mnemonic(text: string, passphrase?: string, path = 'm') {
  const more = passphrase === undefined ? {} : { passphrase: new Secret(utf8(passphrase)) }
  return { format: 'mnemonic', mnemonic: new Secret(utf8(text)), path, ...more } as const
}

async function importTree(text: string, passphrase?: string): Promise<KeyRef> {
  const request = treeRequest()
  return refOf(request.id, await backend.import(request, mnemonic(text, passphrase), soon()))
}

const masterOf = (text: string, passphrase = '') =>
  toHex(HDKey.fromMasterSeed(mnemonicToSeedSync(text, passphrase)).publicKey ?? new Uint8Array())

describe('an import', () => {
  // https://github.com/trezor/python-mnemonic/blob/master/vectors.json: passphrase TREZOR, master key
  test.each([
    [
      abandon,
      'xprv9s21ZrQH143K3h3fDYiay8mocZ3afhfULfb5GX8kCBdno77K4HiA15Tg23wpbeF1pLfs1c5SPmYHrEpTuuRhxMwvKDwqdKiGJS9XFKzUsAF',
    ],
    [
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
      'xprv9s21ZrQH143K2gA81bYFHqU68xz1cX2APaSq5tt6MFSLeXnCKV1RVUJt9FWNTbrrryem4ZckN8k4Ls1H6nwdvDTvnV7zEXs2HgPezuVccsq',
    ],
    [
      'zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong',
      'xprv9s21ZrQH143K2V4oox4M8Zmhi2Fjx5XK4Lf7GKRvPSgydU3mjZuKGCTg7UPiBUD7ydVPvSLtg9hjp7MQTYsW67rZHAXeccqYqrsx8LcXnyd',
    ],
    [
      'zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote',
      'xprv9s21ZrQH143K2WFF16X85T2QCpndrGwx6GueB72Zf3AHwHJaknRXNF37ZmDrtHrrLSHvbuRejXcnYxoZKvRquTPyp2JiNG3XcjQyzSEgqCB',
    ],
  ])('of %s has the master key of the vectors', async (words, master) => {
    const ref = await importTree(words, 'TREZOR')
    expect(toHex(ref.publicKey)).toBe(toHex(HDKey.fromExtendedKey(master).publicKey ?? new Uint8Array()))
    expect(toHex((await importTree(words)).publicKey)).toBe(masterOf(words))
  })

  test('wipes what it was given, and takes accents in a passphrase as BIP-39 does', async () => {
    const secret = mnemonic(` ${abandon.toUpperCase()}\n`, 'pa\u0308ss')
    const { publicKey } = await backend.import(treeRequest(), secret, soon())
    expect(toHex(publicKey.bytes)).toBe(masterOf(abandon, 'p\u00e4ss'))
    expect(() => secret.mnemonic.use(toHex)).toThrow('wiped')
    expect(() => secret.passphrase?.use(toHex)).toThrow('wiped')
  })

  test('takes nothing but a mnemonic from its root', async () => {
    const work = (secret: Parameters<SealedBackend['import']>[1]) =>
      codeOf(backend.import(treeRequest(), secret, soon()))
    expect(await work({ format: 'hex', hex: new Secret(utf8('01'.repeat(32))) })).toBe('invalid-payload')
    expect(await work(mnemonic(abandon, undefined, 'm/44/60/0/0'))).toBe('invalid-payload')
    expect(await work(mnemonic('abandon '.repeat(12)))).toBe('invalid-payload')
    expect(await work(mnemonic(''))).toBe('invalid-payload')
  })

  test('makes no single key of a mnemonic', async () => {
    const { tree: _, ...single } = treeRequest()
    expect(await codeOf(backend.import(single, mnemonic(abandon), soon()))).toBe('invalid-payload')
  })

  test('of many keys keeps trees and single keys apart', async () => {
    const { tree: _, ...single } = treeRequest()
    const hex = () => ({ format: 'hex', hex: new Secret(utf8('01'.repeat(32))) }) as const
    const wanted = [
      { request: single, secret: hex() },
      { request: treeRequest(), secret: hex() },
      { request: treeRequest(), secret: mnemonic(abandon) },
    ]
    const taken = new Map<string, NewKey | Refused | Failed>()
    await backend.importMany(wanted, (request, key) => taken.set(request.id, key), soon())
    const [one, two, three] = wanted.map(({ request }) => taken.get(request.id))
    expect(one).toMatchObject({ data: expect.not.objectContaining({ tree: 'bip32' }) })
    expect(two).toMatchObject({ code: 'invalid-payload' })
    expect(three).toMatchObject({ data: { tree: 'bip32' } })
  })
})

// https://github.com/bitcoin/bips/blob/master/bip-0084.mediawiki#test-vectors
test('BIP-84: account and addresses of the vectors', async () => {
  const ref = await importTree(abandon)
  const account = await backend.extendedPublicKey(ref, [hardened + 84, hardened, hardened], soon())
  expect(toHex(childOf(account, [0, 0]))).toBe('0x0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c')
  expect(toHex(childOf(account, [0, 1]))).toBe('0x03e775fd51f0dfb8cd865d9ff1cca2a158cf651fe997fdc9fee9c1d3b5e995ea77')
  expect(toHex(childOf(account, [1, 0]))).toBe('0x03025324888e429ab8e3dbaf1f7802648b9cd01e9b418485c5fa4c1b9b5700e1a6')
})

// https://github.com/bitcoin/bips/blob/master/bip-0086.mediawiki#test-vectors
describe('BIP-86: internal and output key of the vectors', () => {
  test.each([
    [
      [0, 0],
      'cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115',
      'a60869f0dbcf1dc659c9cecbaf8050135ea9e8cdc487053f1dc6880949dc684c',
    ],
    [
      [0, 1],
      '83dfe85a3151d2517290da461fe2815591ef69f2b18a2ce63f01697a8b313145',
      'a82f29944d65b86ae6b5e5cc75e294ead6c59391a1edc5e016e3498c67fc7bbb',
    ],
    [
      [1, 0],
      '399f1b2f4393f29a18c937859c5dd8a77350103157eb880f02e8c08214277cef',
      '882d74e5d0572d5a816cef0041a96b6c1de832f6f9676d9605c44d5e9a97d3dc',
    ],
  ])('%j', async (below, internal, output) => {
    const ref = await importTree(abandon)
    const path = [hardened + 86, hardened, hardened]
    const inner = childOf(await backend.extendedPublicKey(ref, path, soon()), below).slice(1)
    expect(toHex(inner)).toBe(`0x${internal}`)
    const publicKey = secp256k1Schnorr.publicKey(Buffer.from(output, 'hex'))
    const signer = { path: [...path, ...below], tweak: noble.utils.taggedHash('TapTweak', inner), publicKey }
    const message = Uint8Array.from(randomBytes(32))
    const raw = await backend.sign(ref, clearedBy(ref, signer, message), soon())
    expect(() => secp256k1Schnorr.normalise(raw, message, publicKey)).not.toThrow()
  })
})

test('a backup holds the 24 words of the tree, for its recipient alone', async () => {
  const keys = generateEnvelopeKeys()
  const request = { ...treeRequest(), backup: { recipient: keys.publicKey } }
  const made = await backend.create(request, soon())
  const text = Buffer.from(openBackup(keys, request.id, 'secp256k1-ecdsa', made.backup ?? new Uint8Array())).toString()
  expect(text.split(' ').length).toBe(24)
  expect(validateMnemonic(text, wordlist)).toBe(true)
  expect(toHex((await importTree(text)).publicKey)).toBe(toHex(made.publicKey.bytes))
  const { tree: _, ...single } = request
  expect(await codeOf(backend.create({ ...single, id: newKeyId() }, soon()))).toBe('not-supported')
})

test('a plain Schnorr key signs tweaked, and is imported as hex', async () => {
  const privateKey = '07'.repeat(32)
  const request = { id: newKeyId(), algorithm: 'secp256k1-schnorr' } as const
  const made = await backend.import(request, { format: 'hex', hex: new Secret(utf8(privateKey)) }, soon())
  expect(toHex(made.publicKey.bytes)).toBe(toHex(noble.getPublicKey(Buffer.from(privateKey, 'hex'))))
  const ref = refOf(request.id, made)
  const message = Uint8Array.from(randomBytes(32))
  const tweak = noble.utils.taggedHash('TapTweak', made.publicKey.bytes)
  const raw = await backend.sign(ref, clearedBy(ref, { path: [], tweak, publicKey: made.publicKey }, message), soon())
  const itself = await backend.sign(ref, clearedFor(ref, message), soon())
  expect(noble.verify(itself.bytes, message, made.publicKey.bytes)).toBe(true)
  expect(noble.verify(raw.bytes, message, made.publicKey.bytes)).toBe(false)
  const wrong = clearedBy(ref, { path: [], tweak: tweak.slice(1), publicKey: made.publicKey }, message)
  expect(await codeOf(backend.sign(ref, wrong, soon()))).toBe('backend-failed')
})

test('errors and key data of a tree say nothing secret', async () => {
  const request = treeRequest()
  const ref = refOf(request.id, await backend.import(request, mnemonic(abandon, 'canary-4711'), soon()))
  const seed = mnemonicToSeedSync(abandon, 'canary-4711')
  const master = HDKey.fromMasterSeed(seed).privateKey ?? new Uint8Array()
  const errors = await Promise.all([
    errorOf(backend.sign(ref, clearedFor(ref, randomBytes(32)), soon())),
    errorOf(backend.extendedPublicKey(ref, [0], soon())),
    errorOf(backend.import(treeRequest(), mnemonic(`${abandon} canary-4711`, 'canary-4711'), soon())),
  ])
  const said = [JSON.stringify(ref.data), ...errors.map(({ message, stack }) => `${message} ${stack}`)].join()
  for (const secret of [seed, master, utf8('canary-4711')]) {
    for (const spelling of spellings(secret)) expect(said).not.toContain(spelling)
  }
})
