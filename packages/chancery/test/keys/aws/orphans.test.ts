// Keys that an interrupted creation left in AWS: found by their tags where the service may list, and nobody else's.
import { CreateAliasCommand, CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/id.ts'
import { orphansIn } from '../../../src/health/orphans.ts'
import { codeOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { installation, startAws } from './emulator.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let kms: KMSClient

beforeAll(async () => {
  aws = await startAws()
  const { url: endpoint, region } = aws.emulator
  kms = new KMSClient({ endpoint, region })
})
afterEach(() => aws.emulator.faults.clear())
afterAll(async () => {
  kms.destroy()
  await aws.close()
})

const anHourAgo = () => newId('key', systemClock.now() - 3_600_000)

/** The service dies, or loses its right, between CreateKey and CreateAlias. */
async function interrupted(id = anHourAgo()) {
  aws.emulator.faults.add({ kind: 'deny', operation: 'CreateAlias' })
  expect(await codeOf(aws.backend.create({ id, algorithm: 'ed25519' }, soon()))).toBe('backend-denied')
  aws.emulator.faults.clear()
  return id
}

async function made(tags: Readonly<Record<string, string>>): Promise<string> {
  const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags }))
  return KeyMetadata?.Arn ?? ''
}

const orphans = async (recorded: Parameters<typeof aws.backend.orphans>[0] = []) =>
  (await aws.backend.orphans(recorded, soon())).map(({ finding }) => finding)
const naming = (id: string): unknown =>
  expect.stringMatching(new RegExp(`arn:aws:kms:\\S+ is marked as the key ${id}, which no record`))

describe('a key that nobody has on record', () => {
  it('is named with what ends it, until it is on record or scheduled for deletion', async () => {
    const id = await interrupted()
    const [found, ...more] = await aws.backend.orphans([], soon())
    expect([found, more]).toEqual([
      {
        finding: naming(id),
        remedy: expect.stringMatching(/aws kms schedule-key-deletion --region \S+ --key-id arn:aws:kms:\S+/),
      },
      [],
    ])
    expect(await orphansIn([aws.backend, aws.backend], [], soon())).toEqual([
      { subject: 'keys', level: 'warning', got: naming(id), advice: found?.remedy },
    ])
    expect(await orphans([{ id, data: {} }])).toEqual([])
    const KeyId = /arn:\S+/.exec(found?.finding ?? '')?.[0] ?? ''
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId }))
    expect(await orphans()).toEqual([])
  })

  it('is found by our alias too, once it has one', async () => {
    const id = anHourAgo()
    const key = refOf(id, await aws.backend.create({ id, algorithm: 'ed25519' }, soon()))
    expect(await orphans()).toEqual([naming(id)])
    expect(await orphans([key])).toEqual([])
    // Taken into use anew, under another id.
    expect(await orphans([{ ...key, id: newKeyId() }])).toEqual([])
  })

  it('is named with the wallet it was made for', async () => {
    const id = anHourAgo()
    await made({ 'chancery:owner': installation, 'chancery:key': id, 'chancery:wallet': 'wal_01' })
    expect(await orphans()).toContainEqual(expect.stringContaining(`as the key ${id} (for the wallet wal_01), which`))
  })

  it('is none of another installation, of another team, or just being made', async () => {
    const id = anHourAgo()
    const known = (await aws.backend.orphans([], soon())).length
    await made({})
    await made({ 'chancery:owner': 'ins_other', 'chancery:key': id })
    await made({ 'chancery:owner': installation })
    await made({ 'chancery:owner': installation, 'chancery:key': newKeyId() })
    const named = await made({ 'chancery:owner': installation, 'chancery:key': id })
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/of-a-team', TargetKeyId: named.replace(/^.*key\//, '') }))
    expect(await orphans()).toHaveLength(known)
  })

  it.each(['ListKeys', 'ListAliases', 'ListResourceTags'])('is not looked for without kms:%s', async (operation) => {
    await interrupted()
    aws.emulator.faults.add({ kind: 'deny', operation })
    expect(await orphans()).toEqual([])
  })

  it('is nothing to doctor where AWS does not answer', async () => {
    aws.emulator.faults.add({ kind: 'error', code: 'KMSInternalException', operation: 'ListKeys', status: 500 })
    expect(await orphansIn([aws.backend], [], soon())).toEqual([])
  })
})
