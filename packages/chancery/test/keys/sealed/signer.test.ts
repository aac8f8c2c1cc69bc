import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { sealEnvelope } from '../../../src/signers/envelope.ts'
import { encodeFields } from '../../../src/signers/fields.ts'
import { type Frame, kinds } from '../../../src/signers/frame.ts'
import { encodeImported } from '../../../src/signers/import-envelope.ts'
import { importContext } from '../../../src/signers/imported.ts'
import { signingHalf } from '../../../src/signers/halves.ts'
import { createSeenClaims } from '../../../src/signers/seen-claims.ts'
import { createSigner } from '../../../src/keys/sealed/signer.ts'
import { Secret } from '../../../src/base/secret.ts'

const id = utf8('key_00000000000000000000000000')
const algorithm = utf8('secp256k1-ecdsa')
/** No derivation: the key signs as it is. */
const itself = new Uint8Array(0)
const digest = (byte: number) => new Uint8Array(32).fill(byte)

function room() {
  let now = 1_000
  const signer = createSigner(() => now, signingHalf)
  const ask = (kind: number, ...fields: Uint8Array[]) => signer.answer({ id: 7, kind, fields })
  const [envelopeKey = new Uint8Array()] = ask(kinds.start, randomBytes(32)).fields
  const [publicKey, ...sealed] = ask(kinds.create, id, algorithm).fields
  const parts = [id, algorithm, publicKey ?? new Uint8Array(), ...sealed]
  const key = keyOf(parts)
  const sign = (message: Uint8Array, guards: readonly Uint8Array[] = [], expiry = 2_000) =>
    ask(kinds.sign, ...key, float(expiry), message, itself, ...guards)
  const wait = (milliseconds: number) => void (now += milliseconds)
  return { ask, sign, key, parts, envelopeKey, wait, signer }
}

const keyOf = (parts: readonly Uint8Array[]) => [parts[0] ?? id, encodeFields(parts)]

function float(value: number): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setFloat64(0, value)
  return out
}

const guard = (row: string, root: string, replaces = '') => [utf8(row), utf8(root), utf8(replaces)]
const said = ({ kind, fields }: Frame) => [kind, Buffer.from(fields[0] ?? []).toString()]
const conflict = [kinds.refused, 'conflicts-with-earlier']

describe('the signer', () => {
  it('answers with the id it was asked with', () => {
    const { sign } = room()
    expect(sign(digest(1))).toMatchObject({ id: 7, kind: kinds.done })
  })

  it('does not sign after the clearance expired, also when it waited in the pipe', () => {
    const { sign, wait } = room()
    wait(1_000)
    expect(said(sign(digest(1)))).toEqual([kinds.failed, 'deadline-exceeded'])
  })

  it('signs the same root for a row again and no other', () => {
    const { sign } = room()
    const nonce = (root: string) => guard('nonce 0xab eip155:1 7', root)
    expect(sign(digest(1), nonce('0x01')).kind).toBe(kinds.done)
    expect(sign(digest(1), nonce('0x01')).kind).toBe(kinds.done)
    expect(said(sign(digest(2), nonce('0x02')))).toEqual(conflict)
  })

  it('lets a named replacement through, and then refuses the replaced one', () => {
    const { sign } = room()
    expect(sign(digest(1), guard('row', '0x01')).kind).toBe(kinds.done)
    expect(sign(digest(2), guard('row', '0x02', '0x01')).kind).toBe(kinds.done)
    expect(said(sign(digest(1), guard('row', '0x01')))).toEqual(conflict)
  })

  it('signs one root for each slot, and another for the next', () => {
    const { sign } = room()
    const slot = (number: number, root: string) => guard(`block 0xab at ${number}`, root)
    expect(sign(digest(1), slot(7, '0x01')).kind).toBe(kinds.done)
    expect(said(sign(digest(2), slot(7, '0x02')))).toEqual(conflict)
    expect(sign(digest(2), slot(8, '0x02')).kind).toBe(kinds.done)
    expect(said(sign(digest(1), slot(8, '0x01')))).toEqual(conflict)
  })

  it('takes all rows or none', () => {
    const { sign } = room()
    expect(sign(digest(1), guard('one', '0x01')).kind).toBe(kinds.done)
    expect(said(sign(digest(2), [...guard('two', '0x02'), ...guard('one', '0x02')]))).toEqual(conflict)
    expect(sign(digest(3), guard('two', '0x03')).kind).toBe(kinds.done)
  })

  it('refuses a sealed secret under another id, algorithm or public key, also once it is open', () => {
    const { ask, parts, key, sign } = room()
    expect(sign(digest(1)).kind).toBe(kinds.done)
    const other = ask(kinds.create, id, algorithm).fields[0] ?? new Uint8Array()
    const changed = (at: number, field: Uint8Array) => keyOf(parts.map((old, i) => (i === at ? field : old)))
    for (const fields of [changed(0, utf8('key_1')), changed(1, utf8('ed25519')), changed(2, other)]) {
      expect(said(ask(kinds.sign, ...fields, float(2_000), digest(1)))).toEqual([kinds.failed, 'backend-failed'])
    }
    const [, sealed = new Uint8Array()] = key
    expect(said(ask(kinds.sign, utf8('key_1'), sealed, float(2_000), digest(1)))).toEqual([kinds.failed, 'internal'])
  })

  it('takes its sealing key once', () => {
    const { ask } = room()
    expect(said(ask(kinds.start, randomBytes(32)))).toEqual([kinds.failed, 'internal'])
  })

  it.each([
    ['a digest of 31 bytes', kinds.sign, 'backend-failed'],
    ['an unknown kind', kinds.done, 'internal'],
  ] as const)('says no to %s in a fixed sentence', (_, kind, code) => {
    const { ask, key } = room()
    expect(said(ask(kind, ...key, float(2_000), new Uint8Array(31)))).toEqual([kinds.failed, code])
  })

  it.each([
    ['zero', '00'.repeat(32)],
    ['the order of the group', 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'],
    ['too short', '01'],
    ['no hex', 'zz'.repeat(32)],
  ])('imports no private key that is %s', (_, hex) => {
    const { ask, envelopeKey } = room()
    const imported = encodeImported({ format: 'hex', hex: new Secret(utf8(hex)) })
    const envelope = sealEnvelope(envelopeKey, importContext('key_2', 'secp256k1-ecdsa'), imported)
    expect(said(ask(kinds.import, utf8('key_2'), algorithm, envelope))).toEqual([kinds.refused, 'invalid-payload'])
  })

  it('imports nothing that was encrypted for another key', () => {
    const { ask, envelopeKey } = room()
    const envelope = sealEnvelope(envelopeKey, importContext('key_2', 'secp256k1-ecdsa'), encodeFields([]))
    expect(said(ask(kinds.import, utf8('key_3'), algorithm, envelope))).toEqual([kinds.failed, 'backend-unavailable'])
  })

  it('forgets a key, and opens it again from what is sealed', () => {
    const { ask, sign } = room()
    const first = sign(digest(1))
    expect(ask(kinds.forget, id).kind).toBe(kinds.done)
    expect(toHex(sign(digest(1)).fields[0] ?? new Uint8Array())).toBe(toHex(first.fields[0] ?? new Uint8Array()))
  })
})

describe('the memory of claims', () => {
  it('holds as many rows as it says, and forgets the oldest first', () => {
    const seen = createSeenClaims(3)
    for (const row of ['a', 'b', 'c', 'd']) seen.take([{ row, root: '1' }])
    expect(seen.size).toBe(3)
    expect(seen.take([{ row: 'b', root: '2' }])).toBe(false)
    expect(seen.take([{ row: 'a', root: '2' }])).toBe(true)
  })
})
