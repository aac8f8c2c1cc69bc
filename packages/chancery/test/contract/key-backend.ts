/** What every key back-end promises. Called by each back-end's own test, with what is special about it as data. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { concat, sha256, toHex, utf8 } from '../../src/base/bytes.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import { newId } from '../../src/base/id.ts'
import { canCreate, canKeep, canKeepTrees, canProbe, type KeyBackend, type NewKey } from '../../src/core/backend.ts'
import type { GuardRow } from '../../src/core/claim.ts'
import type { Curve } from '../../src/core/curve.ts'
import { Failed, Refused } from '../../src/core/errors.ts'
import type { Algorithm, KeyRef } from '../../src/core/key.ts'
import type { KeyId } from '../../src/core/names.ts'
import type { Cleared, DerivedSigner, Payload } from '../../src/core/payload.ts'
import { clear } from '../../src/signing/clear.ts'
import { againstClock, tooSlow } from '../against-clock.ts'

export interface BackendCase {
  readonly backend: KeyBackend
  readonly curve: Curve
}

export const soon = () => deadlineIn(10_000, systemClock)

export function newKeyId(): KeyId {
  return newId('key', Date.now())
}

export function refOf(id: KeyId, { publicKey, data }: NewKey): KeyRef {
  return { id, algorithm: publicKey.algorithm, publicKey: publicKey.bytes, data }
}

export function clearedFor(
  ref: KeyRef,
  bytes: Uint8Array,
  guards: readonly GuardRow[] = [],
  clock: Clock = systemClock,
): Cleared {
  return clear(payloadOf(ref, bytes), 'att_00000000000000000000000000', { guards, duties: [] }, clock)
}

/** The same, signed by a key made of this one. */
export function clearedBy(
  ref: KeyRef,
  signer: DerivedSigner,
  bytes: Uint8Array,
  algorithm: Algorithm = signer.publicKey.algorithm,
  guards: readonly GuardRow[] = [],
): Cleared {
  const payload = { ...payloadOf(ref, bytes), algorithm, signer }
  return clear(payload, 'att_00000000000000000000000000', { guards, duties: [] }, systemClock)
}

function payloadOf({ id, algorithm }: KeyRef, bytes: Uint8Array): Payload {
  return { key: id, algorithm, bytes, prehashed: algorithm.startsWith('secp256k1'), urgency: 1 }
}

/** The secret in every spelling it could leak in. */
export function spellings(secret: Uint8Array): readonly string[] {
  const buffer = Buffer.from(secret)
  return [
    buffer.toString('latin1'),
    buffer.toString('hex'),
    buffer.toString('base64').replace(/=+$/, ''),
    buffer.toString('base64url'),
    [...secret].join(','),
  ]
}

/** The error an operation ends with, whatever else fails. */
export async function errorOf(work: Promise<unknown>): Promise<Error> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Error) return outcome
  throw new Error('expected a refusal or a failure')
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await errorOf(work)
  if (error instanceof Refused || error instanceof Failed) return error.code
  throw error
}

/** `open` is called once, by the first test that needs it. */
export function keyBackendContract(name: string, open: () => BackendCase): void {
  const digest = () => Uint8Array.from(randomBytes(32))

  async function makeKey(): Promise<KeyRef> {
    const { backend, curve } = open()
    if (!canCreate(backend)) throw new Error(`${name} cannot create keys`)
    const id = newKeyId()
    return refOf(id, await backend.create({ id, algorithm: curve.algorithm }, soon()))
  }

  /** Whether the key signs a fresh payload with a signature that verifies. */
  async function signs(ref: KeyRef): Promise<boolean> {
    const { backend, curve } = open()
    const message = digest()
    const raw = await backend.sign(ref, clearedFor(ref, message), soon())
    const publicKey = { algorithm: ref.algorithm, bytes: ref.publicKey }
    return curve.verify(curve.normalise(raw, message, publicKey), message, publicKey)
  }

  function keeper() {
    const { backend } = open()
    if (!canKeep(backend)) throw new Error(`${name} keeps no state`)
    return backend
  }

  describe(`${name}: the contract of key back-ends`, () => {
    it('creates a key that signs, and says its public key again', async () => {
      const ref = await makeKey()
      expect(await signs(ref)).toBe(true)
      const said = await open().backend.publicKey(ref, soon())
      expect(toHex(said.bytes)).toBe(toHex(ref.publicKey))
    })

    it('finds the key of an interrupted creation instead of making a second one', async () => {
      const { backend, curve } = open()
      if (!canCreate(backend)) throw new Error(`${name} cannot create keys`)
      const request = { id: newKeyId(), algorithm: curve.algorithm }
      const first = await backend.create(request, soon())
      const second = await backend.create(request, soon())
      expect(toHex(second.publicKey.bytes)).toBe(toHex(first.publicKey.bytes))
    })

    it('makes different keys for different ids', async () => {
      const [one, two] = [await makeKey(), await makeKey()]
      expect(toHex(one.publicKey)).not.toBe(toHex(two.publicKey))
    })

    it('signs many payloads at once, each answer to its own question', async () => {
      const ref = await makeKey()
      expect(await Promise.all(Array.from({ length: 40 }, () => signs(ref)))).not.toContain(false)
    })

    it('refuses while disabled or scheduled for deletion, and signs again once enabled', async () => {
      const backend = keeper()
      const ref = await makeKey()
      const attempt = () => codeOf(backend.sign(ref, clearedFor(ref, digest()), soon()))
      await backend.disable(ref, soon())
      expect(await attempt()).toBe('key-state')
      await backend.enable(ref, soon())
      expect(await signs(ref)).toBe(true)
      const date = await backend.scheduleDeletion(ref, 7, soon())
      expect(Math.abs(date.getTime() - Date.now() - 7 * 86_400_000)).toBeLessThan(60_000)
      expect(await attempt()).toBe('key-state')
      await backend.cancelDeletion(ref, soon())
      expect(await attempt()).toBe('key-state')
      await backend.enable(ref, soon())
      expect(await signs(ref)).toBe(true)
    })

    it.each([6, 31, 7.5])('refuses to schedule a deletion in %s days', async (days) => {
      const ref = await makeKey()
      expect(await codeOf(keeper().scheduleDeletion(ref, days, soon()))).toBe('invalid-request')
      expect(await signs(ref)).toBe(true)
    })

    it('refuses a clearance that has expired', async () => {
      const ref = await makeKey()
      let skew = 0
      const clock: Clock = { now: Date.now, monotonic: () => systemClock.monotonic() - skew }
      skew = 5_001
      const cleared = clearedFor(ref, digest(), [], clock)
      expect(await codeOf(open().backend.sign(ref, cleared, soon()))).toBe('deadline-exceeded')
    })

    it('answers by the deadline', againstClock, async () => {
      const ref = await makeKey()
      const started = performance.now()
      const past = deadlineIn(0, systemClock)
      expect(await codeOf(open().backend.sign(ref, clearedFor(ref, digest()), past))).toBe('deadline-exceeded')
      expect(performance.now() - started, tooSlow).toBeLessThan(500)
    })

    it('probes a key without a payload', async () => {
      const { backend } = open()
      if (!canProbe(backend)) return
      const ref = await makeKey()
      expect(await backend.probe(ref, soon())).toEqual({ ok: true })
    })

    it('knows nothing of a key whose secret was destroyed', async () => {
      const ref = { ...(await makeKey()), data: {} }
      expect(await codeOf(open().backend.sign(ref, clearedFor(ref, digest()), soon()))).toBe('key-state')
    })

    it('has no children of a single key, and no root of a tree where it keeps none', async () => {
      const { backend, curve } = open()
      const ref = await makeKey()
      const publicKey = { algorithm: ref.algorithm, bytes: ref.publicKey }
      const child = clearedBy(ref, { path: [0], publicKey }, digest())
      expect(await codeOf(backend.sign(ref, child, soon()))).toBe('not-supported')
      expect(await signs(ref)).toBe(true)
      if (canKeepTrees(backend)) {
        expect(await codeOf(backend.extendedPublicKey(ref, [0x8000_0000], soon()))).toBe('not-supported')
      } else if (canCreate(backend)) {
        const root = { id: newKeyId(), algorithm: curve.algorithm, tree: 'bip32' } as const
        expect(await codeOf(backend.create(root, soon()))).toBe('not-supported')
      }
    })

    it('signs as its one algorithm does', async () => {
      const { backend } = open()
      const ref = await makeKey()
      const publicKey = { algorithm: ref.algorithm, bytes: ref.publicKey }
      const itself = (algorithm: Algorithm) => clearedBy(ref, { path: [], publicKey }, digest(), algorithm)
      const others = (['secp256k1-ecdsa', 'secp256k1-schnorr'] as const).filter((one) => one !== ref.algorithm)
      for (const other of others) {
        expect(await codeOf(backend.sign(ref, itself(other), soon()))).toBe('not-supported')
      }
      await expect(backend.sign(ref, itself(ref.algorithm), soon())).resolves.toHaveProperty('bytes')
    })

    it('says how random its signatures are', async () => {
      const { backend, curve } = open()
      const support = backend.algorithms.find(({ algorithm }) => algorithm === curve.algorithm)
      const ref = await makeKey()
      const message = sha256(concat(utf8('the same payload'), ref.publicKey))
      const twice = [
        await backend.sign(ref, clearedFor(ref, message), soon()),
        await backend.sign(ref, clearedFor(ref, message), soon()),
      ]
      const equal = toHex(twice[0]?.bytes ?? new Uint8Array()) === toHex(twice[1]?.bytes ?? new Uint8Array())
      expect(equal).toBe(support?.random === false)
    })
  })
}
