// The policies are tested against the calls really made: each role does its work under its policy, and nothing else's.
import { randomBytes } from 'node:crypto'
import { KMSClient, TagResourceCommand } from '@aws-sdk/client-kms'
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest'
import type { PolicyDocument } from '../../../../aws-emulator/src/index.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { KeyRef } from '../../../src/core/key.ts'
import { awsPolicy, type PolicyOptions, type PolicyRole } from '../../../src/keys/aws/policy.ts'
import { clearedFor, codeOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { createAwsKms, type AwsKmsBackend } from '../../../src/keys/aws/aws-kms.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { installation, startAws, useCredentials } from './emulator.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let ref: KeyRef
let unmarked: KeyRef
const opened: AwsKmsBackend[] = []

const create = async (backend: AwsKmsBackend): Promise<KeyRef> => {
  const id = newKeyId()
  return refOf(id, await backend.create({ id, algorithm: 'secp256k1-ecdsa' }, soon()))
}
const sign = (backend: AwsKmsBackend, key = ref) => backend.sign(key, clearedFor(key, randomBytes(32)), soon())

beforeAll(async () => {
  aws = await startAws()
  ref = await create(aws.backend)
  const { url: endpoint, region } = aws.emulator
  const other = await createAwsKms({ region, endpoint, installation: 'ins_other', clock: systemClock })
  unmarked = await create(other)
  await other.close()
})
afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())))
afterAll(() => aws.close())

const pinned = ({ data }: KeyRef, name: 'arn' | 'alias'): string => {
  const value = data[name]
  return typeof value === 'string' ? value : ''
}
const arnOf = (key: KeyRef) => pinned(key, 'arn')

function isDocument(value: JsonObject): value is JsonObject & PolicyDocument {
  return Array.isArray(value['Statement'])
}

/** A back-end whose credentials hold the role's policy and nothing else. */
async function inRole(
  role: PolicyRole,
  options: Partial<PolicyOptions> = {},
  { mfa = false, region = aws.emulator.region } = {},
): Promise<AwsKmsBackend> {
  const account = arnOf(ref).split(':')[4] ?? ''
  const { iam: policy } = awsPolicy(role, { region, account, installation, ...options })
  if (!isDocument(policy)) throw new Error('no policy document')
  const accessKeyId = `ROLE${randomBytes(8).toString('hex').toUpperCase()}`
  const secretAccessKey = randomBytes(20).toString('hex')
  aws.emulator.setIdentity({ accessKeyId, secretAccessKey, policy, mfa })
  useCredentials({ accessKeyId, secretAccessKey })
  const { url: endpoint } = aws.emulator
  const backend = await createAwsKms({ region: aws.emulator.region, endpoint, installation, clock: systemClock })
  opened.push(backend)
  return backend
}

describe('the creator', () => {
  it('creates, finds again and enrols keys', async () => {
    const backend = await inRole('creator')
    const made = await create(backend)
    const found = await backend.enrol({ id: newKeyId(), algorithm: 'secp256k1-ecdsa', name: arnOf(made) }, soon())
    expect(found.data['arn']).toBe(made.data['arn'])
    const old = 'key_01hzzzzzzzzzzzzzzzzzzzzzzz'
    const request = { id: old, algorithm: 'secp256k1-ecdsa' } as const
    expect((await backend.create(request, soon())).data).toEqual((await backend.create(request, soon())).data)
  })

  it('says in tags what a key is for, in those of a wallet and in no others', async () => {
    const labels = {
      'chancery:wallet': 'wal_01',
      'chancery:provider-id': '3f0c',
      'chancery:asset': 'BTC',
      'chancery:user-hash': 'a'.repeat(32),
    }
    const backend = await inRole('creator')
    const request = { id: newKeyId(), algorithm: 'secp256k1-ecdsa', labels } as const
    const KeyId = arnOf(refOf(request.id, await backend.create(request, soon())))
    const { url: endpoint, region } = aws.emulator
    const kms = new KMSClient({ endpoint, region, maxAttempts: 1 })
    const tagged = (TagKey: string) => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey, TagValue: '1' }] }))
    await tagged('chancery:asset')
    await expect(tagged('cost-center')).rejects.toMatchObject({ name: 'AccessDeniedException' })
    kms.destroy()
  })

  it('is told how to mark a key that is not', async () => {
    const backend = await inRole('creator')
    const request = { id: newKeyId(), algorithm: 'secp256k1-ecdsa', name: arnOf(unmarked) } as const
    expect(await codeOf(backend.enrol(request, soon()))).toBe('denied')
  })

  it('neither signs nor deletes, nor makes keys of another kind or for another installation', async () => {
    const backend = await inRole('creator')
    expect(await codeOf(sign(backend))).toBe('backend-denied')
    expect(await codeOf(backend.disable(ref, soon()))).toBe('backend-denied')
    const request = { id: newKeyId(), algorithm: 'ed25519' } as const
    expect(await codeOf(backend.create(request, soon()))).toBe('backend-denied')
    const elsewhere = await inRole('creator', { installation: 'ins_other' })
    expect(await codeOf(create(elsewhere))).toBe('backend-denied')
  })
})

describe('the signer', () => {
  it('signs, probes and watches', async () => {
    const backend = await inRole('signer')
    expect((await sign(backend)).encoding).toBe('der')
    expect(await backend.probe(ref, soon())).toEqual({ ok: true })
    expect(await backend.inspect(ref, 'enabled', soon())).toEqual([])
  })

  it('neither creates nor deletes, nor signs with a key of another installation', async () => {
    const backend = await inRole('signer')
    expect(await codeOf(create(backend))).toBe('backend-denied')
    expect(await codeOf(backend.scheduleDeletion(ref, 7, soon()))).toBe('backend-denied')
    expect(await codeOf(sign(backend, unmarked))).toBe('backend-denied')
  })

  it('signs with one key alone where one is named', async () => {
    const backend = await inRole('signer', { keyArn: arnOf(ref) })
    expect((await sign(backend)).encoding).toBe('der')
    expect(await codeOf(sign(backend, await create(aws.backend)))).toBe('backend-denied')
  })

  it('signs with keys of one alias alone where one is named', async () => {
    const backend = await inRole('signer', { alias: pinned(ref, 'alias') })
    expect((await sign(backend)).encoding).toBe('der')
    expect(await codeOf(sign(backend, await create(aws.backend)))).toBe('backend-denied')
  })

  it('signs in its region alone', async () => {
    const backend = await inRole('signer', { keyArn: arnOf(ref) }, { region: 'eu-central-1' })
    expect(await codeOf(sign(backend))).toBe('backend-denied')
  })

  it('may send digests for ECDSA and nothing else', () => {
    const { iam } = awsPolicy('signer', { region: 'eu-central-1', account: '123456789012' })
    const text = JSON.stringify(iam)
    expect(text).toContain('"kms:SigningAlgorithm":["ECDSA_SHA_256"]')
    expect(text).toContain('"kms:MessageType":["DIGEST"]')
  })
})

describe('the deleter', () => {
  it('changes states and schedules deletions', async () => {
    const backend = await inRole('deleter')
    await backend.disable(ref, soon())
    await backend.scheduleDeletion(ref, 7, soon())
    await backend.cancelDeletion(ref, soon())
    await backend.enable(ref, soon())
    expect(await codeOf(sign(backend))).toBe('backend-denied')
    expect(await codeOf(backend.disable(unmarked, soon()))).toBe('backend-denied')
  })

  it('needs a second factor where that was asked for', async () => {
    const without = await inRole('deleter', { mfa: true })
    expect(await codeOf(without.scheduleDeletion(ref, 7, soon()))).toBe('backend-denied')
    const withFactor = await inRole('deleter', { mfa: true }, { mfa: true })
    await withFactor.scheduleDeletion(ref, 7, soon())
    await withFactor.cancelDeletion(ref, soon())
    await withFactor.enable(ref, soon())
    expect(await aws.backend.inspect(ref, 'enabled', soon())).toEqual([])
  })
})

test('what wallets need is split among the three: nobody may do two of making, using and destroying (P-25)', () => {
  const options = { region: 'eu-central-1', account: '123456789012' } as const
  const actionsOf = (role: PolicyRole) =>
    Array.from(JSON.stringify(awsPolicy(role, options).iam).matchAll(/kms:[A-Z]\w+/g), ([action]) => action)
  const holders = (action: string) =>
    (['creator', 'signer', 'deleter'] as const).filter((role) => actionsOf(role).includes(action))
  const apart = {
    creator: ['kms:CreateKey', 'kms:TagResource', 'kms:CreateAlias'],
    signer: ['kms:Sign'],
    deleter: ['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion', 'kms:DisableKey', 'kms:EnableKey'],
  }
  for (const [role, actions] of Object.entries(apart)) {
    expect(actions.map((action) => [action, holders(action)])).toEqual(actions.map((action) => [action, [role]]))
  }
  expect(holders('kms:GetPublicKey')).toEqual(['creator', 'signer'])
  expect(holders('kms:DescribeKey')).toEqual(['creator', 'signer', 'deleter'])
  expect(holders('kms:PutKeyPolicy')).toEqual([])
})

describe('the key policies', () => {
  it.each(['creator', 'signer', 'deleter'] as const)('hand the key to administrators and to the %s', (role) => {
    const { key } = awsPolicy(role, { region: 'eu-central-1', account: '123456789012' })
    expect(key).toHaveProperty('Statement.0.Principal', { AWS: 'arn:aws:iam::123456789012:root' })
    expect(JSON.stringify(key)).toContain(`arn:aws:iam::123456789012:role/chancery-${role}`)
    expect(JSON.stringify(key)).not.toContain('kms:CreateKey')
  })
})
