// Safety rule 13: which existing keys may be taken into use, and what is pinned of them.
import { randomBytes } from 'node:crypto'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../../../src/base/bytes.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { newId } from '../../../src/base/id.ts'
import { Refused } from '../../../src/core/errors.ts'
import type { KeyRef, KeyState } from '../../../src/core/key.ts'
import { clearedFor, codeOf, errorOf, newKeyId, refOf, soon } from '../../contract/key-backend.ts'
import { installation, startAws } from './emulator.ts'
import { recorded } from './parameter-store.ts'

let aws: Awaited<ReturnType<typeof startAws>>
let kms: KMSClient

beforeAll(async () => {
  aws = await startAws({ otherRegions: ['eu-central-1'] })
  kms = new KMSClient({ endpoint: aws.emulator.url, region: aws.emulator.region })
})
afterAll(async () => {
  kms.destroy()
  await aws.close()
})

const owner = { TagKey: 'chancery:owner', TagValue: installation }

async function existingKey(input: object = {}): Promise<string> {
  const command = new CreateKeyCommand({ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY', Tags: [owner], ...input })
  return (await kms.send(command)).KeyMetadata?.Arn ?? ''
}

async function named(arn: string): Promise<string> {
  const AliasName = `alias/test-${randomBytes(6).toString('hex')}`
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: arn }))
  return AliasName
}

const request = (name: string) => ({ id: newKeyId(), algorithm: 'secp256k1-ecdsa', name }) as const
const enrol = (name: string) => aws.backend.enrol(request(name), soon())

async function refused(work: Promise<unknown>): Promise<Refused> {
  const error = await errorOf(work)
  if (error instanceof Refused) return error
  throw error
}

describe('enrolling a KMS key', () => {
  it('takes its id, its ARN or an alias, and pins ARN and public key', async () => {
    const arn = await existingKey()
    const alias = await named(arn)
    const aliasArn = arn.replace(/key\/.*$/, alias)
    const keys = await Promise.all([arn.replace(/^.*key\//, ''), arn, alias, aliasArn].map(enrol))
    expect(keys.map(({ data }) => data['arn'])).toEqual([arn, arn, arn, arn])
    expect(keys.map(({ data }) => data['alias'])).toEqual([undefined, undefined, alias, aliasArn])
    expect(new Set(keys.map(({ publicKey }) => toHex(publicKey.bytes))).size).toBe(1)
  })

  it('marks keys of the emulator, which must never serve a main network', async () => {
    expect((await enrol(await existingKey())).data['emulator']).toBe(true)
  })

  it.each([
    ['no tag', [], 'no tag chancery:owner'],
    ['another owner', [{ ...owner, TagValue: 'ins_other' }], 'chancery:owner=ins_other'],
  ])('refuses one with %s, with the command that marks it', async (_, Tags, got) => {
    const arn = await existingKey({ Tags })
    const { code, particulars } = await refused(enrol(arn))
    expect([code, particulars.got]).toEqual(['denied', got])
    const hint = `aws kms tag-resource --region us-east-1 --key-id ${arn} --tags TagKey=chancery:owner,TagValue=${installation}`
    expect(particulars.hint).toBe(hint)
    await kms.send(new TagResourceCommand({ KeyId: arn, Tags: [owner] }))
    expect((await enrol(arn)).data['arn']).toBe(arn)
  })

  it.each([
    ['P-256', { KeySpec: 'ECC_NIST_P256' }],
    ['Ed25519', { KeySpec: 'ECC_NIST_EDWARDS25519' }],
    ['RSA for encryption', { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }],
    ['a symmetric key', { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' }],
  ])('refuses %s', async (_, input) => {
    expect(await codeOf(enrol(await existingKey(input)))).toBe('invalid-request')
  })

  it('refuses a key that is not enabled', async () => {
    const arn = await existingKey()
    const id = newKeyId()
    const ref = refOf(id, await enrol(arn))
    await aws.backend.disable(ref, soon())
    expect(await codeOf(enrol(arn))).toBe('key-state')
    await aws.backend.scheduleDeletion(ref, 7, soon())
    expect(await codeOf(enrol(arn))).toBe('key-state')
  })

  it.each([
    [
      'another region',
      'arn:aws:kms:eu-central-1:000000000000:key/11111111-2222-3333-4444-555555555555',
      'invalid-request',
    ],
    ['an alias of another region', 'arn:aws:kms:eu-central-1:000000000000:alias/mine', 'invalid-request'],
    ['nonsense', 'a key', 'invalid-request'],
    ['an option', '--key-id', 'invalid-request'],
    ['an absent key', '11111111-2222-3333-4444-555555555555', 'not-found'],
    ['an absent alias', 'alias/absent', 'not-found'],
  ])('refuses %s', async (_, name, code) => {
    expect(await codeOf(enrol(name))).toBe(code)
  })
})

describe('the compatible routes’ own key', () => {
  it('is taken without a tag, asking for GetPublicKey alone', async () => {
    const alias = await named(await existingKey({ Tags: [] }))
    aws.emulator.clearCalls()
    const made = await aws.backend.enrolUnowned(request(alias), soon())
    expect(made.data['unowned']).toBe(true)
    const ref = refOf(newKeyId(), made)
    await aws.backend.sign(ref, clearedFor(ref, randomBytes(32)), soon())
    expect(await aws.backend.inspect(ref, 'enabled', soon())).toEqual([])
    expect(aws.emulator.calls.map(({ operation }) => operation)).toEqual(['GetPublicKey', 'Sign'])
  })

  it('must be of the right kind all the same', async () => {
    const arn = await existingKey({ KeySpec: 'ECC_NIST_P256', Tags: [] })
    expect(await codeOf(aws.backend.enrolUnowned(request(arn), soon()))).toBe('invalid-request')
  })
})

describe('watching', () => {
  async function watched(): Promise<{ ref: KeyRef; arn: string; alias: string }> {
    const arn = await existingKey()
    const alias = await named(arn)
    return { ref: refOf(newKeyId(), await enrol(alias)), arn, alias }
  }
  const findings = async (ref: KeyRef, recorded: KeyState = 'enabled') =>
    (await aws.backend.inspect(ref, recorded, soon())).map(({ finding }) => finding)

  async function changePolicy(arn: string): Promise<void> {
    const Statement = [
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'kms:*', Resource: '*' },
    ]
    await kms.send(
      new PutKeyPolicyCommand({ KeyId: arn, Policy: JSON.stringify({ Version: '2012-10-17', Id: 'new', Statement }) }),
    )
  }

  it('finds nothing when nothing changed', async () => {
    const { ref } = await watched()
    expect(await findings(ref)).toEqual([])
  })

  it('finds an alias that was pointed elsewhere, while signing goes on with the pinned key', async () => {
    const { ref, arn, alias } = await watched()
    const other = await existingKey()
    await kms.send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: other }))
    expect(await findings(ref)).toEqual([`${alias} now points to ${other}; the service goes on using ${arn}`])
    aws.emulator.clearCalls()
    await aws.backend.sign(ref, clearedFor(ref, randomBytes(32)), soon())
    expect(aws.emulator.calls.map(({ key }) => key)).toEqual([arn])
  })

  const lives = {
    Enabled: async () => {},
    Disabled: (ref: KeyRef) => aws.backend.disable(ref, soon()),
    PendingDeletion: async (ref: KeyRef) => void (await aws.backend.scheduleDeletion(ref, 7, soon())),
  }

  it.each([
    ['enabled', 'Enabled'],
    ['disabled', 'Disabled'],
    ['pending-deletion', 'PendingDeletion'],
  ] as const)('finds nothing where a key on record as %s is %s', async (recorded, state) => {
    const { ref } = await watched()
    await lives[state](ref)
    expect(await findings(ref, recorded)).toEqual([])
  })

  it.each([
    ['enabled', 'Disabled', 'enable it in AWS KMS, or disable it here too with chancery keys disable'],
    ['enabled', 'PendingDeletion', 'cancel the deletion in AWS KMS, or take it over'],
    ['disabled', 'Enabled', 'disable it there again with chancery keys disable'],
    ['disabled', 'PendingDeletion', 'cancel the deletion in AWS KMS, or take it over'],
    ['pending-deletion', 'Enabled', 'schedule the deletion again'],
    ['pending-deletion', 'Disabled', 'schedule the deletion again'],
  ] as const)('finds a key on record as %s that is %s, and says what to do', async (recorded, state, todo) => {
    const { ref, arn } = await watched()
    await lives[state](ref)
    const [finding, ...others] = await findings(ref, recorded)
    expect(finding).toContain(`The key ${arn} is recorded as ${recorded}, and AWS KMS says ${state}: ${todo}`)
    expect(finding).toContain(ref.id)
    expect(others).toEqual([])
  })

  it('finds nothing of a key that AWS deleted when its window had passed', async () => {
    const { ref } = await watched()
    const fault = aws.emulator.faults.add({ kind: 'error', code: 'NotFoundException' })
    expect(await findings(ref, 'pending-deletion')).toEqual([])
    expect((await findings(ref, 'disabled')).join()).toContain('has no key')
    aws.emulator.faults.remove(fault)
  })

  it('finds a key policy that was changed', async () => {
    const { ref, arn } = await watched()
    await changePolicy(arn)
    expect(await findings(ref)).toEqual([`The key policy of ${arn} was changed`])
  })

  it('watches a policy it could not read at first from when it can', async () => {
    const arn = await existingKey()
    const fault = aws.emulator.faults.add({ kind: 'deny', operation: 'GetKeyPolicy' })
    const ref = refOf(newKeyId(), await enrol(arn))
    const [blind, ...others] = await aws.backend.inspect(ref, 'enabled', soon())
    expect(blind?.finding).toBe(`The key policy of ${arn} is not watched: AWS does not allow kms:GetKeyPolicy on it`)
    expect(blind?.unwatched).toContain('Grant kms:GetKeyPolicy')
    expect(others).toEqual([])
    aws.emulator.faults.remove(fault)
    expect(await findings(ref)).toEqual([])
    await changePolicy(arn)
    expect(await findings(ref)).toEqual([`The key policy of ${arn} was changed`])
  })

  it('finds an owner tag that was removed', async () => {
    const { ref, arn } = await watched()
    await kms.send(new UntagResourceCommand({ KeyId: arn, TagKeys: ['chancery:owner'] }))
    expect(await findings(ref)).toEqual([`The tag chancery:owner of ${arn} was changed or removed`])
  })

  describe('the tag with the id of a key that was taken in', () => {
    const tag = (arn: string, TagValue: string) =>
      kms.send(new TagResourceCommand({ KeyId: arn, Tags: [{ TagKey: 'chancery:key', TagValue }] }))
    const untag = (arn: string) => kms.send(new UntagResourceCommand({ KeyId: arn, TagKeys: ['chancery:key'] }))

    /** Made under another id, in this installation or another. */
    async function takenIn(Tags: readonly object[] = [{ TagKey: 'chancery:key', TagValue: newKeyId() }]) {
      const arn = await existingKey({ Tags: [owner, ...Tags] })
      const id = newId('key', systemClock.now() + 1)
      return { arn, ref: refOf(id, await aws.backend.enrol({ ...request(arn), id }, soon())) }
    }

    /** As it was recorded before the tag was pinned. */
    function old(ref: KeyRef): KeyRef {
      const { taggedAs: _, ...data } = ref.data
      return { ...ref, data }
    }
    const other = (arn: string) => [`The tag chancery:key of ${arn} names another key`]

    it('is what it was, and may be set to the id it has here', async () => {
      const { arn, ref } = await takenIn()
      expect(await findings(ref)).toEqual([])
      await tag(arn, ref.id)
      expect(await findings(ref)).toEqual([])
    })

    it('is told of when it is changed, or removed', async () => {
      const { arn, ref } = await takenIn()
      await tag(arn, newKeyId())
      expect(await findings(ref)).toEqual(other(arn))
      await untag(arn)
      expect(await findings(ref)).toEqual([`The tag chancery:key of ${arn} was removed`])
    })

    it('is told of when it comes to a key that had none', async () => {
      const { arn, ref } = await takenIn([])
      expect(await findings(ref)).toEqual([])
      await tag(arn, newKeyId())
      expect(await findings(ref)).toEqual(other(arn))
    })

    it('is watched from the first look of the process where the record does not say what it was', async () => {
      const { arn, ref } = await takenIn()
      expect(await findings(old(ref))).toEqual([])
      expect(await findings(old(ref))).toEqual([])
      await tag(arn, newKeyId())
      expect(await findings(old(ref))).toEqual(other(arn))
    })

    it('of a key that was made here is its id, also where the record does not say so', async () => {
      const id = newKeyId()
      const ref = refOf(id, await aws.backend.create({ id, algorithm: 'secp256k1-ecdsa' }, soon()))
      const arn = recorded(ref, 'arn')
      await tag(arn, newKeyId())
      expect(await findings(ref)).toEqual(other(arn))
      expect(await findings(ref)).toEqual(other(arn))
    })
  })

  it('reports what it may not look at', async () => {
    const { ref } = await watched()
    const fault = aws.emulator.faults.add({ kind: 'deny', operation: 'ListResourceTags' })
    expect((await findings(ref)).join()).toContain('kms:ListResourceTags')
    aws.emulator.faults.remove(fault)
  })
})
