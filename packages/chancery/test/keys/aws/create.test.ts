// A creation that was interrupted anywhere is found again by its id, and never makes a second key.
import { DescribeKeyCommand, KMSClient, ListResourceTagsCommand, ReplicateKeyCommand } from '@aws-sdk/client-kms'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/id.ts'
import { createAwsKms } from '../../../src/keys/aws/aws-kms.ts'
import { codeOf, errorOf, newKeyId, soon } from '../../contract/key-backend.ts'
import { deadlineIn } from '../../../src/base/deadline.ts'
import { installation, startAws } from './emulator.ts'
import { againstClock, tooSlow } from '../../against-clock.ts'

let aws: Awaited<ReturnType<typeof startAws>>

beforeAll(async () => {
  aws = await startAws()
})
afterEach(() => {
  aws.emulator.faults.clear()
  aws.emulator.clearCalls()
})
afterAll(() => aws.close())

const made = () =>
  aws.emulator.calls.filter(({ operation, result }) => operation === 'CreateKey' && result === 'ok').length
const arnIn = ({ arn }: { readonly arn?: unknown }) => (typeof arn === 'string' ? arn : '')
const request = (id = newKeyId()) => ({ id, algorithm: 'secp256k1-ecdsa' }) as const

async function restarted() {
  const { url: endpoint, region } = aws.emulator
  return createAwsKms({ region, endpoint, installation, clock: systemClock })
}

describe('creating a KMS key', () => {
  it('tags it with installation and id, and names it', async () => {
    const id = newKeyId()
    const { data } = await aws.backend.create(request(id), soon())
    expect(data).toMatchObject({ alias: `alias/chancery-${id}`, emulator: true })
  })

  it('keeps what the key is for as tags, from the moment it is made', async () => {
    const id = newKeyId()
    const labels = {
      'chancery:wallet': 'wal_01',
      'chancery:provider-id': '3f0c',
      'chancery:asset': 'BTC',
      'chancery:user-hash': 'a'.repeat(32),
    }
    const { data } = await aws.backend.create({ ...request(id), labels }, soon())
    const { url: endpoint, region } = aws.emulator
    const kms = new KMSClient({ endpoint, region })
    const KeyId = arnIn(data)
    const { Tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }))
    kms.destroy()
    expect(Object.fromEntries(Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))).toEqual({
      'chancery:owner': installation,
      'chancery:key': id,
      ...labels,
    })
    expect(aws.emulator.calls.some(({ operation }) => operation === 'TagResource')).toBe(false)
  })

  it('makes one that stays in its region, unless it is told otherwise: AWS lets nobody choose later', async () => {
    const { data } = await aws.backend.create(request(), soon())
    const { url: endpoint, region } = aws.emulator
    const kms = new KMSClient({ endpoint, region })
    const described = await kms.send(new DescribeKeyCommand({ KeyId: arnIn(data) }))
    kms.destroy()
    expect(described.KeyMetadata?.MultiRegion).toBe(false)
  })

  it.each([
    ['chancery:owner', 'ins_other'],
    ['chancery:user-hash', ''],
    ['chancery:user-hash', 'b'.repeat(257)],
    ['chancery:asset', 'a;b'],
  ])('makes nothing with a label that is no tag of ours: %s=%s', async (label, value) => {
    const error = await errorOf(aws.backend.create({ ...request(), labels: { [label]: value } }, soon()))
    expect(error).toMatchObject({ code: 'invalid-request', particulars: { where: `labels.${label}` } })
    expect(aws.emulator.calls.filter(({ operation }) => operation === 'CreateKey')).toEqual([])
  })

  it('tells whoever asked of each request, by the id that AWS has for it', async () => {
    const heard: string[] = []
    await aws.backend.create({ ...request(), heard: (one) => void heard.push(one) }, soon())
    const asked = aws.emulator.calls.filter(({ operation }) => !/^(?:List|Describe|GetKeyPolicy)/.test(operation))
    expect(heard).toEqual(asked.map(({ requestId }) => requestId))
    aws.emulator.faults.add({ kind: 'deny', operation: 'CreateKey' })
    const denied: string[] = []
    await errorOf(aws.backend.create({ ...request(), heard: (one) => void denied.push(one) }, soon()))
    expect(denied).toEqual([aws.emulator.calls.at(-1)?.requestId])
  })

  it('hands out no words, makes nothing, and says what takes their place', async () => {
    const backup = { words: { list: [], checksum: 'sha512-256' }, recipient: new Uint8Array(32) } as const
    const error = await errorOf(aws.backend.create({ id: newKeyId(), algorithm: 'ed25519', backup }, soon()))
    expect(error).toMatchObject({ code: 'not-supported', message: expect.stringContaining('never leaves AWS KMS') })
    expect(error).toMatchObject({ particulars: { hint: expect.stringMatching(/multisig.*multi-Region/) } })
    expect(aws.emulator.calls).toEqual([])
  })

  it.each(['CreateAlias', 'GetPublicKey'])('finds the key when the service died before %s', async (operation) => {
    // An id of an hour ago: the process that made it is gone.
    const id = newId('key', Date.now() - 3_600_000)
    aws.emulator.faults.add({ kind: 'deny', operation })
    expect(await codeOf(aws.backend.create(request(id), soon()))).toBe('backend-denied')
    aws.emulator.faults.clear()
    const later = await restarted()
    const first = await later.create(request(id), soon())
    const second = await aws.backend.create(request(id), soon())
    await later.close()
    expect(second.data).toEqual(first.data)
    expect(made()).toBe(1)
  })

  it('finds the key when the service died a moment ago and is back already', async () => {
    const id = newKeyId()
    aws.emulator.faults.add({ kind: 'deny', operation: 'CreateAlias' })
    expect(await codeOf(aws.backend.create(request(id), soon()))).toBe('backend-denied')
    aws.emulator.faults.clear()
    const later = await restarted()
    await later.create(request(id), soon())
    await later.close()
    expect(made()).toBe(1)
  })

  it.each(['CreateAlias', 'GetPublicKey'])(
    'goes on with a key it was told of, at once, when %s fails',
    async (operation) => {
      const id = newKeyId()
      // Neither its alias nor the list of all keys would show it.
      aws.emulator.faults.add({ kind: 'delayed-visibility', operation: 'CreateKey', ms: 1_000 })
      aws.emulator.faults.add({ kind: 'deny', operation })
      expect(await codeOf(aws.backend.create(request(id), soon()))).toBe('backend-denied')
      aws.emulator.faults.clear()
      await aws.backend.create(request(id), soon())
      expect(made()).toBe(1)
    },
  )

  it('makes no second key for a service that died, as long as AWS may not show the first', async () => {
    const id = newKeyId()
    aws.emulator.faults.add({ kind: 'delayed-visibility', operation: 'CreateKey', ms: 1_000 })
    aws.emulator.faults.add({ kind: 'deny', operation: 'CreateAlias' })
    expect(await codeOf(aws.backend.create(request(id), soon()))).toBe('backend-denied')
    aws.emulator.faults.clear()
    const later = await restarted()
    expect(await codeOf(later.create(request(id), soon()))).toBe('backend-unavailable')
    const again = () =>
      later.create(request(id), soon()).then(
        () => 'made',
        () => 'not yet',
      )
    await expect.poll(again, { timeout: 15_000 }).toBe('made')
    await later.close()
    expect(made()).toBe(1)
  })

  it('asks once when the answer is lost, and finds the key on the next attempt', async () => {
    const id = newKeyId()
    aws.emulator.faults.add({ kind: 'reset', stage: 'after', operation: 'CreateKey', count: 1 })
    expect(await codeOf(aws.backend.create(request(id), soon()))).toBe('backend-unavailable')
    await aws.backend.create(request(id), soon())
    expect(aws.emulator.calls.filter(({ operation }) => operation === 'CreateKey').length).toBe(1)
  })

  it('does not make a second key while it cannot see whether there is a first', async () => {
    const id = newKeyId()
    aws.emulator.faults.add({ kind: 'reset', stage: 'before', operation: 'CreateKey', count: 1 })
    expect(await codeOf(aws.backend.create(request(id), soon()))).toBe('backend-unavailable')
    expect(await codeOf(aws.backend.create(request(id), soon()))).toBe('backend-unavailable')
    expect(aws.emulator.calls.filter(({ operation }) => operation === 'CreateKey').length).toBe(1)
  })

  it('waits for what AWS has made and does not show yet', async () => {
    aws.emulator.faults.add({ kind: 'delayed-visibility', ms: 700 })
    const { publicKey } = await aws.backend.create(request(), soon())
    expect(publicKey.bytes.length).toBe(33)
    expect(made()).toBe(1)
  })

  it('does not wait past the deadline', againstClock, async () => {
    aws.emulator.faults.add({ kind: 'delayed-visibility', ms: 20_000 })
    const started = performance.now()
    await codeOf(aws.backend.create(request(), deadlineIn(1_000, systemClock)))
    expect(performance.now() - started, tooSlow).toBeLessThan(2_500)
  })

  it('does not take a key whose alias somebody made for another', async () => {
    const id = newKeyId()
    const first = await aws.backend.create(request(id), soon())
    const { url: endpoint, region } = aws.emulator
    const other = await createAwsKms({ region, endpoint, installation: 'ins_other', clock: systemClock })
    expect(await codeOf(other.create(request(id), soon()))).toBe('already-exists')
    await other.close()
    expect(first.data['alias']).toBe(`alias/chancery-${id}`)
  })
})

it('a multi-Region key, replicated with its tags, is taken over in the other region with the same public key', async () => {
  const elsewhere = 'eu-west-1'
  const many = await startAws({ otherRegions: [elsewhere] }, { multiRegion: true })
  const id = newKeyId()
  const { data, publicKey } = await many.backend.create(request(id), soon())
  const arn = arnIn(data)
  expect(arn).toMatch(/:key\/mrk-[0-9a-f]{32}$/)
  const { url: endpoint, region } = many.emulator
  const kms = new KMSClient({ endpoint, region })
  const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId: arn }))
  await kms.send(new ReplicateKeyCommand({ KeyId: arn, ReplicaRegion: elsewhere, Tags }))
  kms.destroy()
  const other = await createAwsKms({ region: elsewhere, endpoint, installation, clock: systemClock })
  const taken = await other.enrol({ ...request(), name: arn.replace(region, elsewhere) }, soon())
  await other.close()
  await many.close()
  expect(taken.publicKey).toEqual(publicKey)
})
