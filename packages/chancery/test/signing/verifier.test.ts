import { afterAll, describe, expect, test, vi } from 'vitest'
import { sha256, utf8 } from '../../src/base/bytes.ts'
import { publicKey } from '../../src/curves/secp256k1/public-key.ts'
import { generate, publicKeyOf, sign } from '../../src/curves/secp256k1/sign.ts'
import { kept } from '../../src/signing/use-key.ts'
import { inPlace, VerifierThread } from '../../src/signing/verification/verifier.ts'

const thread = new VerifierThread()
afterAll(() => thread.close())

const secret = generate()
const ours = publicKey(publicKeyOf(secret))
const digest = (text: string) => sha256(utf8(text))
const signatureOf = (text: string) => ({ encoding: 'compact' as const, bytes: sign(secret, digest(text)) })

describe.each([
  { where: 'in its own thread', verifier: thread },
  { where: 'in place', verifier: inPlace },
])('a verifier $where', ({ verifier }) => {
  test('answers each question with its own signature', async () => {
    const texts = Array.from({ length: 50 }, (_, i) => `message ${i}`)
    const found = await Promise.all(texts.map((text) => verifier.normalise(signatureOf(text), digest(text), ours)))
    expect(found.map(({ bytes }) => bytes)).toEqual(texts.map((text) => signatureOf(text).bytes.subarray(0, 64)))
    expect(new Set(found.map(({ yParity }) => yParity))).toEqual(new Set([0, 1]))
  })

  test('refuses what is not by the key over the message', async () => {
    const wrong = verifier.normalise(signatureOf('one'), digest('another'), ours)
    await expect(wrong).rejects.toThrow(RangeError)
    await expect(wrong).rejects.toThrow('the signature is not by this key over this digest')
  })

  test('refuses what is malformed, and goes on', async () => {
    const short = { encoding: 'compact' as const, bytes: new Uint8Array(3) }
    await expect(verifier.normalise(short, digest('one'), ours)).rejects.toThrow(RangeError)
    await expect(verifier.normalise(signatureOf('one'), digest('one'), ours)).resolves.toBeDefined()
  })

  test('takes bytes that are a part of something larger', async () => {
    const large = Buffer.concat([Buffer.alloc(100), signatureOf('one').bytes, Buffer.alloc(100)])
    const part = { encoding: 'compact' as const, bytes: large.subarray(100, 165) }
    await expect(verifier.normalise(part, digest('one'), ours)).resolves.toBeDefined()
  })
})

test('without a verdict, neither a back-end nor the store is called wrong', async () => {
  const failed = new TypeError('the library failed')
  const verifier = { normalise: () => Promise.reject(failed) }
  const payload = {
    bytes: digest('one'),
    algorithm: ours.algorithm,
    key: 'key_1',
    prehashed: true,
    urgency: 0,
  } as const
  const stored = { algorithm: ours.algorithm, bytes: signatureOf('one').bytes }
  await expect(kept({ verifier }, { payload, publicKey: ours }, stored)).rejects.toBe(failed)
  const edited = { algorithm: ours.algorithm, bytes: new Uint8Array(64) }
  await expect(kept({ verifier: inPlace }, { payload, publicKey: ours }, edited)).rejects.toMatchObject({
    code: 'store-corrupt',
  })
})

test('what waits when it is closed is refused', async () => {
  const ending = new VerifierThread()
  const waiting = ending.normalise(signatureOf('one'), digest('one'), ours)
  await ending.close()
  await expect(waiting).rejects.toMatchObject({ code: 'shutting-down' })
})

test('a thread that dies takes its questions with it, and the next question starts another', async () => {
  const dying = new VerifierThread(
    new URL(
      "data:text/javascript,import { parentPort } from 'node:worker_threads'; parentPort.once('message', () => process.exit())",
    ),
  )
  for (const text of ['one', 'two']) {
    const waiting = dying.normalise(signatureOf(text), digest(text), ours)
    await expect(waiting).rejects.toMatchObject({ code: 'internal' })
  }
  await dying.close()
})

test('a closed one starts no other thread, whatever it is asked', async () => {
  const ending = new VerifierThread()
  await ending.normalise(signatureOf('none'), digest('none'), ours)
  const started = vi.fn<() => void>()
  process.on('worker', started)
  const ask = (text: string) => ending.normalise(signatureOf(text), digest(text), ours).catch((error: unknown) => error)
  const asked = [ask('one')]
  const closing = ending.close()
  asked.push(ask('two'))
  await closing
  asked.push(ask('three'))
  const refused = expect.objectContaining({ code: 'shutting-down' })
  expect(await Promise.all(asked)).toEqual([refused, refused, refused])
  expect(started).not.toHaveBeenCalled()
  process.off('worker', started)
})

test('a thread that cannot be started again refuses its questions, and the process goes on', async () => {
  const place = new URL("data:text/javascript,import 'node:process'")
  const lost = new VerifierThread(place)
  const ask = () => lost.normalise(signatureOf('one'), digest('one'), ours)
  await expect(ask()).rejects.toMatchObject({ code: 'internal' })
  // Not a scheme that a thread is loaded from.
  place.href = 'http://127.0.0.1/'
  for (let time = 0; time < 2; time++) await expect(ask()).rejects.toMatchObject({ code: 'internal' })
  await lost.close()
})
