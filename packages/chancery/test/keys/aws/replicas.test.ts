// A multi-Region primary key: AWS does not begin its deletion before its replicas are gone, and nobody knows when they are.
import { DescribeKeyCommand, KMSClient, ReplicateKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/id.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import { codeOf, errorOf, refOf, soon } from '../../contract/key-backend.ts'
import { installation, startAws } from './emulator.ts'
import { recorded } from './parameter-store.ts'

const elsewhere = 'eu-west-1'
const day = 86_400_000

let aws: Awaited<ReturnType<typeof startAws>>
let here: KMSClient
let there: KMSClient
let ref: KeyRef
let arn: string

beforeEach(async () => {
  aws = await startAws({ otherRegions: [elsewhere] }, { multiRegion: true })
  const { url: endpoint, region } = aws.emulator
  here = new KMSClient({ endpoint, region })
  there = new KMSClient({ endpoint, region: elsewhere })
  const id = newId('key', systemClock.now() - 3_600_000)
  ref = refOf(id, await aws.backend.create({ id, algorithm: 'secp256k1-ecdsa' }, soon()))
  arn = recorded(ref, 'arn')
  await here.send(new ReplicateKeyCommand({ KeyId: arn, ReplicaRegion: elsewhere }))
})
afterEach(async () => {
  here.destroy()
  there.destroy()
  await aws.close()
})

const replica = () => arn.replace(aws.emulator.region, elsewhere)
const deletable = () => Promise.resolve(aws.backend.requireDeletable?.(ref, soon()))
const ending = (days = 0) => Promise.resolve(aws.backend.requireEnding?.(ref, Date.now() + days * day, soon()))
const stateOf = async () => (await here.send(new DescribeKeyCommand({ KeyId: arn }))).KeyMetadata?.KeyState

it('is refused for deletion while it has replicas, with what deletes them', async () => {
  const command = `aws kms schedule-key-deletion --region ${elsewhere} --key-id ${arn.replace(/^.*\//, '')} `
  expect(await errorOf(deletable())).toMatchObject({
    code: 'key-state',
    message: `The AWS KMS key ${arn} has replicas in other regions: delete the replicas first`,
    particulars: { got: `replicas in ${elsewhere}`, hint: expect.stringContaining(command) },
  })
  expect(await stateOf()).toBe('Enabled')
})

it('is deleted once its replicas are gone, which they are when AWS has deleted them', async () => {
  await there.send(new ScheduleKeyDeletionCommand({ KeyId: replica(), PendingWindowInDays: 7 }))
  expect(await codeOf(deletable())).toBe('key-state')
  aws.emulator.advance(8 * day)
  await expect(there.send(new DescribeKeyCommand({ KeyId: replica() }))).rejects.toThrow('does not exist')
  await deletable()
  await aws.backend.scheduleDeletion(ref, 7, soon())
  expect(await stateOf()).toBe('PendingDeletion')
})

it('whose deletion somebody scheduled in AWS all the same is pending, and not purged while it waits', async () => {
  await here.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 9 }))
  expect(await stateOf()).toBe('PendingReplicaDeletion')
  await deletable()
  const earliest = await aws.backend.scheduleDeletion(ref, 7, soon())
  expect(earliest.getTime() - Date.now()).toBeGreaterThan(8.9 * day)
  expect(await aws.backend.inspect(ref, 'pending-deletion', soon())).toEqual([])
  expect((await errorOf(ending())).message).toContain('is not being deleted yet: AWS waits until its replicas are gone')
  await there.send(new ScheduleKeyDeletionCommand({ KeyId: replica(), PendingWindowInDays: 7 }))
  aws.emulator.advance(8 * day)
  await expect(there.send(new DescribeKeyCommand({ KeyId: replica() }))).rejects.toThrow('does not exist')
  // Only now its own window begins.
  expect(await errorOf(ending(8))).toMatchObject({
    code: 'key-state',
    message: `AWS KMS keeps the key ${arn}`,
    particulars: { got: expect.stringMatching(/^PendingDeletion until /) },
  })
  await ending(18)
  aws.emulator.advance(9 * day)
  await ending(17)
})

it('is out of use with a date where a replica was made in the same moment, and comes back', async () => {
  const earliest = await aws.backend.scheduleDeletion(ref, 7, soon())
  expect(earliest.getTime() - Date.now()).toBeGreaterThan(6.9 * day)
  expect(await codeOf(ending())).toBe('key-state')
  await aws.backend.cancelDeletion?.(ref, soon())
  expect(await stateOf()).toBe('Disabled')
})

it('is no key without a record while it waits', async () => {
  const look = async (): Promise<number> => {
    let count = 0
    for await (const { found } of aws.backend.orphans([], soon())) count += found.length
    return count
  }
  expect(await look()).toBe(1)
  await here.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 7 }))
  expect(await look()).toBe(0)
})

it('of which a replica is the key on record may go before its sisters', async () => {
  const { url: endpoint } = aws.emulator
  const other = await createAwsKms({ region: elsewhere, endpoint, installation, clock: systemClock })
  const taken = { ...ref, data: { ...ref.data, arn: replica() } }
  await other.requireDeletable?.(taken, soon())
  expect((await other.scheduleDeletion(taken, 7, soon())).getTime() - Date.now()).toBeGreaterThan(6.9 * day)
  await other.close()
})
