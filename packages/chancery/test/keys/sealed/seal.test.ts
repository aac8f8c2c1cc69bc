import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import type { Algorithm } from '../../../src/core/key.ts'
import { decodeFields, encodeFields } from '../../../src/signers/fields.ts'
import { generateEnvelopeKeys, openEnvelope, sealEnvelope } from '../../../src/signers/envelope.ts'
import { createFrameReader, encodeFrame } from '../../../src/signers/frame.ts'
import { type Binding, seal, unseal } from '../../../src/keys/sealed/seal.ts'

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })
const binding: fc.Arbitrary<Binding> = fc.record({
  id: fc.stringMatching(/^key_[0-9a-z]{26}$/),
  algorithm: fc.constantFrom<Algorithm>('secp256k1-ecdsa', 'ed25519'),
  publicKey: bytes(33),
})
const inputs = fc.record({ key: bytes(32), binding, secret: fc.uint8Array({ maxLength: 200 }) })

describe('sealing', () => {
  it('opens what it sealed', () => {
    fc.assert(
      fc.property(inputs, ({ key, binding, secret }) => {
        expect(toHex(unseal(key, binding, seal(key, binding, secret)))).toBe(toHex(secret))
      }),
    )
  })

  it('opens under no other id, algorithm, public key or sealing key', () => {
    fc.assert(
      fc.property(inputs, bytes(33), bytes(32), ({ key, binding, secret }, publicKey, otherKey) => {
        const sealed = seal(key, binding, secret)
        const algorithm: Algorithm = binding.algorithm === 'ed25519' ? 'secp256k1-ecdsa' : 'ed25519'
        expect(() => unseal(key, { ...binding, id: `${binding.id}0` }, sealed)).toThrow('unable to authenticate')
        expect(() => unseal(key, { ...binding, algorithm }, sealed)).toThrow('unable to authenticate')
        expect(() => unseal(key, { ...binding, publicKey }, sealed)).toThrow('unable to authenticate')
        expect(() => unseal(otherKey, binding, sealed)).toThrow('unable to authenticate')
      }),
    )
  })

  it('opens with no bit changed', () => {
    fc.assert(
      fc.property(
        inputs,
        fc.nat(),
        fc.constantFrom('salt', 'nonce', 'ciphertext'),
        ({ key, binding, secret }, at, part) => {
          const sealed = seal(key, binding, secret)
          const changed = Uint8Array.from(sealed[part])
          changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ 1
          expect(() => unseal(key, binding, { ...sealed, [part]: changed })).toThrow('unable to authenticate')
        },
      ),
    )
  })

  it('never seals the same way twice', () => {
    const same = { id: 'key_0', algorithm: 'ed25519', publicKey: new Uint8Array(32) } as const
    const made = Array.from({ length: 100 }, () => seal(new Uint8Array(32), same, new Uint8Array(32)))
    expect(new Set(made.map(({ salt }) => toHex(salt))).size).toBe(100)
    expect(new Set(made.map(({ ciphertext }) => toHex(ciphertext))).size).toBe(100)
  })
})

describe('import envelopes', () => {
  it('open for their recipient and context alone', () => {
    const [ours, theirs] = [generateEnvelopeKeys(), generateEnvelopeKeys()]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes(8), bytes(8), (secret, context, other) => {
        fc.pre(toHex(context) !== toHex(other))
        const envelope = sealEnvelope(ours.publicKey, context, secret)
        expect(toHex(openEnvelope(ours, context, envelope))).toBe(toHex(secret))
        expect(() => openEnvelope(theirs, context, envelope)).toThrow('unable to authenticate')
        expect(() => openEnvelope(ours, other, envelope)).toThrow('unable to authenticate')
      }),
      { numRuns: 30 },
    )
  })
})

describe('frames', () => {
  const frame = fc.record({
    id: fc.nat({ max: 0xffff_ffff }),
    kind: fc.nat({ max: 255 }),
    fields: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
  })

  it('arrive as they were sent, however the pipe cuts them', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), fc.integer({ min: 1, max: 20 }), (frames, size) => {
        const sent = Buffer.concat(frames.map(encodeFrame))
        const reader = createFrameReader()
        const chunks = Array.from({ length: Math.ceil(sent.length / size) }, (_, i) =>
          sent.subarray(i * size, (i + 1) * size),
        )
        const got = chunks.flatMap((chunk) => reader.push(chunk))
        expect(got.map((one) => ({ ...one, fields: one.fields.map(toHex) }))).toEqual(
          frames.map((one) => ({ ...one, fields: one.fields.map(toHex) })),
        )
      }),
    )
  })

  it.each([
    ['too long', [0, 16, 0, 1, 0]],
    ['too short', [0, 0, 0, 4, 0, 0, 0, 0]],
    ['a field past the end', [0, 0, 0, 9, 0, 0, 0, 1, 1, 0, 0, 0, 1]],
  ])('are refused when %s', (_, bytes) => {
    expect(() => createFrameReader().push(Uint8Array.from(bytes))).toThrow(RangeError)
  })

  it('hold fields that decode to what was encoded', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (fields) => {
        expect(decodeFields(encodeFields(fields)).map(toHex)).toEqual(fields.map(toHex))
      }),
    )
  })
})
