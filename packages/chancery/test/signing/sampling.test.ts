// A sample is verified, and a signer that errs is found out on every path: urgent, sampled, and many over one message.
import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Hex, toHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { deadlineIn } from '../../src/base/deadline.ts'
import type { KeyBackend } from '../../src/core/backend.ts'
import type { PublicKey } from '../../src/core/key.ts'
import type { Payload, RawSignature } from '../../src/core/payload.ts'
import type { Verifier } from '../../src/core/verifier.ts'
import { bls12381 } from '../../src/curves/bls12-381.ts'
import { generate } from '../../src/curves/bls12-381/private-key.ts'
import { withBlst } from '../../src/curves/bls12-381/with-blst.ts'
import { useKey } from '../../src/signing/use-key.ts'
import { fewestTogether, sampling } from '../../src/signing/verification/sampling.ts'
import { inPlace, VerifierThread } from '../../src/signing/verification/verifier.ts'

const library = withBlst()
const thread = new VerifierThread()
afterAll(() => thread.close())

interface Signer {
  readonly publicKey: PublicKey
  sign(message: Uint8Array): RawSignature
}

function signerOf(secret: Uint8Array, publicKey = bls12381.publicKey(library.publicKeyOf(secret))): Signer {
  const key = library.loadPrivateKey(secret)
  const sign = (message: Uint8Array): RawSignature => {
    const [bytes = new Uint8Array()] = library.signMany([key], [message])
    return { encoding: 'compact', bytes }
  }
  return { publicKey, sign }
}

const good = () => signerOf(generate())
/** Signs with another key than the one it is asked for: always of the right form, and never right. */
const faulty = () => signerOf(generate(), bls12381.publicKey(library.publicKeyOf(generate())))

function watched(verifier: Verifier = inPlace, gathering = 20) {
  const proved: Hex[] = []
  const together: number[] = []
  const wrong: (readonly Hex[])[] = []
  const inner: Verifier = {
    normalise(raw, message, publicKey) {
      proved.push(toHex(publicKey.bytes))
      return verifier.normalise(raw, message, publicKey)
    },
    together(raws, message, publicKeys) {
      together.push(raws.length)
      return verifier.together(raws, message, publicKeys)
    },
    close: () => Promise.resolve(),
  }
  const sampler = sampling(inner, { onWrong: (keys) => wrong.push(keys), gathering })
  onTestFinished(() => sampler.close())
  const check = (signer: Signer, message: Uint8Array = randomBytes(32), oneIn = 64) =>
    sampler.sampled?.(signer.sign(message), message, signer.publicKey, oneIn)
  return { proved, together, wrong, check, sampler }
}

const named = ({ publicKey }: Signer): Hex => toHex(publicKey.bytes)

test('of signatures over different messages, exactly one in so many is verified, from anywhere on', async () => {
  const { proved, check } = watched()
  const signer = good()
  for (let i = 0; i < 160; i++) await check(signer, undefined, 16)
  expect(proved.length).toBe(10)
})

test('what leaves is the compressed point, verified or not', async () => {
  const { check } = watched()
  const [signer, message] = [good(), randomBytes(32)]
  const exact = bls12381.normalise(signer.sign(message), message, signer.publicKey)
  for (const oneIn of [1, 2, 2]) expect(await check(signer, message, oneIn)).toEqual(exact)
})

test('the form is checked of every signature', async () => {
  const { sampler } = watched()
  const { publicKey } = good()
  for (const bytes of [new Uint8Array(64), new Uint8Array(192).fill(255), new Uint8Array(96)]) {
    const raw: RawSignature = { encoding: 'compact', bytes }
    await expect(sampler.sampled?.(raw, randomBytes(32), publicKey, 1_000_000)).rejects.toThrow(RangeError)
  }
})

describe.each([
  { where: 'in place', verifier: inPlace },
  { where: 'in its thread', verifier: thread as Verifier },
])('verified $where', ({ verifier }) => {
  test('an urgent signature that is wrong does not leave', async () => {
    const { check, wrong } = watched(verifier)
    const signer = faulty()
    await expect(check(signer, undefined, 1)).rejects.toThrow(RangeError)
    expect(wrong).toEqual([[named(signer)]])
  })

  test('a signer that is always wrong is found within so many signatures, and none leaves after that', async () => {
    const { check, wrong } = watched(verifier)
    const signer = faulty()
    let left = 0
    const found = async () => {
      for (;;) {
        await check(signer, undefined, 16)
        left++
      }
    }
    await expect(found()).rejects.toThrow(RangeError)
    expect(left).toBeLessThan(16)
    expect(wrong).toEqual([[named(signer)]])
    for (let i = 0; i < 20; i++) await expect(check(signer, undefined, 16)).rejects.toThrow(RangeError)
  })

  test('one wrong key among many over one message is found and named, and none of its signatures leaves after that', async () => {
    const { check, wrong, together, proved } = watched(verifier)
    const [one, message] = [faulty(), randomBytes(32)]
    const signers = Array.from({ length: 40 }, (_, i) => (i === 23 ? one : good()))
    for (const signer of signers) await check(signer, message, 1_000_000_000)
    await expect.poll(() => wrong).toEqual([[named(one)]])
    expect(together).toEqual([40])
    await expect(check(one)).rejects.toThrow(RangeError)
    const before = proved.length
    await check(good())
    expect(proved.length).toBe(before + 1)
  })

  test('a signer that is always wrong is found by a message that many sign', async () => {
    const { check, wrong } = watched(verifier)
    const message = randomBytes(32)
    const signers = Array.from({ length: fewestTogether }, faulty)
    for (const signer of signers) await check(signer, message, 1_000_000_000)
    await expect.poll(() => wrong).toEqual([signers.map(named)])
  })

  test('many right ones over one message cost one check', async () => {
    const { check, wrong, together, proved } = watched(verifier)
    const message = randomBytes(32)
    const signers = Array.from({ length: 64 }, good)
    for (const signer of signers) await check(signer, message, 1_000_000_000)
    await expect.poll(() => together).toEqual([64])
    expect([proved, wrong]).toEqual([[], []])
  })
})

test('a check of many begins when there are 512 of them, whatever the time', async () => {
  const { check, together } = watched({ ...inPlace, together: () => Promise.resolve(true) }, 60_000)
  const [signer, message] = [good(), randomBytes(32)]
  const raw = signer.sign(message)
  const same = { ...signer, sign: () => raw }
  for (let i = 0; i < 1_030; i++) await check(same, message, 1_000_000_000)
  expect(together).toEqual([512, 512])
})

test('without a verdict over many, everything is verified from then on', async () => {
  const { check, wrong, proved } = watched({ ...inPlace, together: () => Promise.reject(new Error('no verdict')) })
  const message = randomBytes(32)
  for (let i = 0; i < fewestTogether; i++) await check(good(), message, 1_000_000_000)
  await expect.poll(() => wrong).toEqual([[]])
  const before = proved.length
  for (let i = 0; i < 5; i++) await check(good())
  expect(proved.length).toBe(before + 5)
})

describe('the flow', () => {
  const soon = () => deadlineIn(30_000, systemClock)

  function use(signer: Signer, changes: Partial<Payload> = {}) {
    const payload: Payload = {
      key: 'key_00000000000000000000000000',
      algorithm: 'bls12-381',
      bytes: randomBytes(32),
      prehashed: true,
      urgency: 1,
      ...changes,
    }
    const backend: KeyBackend = {
      name: 'test',
      algorithms: [{ algorithm: 'bls12-381', random: false, verifiedOneIn: 1_000_000_000 }],
      publicKey: async () => signer.publicKey,
      sign: async () => signer.sign(payload.bytes),
      close: () => Promise.resolve(),
    }
    const key = {
      id: payload.key,
      algorithm: 'bls12-381',
      publicKey: named(signer),
      backend: 'test',
      ref: {},
      family: 'consensus',
      kind: 'decoded',
      state: 'enabled',
      frozen: false,
      createdAt: '',
    } as const
    const attempt = 'att_00000000000000000000000000' as const
    return { backend, key, publicKey: signer.publicKey, attempt, guards: [], duties: [], payload }
  }

  const rooms = () => ({ clock: systemClock, verifier: watched().sampler })

  test('lets a sampled use through unverified, and no other', async () => {
    const signer = faulty()
    await expect(useKey(rooms(), { ...use(signer), sampled: true }, soon())).resolves.toHaveProperty('bytes')
    const verified = [
      use(signer),
      { ...use(signer, { urgency: 2 }), sampled: true } as const,
      { ...use(signer, { verified: 'always' }), sampled: true } as const,
    ]
    for (const one of verified) {
      await expect(useKey(rooms(), one, soon())).rejects.toMatchObject({ code: 'bad-signature' })
    }
  })

  test('verifies all where there is no sampler', async () => {
    const bare = { clock: systemClock, verifier: inPlace }
    const sampled = { ...use(faulty()), sampled: true } as const
    await expect(useKey(bare, sampled, soon())).rejects.toMatchObject({ code: 'bad-signature' })
  })

  // A process that was stopped and goes on reads what its signers answered long ago before any timer of its own fires.
  test('releases nothing that was cleared too long ago, though no timer has said so', async () => {
    let slept = 0
    const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + slept }
    const signer = good()
    const asked = use(signer)
    const sign = async () => {
      slept = 5_001
      return signer.sign(asked.payload.bytes)
    }
    const answered = useKey(
      { clock, verifier: inPlace },
      { ...asked, backend: { ...asked.backend, sign } },
      deadlineIn(60_000, clock),
    )
    await expect(answered).rejects.toMatchObject({ code: 'deadline-exceeded' })
  })
})
