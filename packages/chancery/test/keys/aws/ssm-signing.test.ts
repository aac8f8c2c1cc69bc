// Signing with keys in Parameter Store: one decryption per batch, the pinned key or none, and errors that say what to do.
import { randomBytes } from 'node:crypto'
import { DisableKeyCommand } from '@aws-sdk/client-kms'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { Failed, Refused } from '../../../src/core/errors.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { ed25519 } from '../../../src/curves/ed25519.ts'
import type { AwsSsmBackend } from '../../../src/keys/aws/aws-ssm.ts'
import { clearedFor, codeOf, errorOf, soon } from '../../contract/key-backend.ts'
import { newPlace, parameterStore, recorded } from './parameter-store.ts'

const store = parameterStore()

const opened: AwsSsmBackend[] = []
afterEach(() => Promise.all(opened.splice(0).map((one) => one.close())))

describe('signing', () => {
  it('decrypts once for a batch, and again for the next one', async () => {
    const { ref } = await store.makeKey()
    store.emulator.clearCalls()
    const batch = () => Promise.all(Array.from({ length: 16 }, () => store.sign(ref)))
    const signatures = await batch()
    expect(store.calls('GetParameter')).toHaveLength(1)
    // Each names the request behind it, as CloudTrail does.
    const [{ requestId } = {}] = store.calls('GetParameter')
    expect(new Set(signatures.map(({ evidence }) => evidence))).toEqual(new Set([requestId]))
    await batch()
    expect(store.calls('GetParameter')).toHaveLength(2)
  })

  it('keeps an opened key for the time that is configured, and gives it up when it is disabled', async () => {
    const { ref } = await store.makeKey()
    const caching = await store.aws.open({ cacheSeconds: 300 })
    opened.push(caching)
    store.emulator.clearCalls()
    await store.sign(ref, undefined, caching)
    await store.sign(ref, undefined, caching)
    expect(store.calls('GetParameter')).toHaveLength(1)
    await caching.disable(ref, soon())
    expect(await codeOf(store.sign(ref, undefined, caching))).toBe('key-state')
  })

  it('gives up a key that was opened while it was being disabled', async () => {
    const { ref } = await store.makeKey()
    const caching = await store.aws.open({ cacheSeconds: 300 })
    opened.push(caching)
    store.emulator.faults.add({ kind: 'latency', ms: 500, operation: 'DisableKey' })
    const disabled = caching.disable(ref, soon())
    await expect.poll(() => store.emulator.faults.list()[0]?.fired).toBe(1)
    await store.sign(ref, undefined, caching)
    await disabled
    expect(await codeOf(store.sign(ref, undefined, caching))).toBe('key-state')
  })

  it('stops hard when the parameter holds another key', async () => {
    const place = newPlace()
    const { ref } = await store.makeKey(place)
    await store.overwrite(place.path, Buffer.from(randomBytes(32)).toString('base64'))
    const error = await errorOf(store.sign(ref))
    expect(error).toMatchObject({
      code: 'backend-failed',
      message: expect.stringMatching(/ADDRESS MISMATCH.*\/confio\//),
    })
  })

  it('is not done any more when the clearance expired while AWS was decrypting', async () => {
    const { ref } = await store.makeKey()
    // Cleared 4.4 of its 5 seconds ago.
    const earlier: Clock = { now: Date.now, monotonic: () => systemClock.monotonic() - 4_400 }
    store.emulator.faults.add({ kind: 'latency', ms: 900, operation: 'GetParameter' })
    const late = store.backend.sign(ref, clearedFor(ref, randomBytes(40), [], earlier), soon())
    const error = await errorOf(late)
    expect(error).toMatchObject({ code: 'deadline-exceeded', message: expect.stringContaining('clearance expired') })
    expect(store.calls('GetParameter').at(-1)).toMatchObject({ result: 'ok' })
  })

  it('refuses another root for a claim it has signed for', async () => {
    const { ref } = await store.makeKey()
    const row = { kind: 'once', scope: 'x algorand:t', item: '0x07' } as const
    const signFor = (root: `0x${string}`) =>
      store.backend.sign(ref, clearedFor(ref, randomBytes(32), [{ ...row, root }]), soon())
    await signFor('0x01')
    await signFor('0x01')
    expect(await codeOf(signFor('0x02'))).toBe('conflicts-with-earlier')
  })

  it('signs 4,097 bytes, which AWS KMS itself would not', async () => {
    const { ref } = await store.makeKey()
    const message = randomBytes(4_097)
    const publicKey = { algorithm: 'ed25519', bytes: ref.publicKey } as const
    expect(ed25519.normalise(await store.sign(ref, message), message, publicKey).bytes).toHaveLength(64)
  })

  it('says that the parameter is gone, and that a key was given up', async () => {
    const { ref } = await store.makeKey()
    await store.backend.purge(ref, soon())
    await store.backend.purge(ref, soon())
    const error = await errorOf(store.sign(ref))
    expect(error).toMatchObject({ code: 'key-state', message: expect.stringMatching(/has no parameter \/confio/) })
    expect(await codeOf(store.sign({ ...ref, data: {} }))).toBe('key-state')
  })

  it('does not use keys of another region', async () => {
    const { ref } = await store.makeKey()
    const arn = recorded(ref, 'arn').replace(store.emulator.region, 'eu-west-1')
    expect(await codeOf(store.sign({ ...ref, data: { ...ref.data, arn } }))).toBe('not-configured')
  })
})

describe('what goes wrong is said with cause, permission or name, and remedy', () => {
  const said = async (ref: KeyRef) => {
    const error = await errorOf(store.sign(ref))
    if (error instanceof Refused || error instanceof Failed)
      return { code: error.code, text: error.message, hint: error.particulars.hint }
    throw error
  }

  it('access denied by Systems Manager', async () => {
    const { ref } = await store.makeKey()
    store.emulator.faults.add({ kind: 'deny', operation: 'GetParameter' })
    expect(await said(ref)).toMatchObject({
      code: 'backend-denied',
      text: expect.stringMatching(/ssm:GetParameter on .*grant it/),
    })
  })

  it('access denied by KMS behind it', async () => {
    const { ref } = await store.makeKey()
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }] } as const
    store.emulator.setIdentity({ ...store.emulator.credentials, policy })
    const { code, text } = await said(ref)
    store.emulator.setIdentity(store.emulator.credentials)
    expect([code, text]).toEqual(['backend-denied', expect.stringMatching(/kms:Decrypt on arn:aws:kms:.*key's policy/)])
  })

  it('a disabled key, which Systems Manager calls an invalid key id', async () => {
    const { ref } = await store.makeKey()
    await store.kms.send(new DisableKeyCommand({ KeyId: recorded(ref, 'arn') }))
    const { code, text, hint } = await said(ref)
    expect([code, text]).toEqual(['key-state', expect.stringContaining('is disabled in AWS KMS')])
    expect(hint).toContain('aws kms enable-key')
  })

  it.each([
    ['ThrottlingException', 'backend-throttled', /throttling ssm:GetParameter/],
    ['ParameterNotFound', 'key-state', /has no parameter/],
    ['ExpiredTokenException', 'backend-denied', /credentials/],
    ['OptInRequired', 'backend-denied', /has not enabled the region/],
  ])('%s', async (error, code, text) => {
    const { ref } = await store.makeKey()
    store.emulator.faults.add({ kind: 'error', code: error, operation: 'GetParameter' })
    const answer = await said(ref)
    expect([answer.code, answer.text]).toEqual([code, expect.stringMatching(text)])
    expect(answer.hint).toBeTruthy()
  })
})
