// What is seen of keys in Parameter Store without decrypting anything.
import { DisableKeyCommand, TagResourceCommand } from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import type { KeyRef } from '../../../src/core/key.ts'
import { codeOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { newPlace, parameterStore, recorded, request } from './parameter-store.ts'

const store = parameterStore()

const inspect = async (ref: KeyRef) =>
  (await store.backend.inspect(ref, 'enabled', soon())).map(({ finding }) => finding)

function denyDecryption(): void {
  const Statement = [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' },
  ] as const
  store.emulator.setIdentity({ ...store.emulator.credentials, policy: { Version: '2012-10-17', Statement } })
}

describe('what changed outside', () => {
  it('is nothing at first, and looking decrypts nothing', async () => {
    const { ref } = await store.makeKey()
    denyDecryption()
    const findings = await inspect(ref)
    const used = await codeOf(store.sign(ref))
    store.emulator.setIdentity(store.emulator.credentials)
    expect([findings, used]).toEqual([[], 'backend-denied'])
  })

  it('is a parameter that was written again, or is gone', async () => {
    const { ref, made } = await store.makeKey()
    const path = recorded(made, 'path')
    await store.overwrite(path, await store.valueOf(path))
    expect(await inspect(ref)).toEqual([expect.stringMatching(/was written since: it is version 2, and version 1/)])
    await store.backend.purge(ref, soon())
    expect(await inspect(ref)).toEqual([expect.stringContaining('is gone')])
  })

  it('is a key that was disabled, and tags that were changed', async () => {
    const { ref } = await store.makeKey()
    const KeyId = recorded(ref, 'arn')
    await store.kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'chancery:owner', TagValue: 'x' }] }))
    await store.kms.send(new DisableKeyCommand({ KeyId }))
    expect(await inspect(ref)).toEqual([expect.stringContaining('Disabled'), expect.stringContaining('chancery:owner')])
  })
})

describe('a key that was taken over under another id', () => {
  it('keeps the tag it came with, of which a change is told', async () => {
    const place = newPlace()
    const first = await store.backend.create(request(place), soon())
    const id = newKeyId()
    const ref = refOf(id, await store.backend.enrol({ ...request(place, id), name: place.name }, soon()))
    expect(await inspect(ref)).toEqual([])
    const KeyId = recorded(first, 'arn')
    await store.kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'chancery:key', TagValue: 'key_x' }] }))
    expect(await inspect(ref)).toEqual([`The tag chancery:key of ${KeyId} names another key`])
  })
})

describe('whether a key could sign', () => {
  const probe = async (ref: KeyRef) => {
    const answer = await store.backend.probe(ref, soon())
    return answer.ok ? 'ok' : answer.finding
  }

  it('is looked up without decrypting, so that every decryption has its entry in the register', async () => {
    const { ref } = await store.makeKey()
    denyDecryption()
    const answer = await store.backend.probe(ref, soon())
    store.emulator.setIdentity(store.emulator.credentials)
    expect(answer).toEqual({ ok: true })
    expect(store.backend.unproven).toMatch(/nothing was decrypted/)
  })

  it('is denied of a key that is disabled, in the words of the look', async () => {
    const { ref } = await store.makeKey()
    await store.kms.send(new DisableKeyCommand({ KeyId: recorded(ref, 'arn') }))
    expect(await inspect(ref)).toEqual([await probe(ref)])
    expect(await probe(ref)).toMatch(/recorded as enabled, and AWS KMS says Disabled/)
  })

  it('is denied of a parameter that was written again, is no SecureString, or is gone', async () => {
    const { ref, made } = await store.makeKey()
    const path = recorded(made, 'path')
    await store.overwrite(path, await store.valueOf(path))
    expect(await probe(ref)).toMatch(/was written since: it is version 2/)
    await store.backend.purge(ref, soon())
    expect(await probe(ref)).toContain('is gone')
    await store.writePlainly(path, 'a key that everybody reads')
    expect(await probe(ref)).toMatch(/is a String, not a SecureString/)
  })

  it('is not known of a record that holds nothing', async () => {
    const { ref } = await store.makeKey()
    expect(await store.backend.probe({ ...ref, data: {} }, soon())).toMatchObject({ ok: false, code: 'key-state' })
  })
})
