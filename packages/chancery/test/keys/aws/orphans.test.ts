// Keys in AWS that no record names: found by their tags where the service may list, however many they are, and nobody else's.
import { CreateAliasCommand, CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { FaultRule } from '../../../../aws-emulator/src/index.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import { newId } from '../../../src/base/id.ts'
import { sideBySide } from '../../../src/base/side-by-side.ts'
import type { Orphan } from '../../../src/core/backend.ts'
import { createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import { createOrphanWatch } from '../../../src/health/orphans.ts'
import { codeOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { installation, startAws } from './emulator.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let kms: KMSClient

async function start() {
  aws = await startAws()
  const { url: endpoint, region } = aws.emulator
  kms = new KMSClient({ endpoint, region })
}
async function end() {
  kms.destroy()
  await aws.close()
}

const anHourAgo = () => newId('key', systemClock.now() - 3_600_000)

/** The service dies, or loses its right, between CreateKey and CreateAlias. */
async function interrupted(id = anHourAgo()) {
  aws.emulator.faults.add({ kind: 'deny', operation: 'CreateAlias' })
  expect(await codeOf(aws.backend.create({ id, algorithm: 'ed25519' }, soon()))).toBe('backend-denied')
  aws.emulator.faults.clear()
  return id
}

async function made(tags: Readonly<Record<string, string>>, AliasName?: string): Promise<string> {
  const Tags = Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Tags }))
  const TargetKeyId = KeyMetadata?.KeyId ?? ''
  if (AliasName !== undefined) await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId }))
  return KeyMetadata?.Arn ?? ''
}
const marks = (id: string) => ({ 'chancery:owner': installation, 'chancery:key': id })

/** As wallets that were made after the backup a store was restored from: alias, tags, no record. */
async function unrecorded(count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, anHourAgo)
  await sideBySide(ids, 16, (id) => made(marks(id), `alias/chancery-${id}`))
  return ids
}

type Recorded = Parameters<typeof aws.backend.orphans>[0]

/** What is found, into `found` as it comes. */
async function look(recorded: Recorded = [], found: Orphan[] = []): Promise<readonly Orphan[]> {
  for await (const step of aws.backend.orphans(recorded, deadlineIn(60_000, systemClock))) found.push(...step.found)
  return found
}
const orphans = async (recorded?: Recorded) => (await look(recorded)).map(({ finding }) => finding)
const naming = (id: string): unknown =>
  expect.stringMatching(new RegExp(`arn:aws:kms:\\S+ is marked as the key ${id}, which no record`))

const watching = (told: Parameters<typeof createOrphanWatch>[0]['told'] = () => {}, backends = [aws.backend]) =>
  createOrphanWatch({ backends, clock: systemClock, keys: () => [], catchUp: async () => {}, told })

describe('a key that nobody has on record', () => {
  beforeAll(start)
  afterEach(() => aws.emulator.faults.clear())
  afterAll(end)

  it('is named with what ends it, until it is on record or scheduled for deletion', async () => {
    const id = await interrupted()
    const [found, ...more] = await look()
    expect([found, more]).toEqual([
      {
        id,
        data: { arn: expect.stringMatching(/^arn:aws:kms:/) },
        finding: naming(id),
        remedy: expect.stringMatching(/aws kms schedule-key-deletion --region \S+ --key-id arn:aws:kms:\S+/),
      },
      [],
    ])
    const watch = watching(undefined, [aws.backend, aws.backend])
    expect((await watch.look(soon())).findings).toEqual([
      { subject: 'orphan keys', level: 'warning', got: naming(id), advice: found?.remedy },
    ])
    expect(await orphans([{ id, data: {} }])).toEqual([])
    const KeyId = /arn:\S+/.exec(found?.finding ?? '')?.[0] ?? ''
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId }))
    expect(await orphans()).toEqual([])
    expect((await watching().look(soon())).findings).toEqual([{ subject: 'orphan keys', level: 'ok', got: 'none' }])
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
    await made({ ...marks(id), 'chancery:wallet': 'wal_01' })
    expect(await orphans()).toContainEqual(expect.stringContaining(`as the key ${id} (for the wallet wal_01), which`))
  })

  it('is none of another installation, of another team, or just being made', async () => {
    const known = (await look()).length
    await made({})
    const other = anHourAgo()
    await made({ ...marks(other), 'chancery:owner': 'ins_other' })
    await made({ ...marks(other), 'chancery:owner': 'ins_other' }, `alias/chancery-${other}`)
    await made({ 'chancery:owner': installation })
    await made(marks(newKeyId()))
    await made(marks(anHourAgo()), 'alias/of-a-team')
    expect(await orphans()).toHaveLength(known)
  })
})

describe('a look that is not made', () => {
  beforeAll(start)
  afterEach(() => aws.emulator.faults.clear())
  afterAll(end)

  /** By a back-end of its own: what fails often is not asked for a moment. */
  async function lookWith(fault: FaultRule) {
    aws.emulator.faults.add(fault)
    const { url: endpoint, region } = aws.emulator
    const backend = await createAwsKms({ region, endpoint, installation, clock: systemClock })
    const told: unknown[] = []
    const { looking, findings } = await watching((...words) => void told.push(words), [backend]).look(soon())
    await backend.close()
    expect(looking).toBe(false)
    return { findings, told }
  }

  it.each(['ListKeys', 'ListAliases'])(
    'for want of kms:%s is told of, and is no look that found none',
    async (operation) => {
      const { findings, told } = await lookWith({ kind: 'deny', operation })
      expect(findings).toEqual([
        {
          subject: 'orphan keys',
          level: 'warning',
          got: expect.stringContaining(`aws-kms: could not look: AWS does not allow kms:${operation}`),
          advice: expect.stringContaining('chancery aws policy'),
        },
      ])
      expect(told).toEqual([['failed', 0, [expect.objectContaining({ code: 'backend-denied' })]]])
    },
  )

  it('for want of kms:ListResourceTags is told of, unless it is other teams that do not grant it', async () => {
    const arn = await made({})
    const fault = { kind: 'deny', operation: 'ListResourceTags' } as const
    const { findings, told } = await lookWith(fault)
    expect(findings).toMatchObject([{ level: 'warning', got: expect.stringContaining('kms:ListResourceTags') }])
    expect(told).toMatchObject([['partly', 0, [{ code: 'backend-denied' }]]])
    aws.emulator.faults.clear()
    const mine = await made(marks(anHourAgo()), 'alias/of-mine')
    aws.emulator.faults.add({ ...fault, key: arn })
    expect(await orphans([{ id: newKeyId(), data: { arn: mine } }])).toEqual([])
    // Under an alias of ours it may well be one of ours.
    const id = anHourAgo()
    aws.emulator.faults.add({ ...fault, key: await made(marks(id), `alias/chancery-${id}`) })
    await expect(look([{ id: newKeyId(), data: { arn: mine } }])).rejects.toMatchObject({ code: 'backend-denied' })
  })

  it('to its end keeps what it has found, and says why it saw no more', async () => {
    await unrecorded(30)
    const fault = { kind: 'error', code: 'KMSInternalException', status: 500, operation: 'ListResourceTags' } as const
    const { findings, told } = await lookWith({ ...fault, skip: 16 })
    const [gap, ...found] = findings
    expect(gap?.got).toMatch(/^aws-kms: not all looked at \(16 of \d+ keys\): AWS KMS in /)
    expect(found.length).toBeGreaterThan(10)
    expect(told).toMatchObject([['partly', found.length, [{ code: 'backend-unavailable' }]]])
  })

  it('because AWS does not answer is told of', async () => {
    const { findings } = await lookWith({
      kind: 'error',
      code: 'KMSInternalException',
      operation: 'ListKeys',
      status: 500,
    })
    expect(findings).toMatchObject([
      { level: 'warning', got: expect.stringMatching(/could not look: .* did not answer kms:ListKeys/) },
    ])
  })
})

describe('many of them', () => {
  beforeAll(start)
  afterEach(() => aws.emulator.faults.clear())
  afterAll(end)

  it('are all named, by those with an alias of ours and those with none', async () => {
    const ids = await unrecorded(320)
    const bare = Array.from({ length: 20 }, anHourAgo)
    await sideBySide(bare, 16, (id) => made(marks(id)))
    const found = await orphans()
    expect(found).toHaveLength(340)
    const named = found.map((finding) => /as the key (\S+),/.exec(finding)?.[1] ?? '')
    expect(named.toSorted()).toEqual([...ids, ...bare].toSorted())
  }, 60_000)

  it('are named in a slow region too, where whoever asks waits for the look', async () => {
    aws.emulator.faults.add({ kind: 'latency', ms: 5, operation: 'ListResourceTags' })
    const watch = watching()
    const first = await watch.look(deadlineIn(50, systemClock))
    expect(first.looking).toBe(true)
    expect(first.findings[0]).toEqual({
      subject: 'orphan keys',
      level: 'warning',
      got: expect.stringMatching(/^aws-kms: still looking, (?:none|\d+ of \d+ keys) looked at so far/),
      advice: expect.stringContaining('chancery doctor --wait'),
    })
    const calls = () => aws.emulator.calls.filter(({ operation }) => operation === 'ListKeys').length
    const before = calls()
    const last = await watch.look(deadlineIn(60_000, systemClock))
    expect(last).toMatchObject({ looking: false, looked: 340, of: 340 })
    expect(last.findings).toHaveLength(340)
    // It was one look, and is news for a while.
    expect((await watch.look(soon())).findings).toHaveLength(340)
    expect(calls() - before).toBeLessThanOrEqual(1)
  }, 60_000)

  it('are not made of keys without an alias: beyond a thousand it is said that not all were looked at', async () => {
    await sideBySide(Array.from({ length: 1_000 }), 16, () => made({}))
    const found: Orphan[] = []
    const looking = look([], found)
    await expect(looking).rejects.toMatchObject({
      code: 'backend-failed',
      message: '1020 keys of the account have no alias, and 1000 of them were looked at',
    })
    expect(found.length).toBeGreaterThanOrEqual(320)
  }, 60_000)

  it('are listed page by page, each of which is a step: who ends a look waits for none', async () => {
    aws.emulator.clearCalls()
    let steps = 0
    for await (const { of } of aws.backend.orphans([], soon())) {
      if (of > 0) break
      steps += 1
    }
    const pages = aws.emulator.calls.filter(({ operation }) => /^List(?:Keys|Aliases)$/.test(operation)).length
    expect([steps, pages > 5]).toEqual([pages, true])
  })
})
