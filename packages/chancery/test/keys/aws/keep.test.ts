/** The end of a KMS key: what AWS has against it is heard before the record forgets the key, and holds nobody up who cannot ask. */
import { CancelKeyDeletionCommand, KMSClient, UntagResourceCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/id.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { codeOf, errorOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { oldKey, startAws } from './emulator.ts'
import { recorded } from './parameter-store.ts'

const day = 86_400_000

let aws: Awaited<ReturnType<typeof startAws>>
let kms: KMSClient
let ref: KeyRef

beforeEach(async () => {
  aws = await startAws()
  kms = new KMSClient({ endpoint: aws.emulator.url, region: aws.emulator.region })
  const id = newId('key', systemClock.now() - 3_600_000)
  ref = refOf(id, await aws.backend.create({ id, algorithm: 'secp256k1-ecdsa' }, soon()))
})
afterEach(async () => {
  kms.destroy()
  await aws.close()
})

const deletable = (one = ref) => Promise.resolve(aws.backend.requireDeletable?.(one, soon()))
const ending = (days: number, one = ref) =>
  Promise.resolve(aws.backend.requireEnding?.(one, Date.now() + days * day, soon()))

describe('is forgotten', () => {
  it('when AWS may delete it any moment, and when it is gone', async () => {
    await aws.backend.scheduleDeletion(ref, 7, soon())
    expect(await codeOf(ending(6.9))).toBe('key-state')
    await ending(7.1)
    aws.emulator.advance(8 * day)
    await ending(7.1)
  })

  it('not while it is in use in AWS, where its deletion never began or was taken back', async () => {
    const kept = {
      code: 'key-state',
      message: `AWS KMS keeps the key ${recorded(ref, 'arn')}`,
      particulars: { got: 'Enabled', hint: expect.stringContaining(`chancery keys schedule-deletion ${ref.id}`) },
    }
    expect(await errorOf(ending(8))).toMatchObject(kept)
    await aws.backend.scheduleDeletion(ref, 7, soon())
    await kms.send(new CancelKeyDeletionCommand({ KeyId: recorded(ref, 'arn') }))
    expect(await errorOf(ending(8))).toMatchObject({ ...kept, particulars: { got: 'Disabled' } })
  })

  it('where looking is denied: a key that is gone has no tag that would allow it', async () => {
    aws.emulator.faults.add({ kind: 'deny', operation: 'DescribeKey' })
    await expect(ending(8)).resolves.toBeUndefined()
  })

  it('not while AWS does not answer', async () => {
    aws.emulator.faults.add({ kind: 'reset', stage: 'before', operation: 'DescribeKey' })
    const soonest = Promise.resolve(aws.backend.requireEnding?.(ref, Date.now() + 8 * day, soon()))
    expect(await codeOf(soonest)).toBe('backend-unavailable')
  })
})

describe('is taken out of use on record', () => {
  it.each([{ kind: 'deny', operation: 'DescribeKey' } as const, { kind: 'reset', stage: 'before' } as const])(
    'whatever AWS says to that: $kind',
    async (fault) => {
      aws.emulator.faults.add(fault)
      await expect(deletable()).resolves.toBeUndefined()
    },
  )
})

it('that is not ours to end is asked for nothing but signatures', async () => {
  const arn = await oldKey(aws.emulator)
  const taken = await aws.backend.enrolUnowned({ id: newKeyId(), algorithm: 'secp256k1-ecdsa', name: arn }, soon())
  const unowned = refOf(newKeyId(), taken)
  aws.emulator.clearCalls()
  await deletable(unowned)
  await ending(0, unowned)
  expect(aws.emulator.calls).toEqual([])
})

it('that was made here had its tag from the first moment on: without it, somebody took it away', async () => {
  await kms.send(new UntagResourceCommand({ KeyId: recorded(ref, 'arn'), TagKeys: ['chancery:key'] }))
  const findings = await aws.backend.inspect(ref, 'enabled', soon())
  expect(findings.map(({ finding }) => finding)).toEqual([
    `The tag chancery:key of ${recorded(ref, 'arn')} was removed`,
  ])
})
