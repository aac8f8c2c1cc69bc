import * as kms from '@aws-sdk/client-kms'
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm'
import { GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import type { PolicyDocument, RunningEmulator } from '../src/index.ts'
import { kmsClient, recordExchanges, refusal, ssmClient, start, stsClient } from './clients.ts'

const LIMITED = { accessKeyId: 'LIMITEDLIMITEDLIMITED', secretAccessKey: 'limited' }
const USER = 'arn:aws:iam::000000000000:user/limited'

type Statement = Extract<PolicyDocument['Statement'], { Effect: string }>

/** An administrator's client, a key of its making, and a client that may only what the statements say. */
async function limited(...Statement: Statement[]) {
  const emulator = await start()
  emulator.setIdentity({ ...LIMITED, userName: 'limited', policy: { Version: '2012-10-17', Statement } })
  const admin = kmsClient(emulator)
  const KeyId = await newKey(admin)
  return { emulator, admin, KeyId, client: kmsClient(emulator, { credentials: LIMITED }) }
}

async function newKey(client: kms.KMSClient, input: kms.CreateKeyCommandInput = {}): Promise<string> {
  const ecc = { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' } as const
  return (await client.send(new kms.CreateKeyCommand({ ...ecc, ...input }))).KeyMetadata?.Arn ?? ''
}

const allow = (Action: string, more: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
  ...more,
})

const sign = (client: kms.KMSClient, KeyId: string, more: Partial<kms.SignCommandInput> = {}) =>
  client.send(
    new kms.SignCommand({
      KeyId,
      Message: Buffer.alloc(32, 1),
      MessageType: 'DIGEST',
      SigningAlgorithm: 'ECDSA_SHA_256',
      ...more,
    }),
  )

const denied = async (promise: Promise<unknown>) => (await refusal(promise)).name === 'AccessDeniedException'

describe('identity policies', () => {
  it('allow nothing they do not name, in AWS words with a capital Message', async () => {
    const { client, KeyId } = await limited(allow('kms:GetPublicKey'))
    await client.send(new kms.GetPublicKeyCommand({ KeyId }))
    const exchanges = recordExchanges(client)
    const refused = await refusal(sign(client, KeyId))
    expect(refused).toMatchObject({ name: 'AccessDeniedException', status: 400 })
    expect(JSON.parse(exchanges[0]?.body ?? '')).toEqual({
      __type: 'AccessDeniedException',
      Message: `User: ${USER} is not authorized to perform: kms:Sign on resource: ${KeyId} because no identity-based policy allows the kms:Sign action`,
    })
  })

  it('let a Deny win', async () => {
    const { client, KeyId } = await limited(allow('kms:*'), { Effect: 'Deny', Action: ['kms:Sign'], Resource: '*' })
    const refused = await refusal(sign(client, KeyId))
    expect(refused.message).toMatch(/with an explicit deny in an identity-based policy$/)
    await client.send(new kms.DescribeKeyCommand({ KeyId }))
  })

  it('hold for the resources they name', async () => {
    const { emulator, admin, client, KeyId } = await limited()
    const other = await newKey(admin)
    const policy = { Statement: allow('kms:Sign', { Resource: KeyId }) }
    emulator.setIdentity({ ...LIMITED, userName: 'limited', policy })
    await sign(client, KeyId)
    expect(await denied(sign(client, other))).toBe(true)
  })

  it('ask for the algorithm and the message type; an absent type is RAW', async () => {
    const Condition = { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' } }
    const { client, KeyId } = await limited(allow('kms:Sign', { Condition }))
    await sign(client, KeyId)
    expect(await denied(sign(client, KeyId, { MessageType: 'RAW' }))).toBe(true)
    expect(await denied(sign(client, KeyId, { MessageType: undefined }))).toBe(true)
  })

  it('ask for the region', async () => {
    const Condition = { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }
    const { client, KeyId } = await limited(allow('kms:Sign', { Condition }))
    expect(await denied(sign(client, KeyId))).toBe(true)
  })

  it('ask for the alias a request used', async () => {
    const Condition = { StringLike: { 'kms:RequestAlias': 'alias/hot-*' } }
    const { admin, client, KeyId } = await limited(allow('kms:Sign', { Condition }))
    await admin.send(new kms.CreateAliasCommand({ AliasName: 'alias/hot-1', TargetKeyId: KeyId }))
    await sign(client, 'alias/hot-1')
    expect(await denied(sign(client, KeyId))).toBe(true)
  })

  it('ask for tags of the key, of the request, and for their names', async () => {
    const owned = { 'aws:ResourceTag/chancery:owner': 'one' }
    const creation = {
      StringEquals: { 'aws:RequestTag/chancery:owner': 'one' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['chancery:owner'] },
    }
    const { admin, client, KeyId } = await limited(
      allow('kms:Sign', { Condition: { StringEquals: owned } }),
      allow('kms:CreateKey', { Condition: creation }),
    )
    expect(await denied(sign(client, KeyId))).toBe(true)
    const tag = (TagKey: string) => ({ TagKey, TagValue: 'one' })
    await admin.send(new kms.TagResourceCommand({ KeyId, Tags: [tag('chancery:owner')] }))
    await sign(client, KeyId)
    await newKey(client, { Tags: [tag('chancery:owner')] })
    expect(await denied(newKey(client, { Tags: [tag('chancery:owner'), tag('x')] }))).toBe(true)
  })

  it('ask for the deletion window, defaulted or given', async () => {
    const Condition = { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' } }
    const { client, KeyId } = await limited(allow('kms:ScheduleKeyDeletion', { Condition }))
    const schedule = (PendingWindowInDays?: number) =>
      client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }))
    expect(await denied(schedule(7))).toBe(true)
    await schedule()
  })

  it('ask for MFA, which a long-term key never has', async () => {
    const Condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }
    const { emulator, client, KeyId } = await limited(allow('kms:Sign', { Condition }), allow('sts:GetSessionToken'))
    expect(await denied(sign(client, KeyId))).toBe(true)
    expect(await denied(sign(await sessionClient(emulator, {}), KeyId))).toBe(true)
    await sign(
      await sessionClient(emulator, { SerialNumber: 'arn:aws:iam::000000000000:mfa/x', TokenCode: '123456' }),
      KeyId,
    )
  })

  it('ask for the encryption context', async () => {
    const Condition = { StringEquals: { 'kms:EncryptionContext:svc': 'chancery' } }
    const { admin, client } = await limited(allow('kms:Encrypt', { Condition }))
    const KeyId = (await admin.send(new kms.CreateKeyCommand({}))).KeyMetadata?.Arn
    const encrypt = (svc: string) =>
      client.send(new kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x'), EncryptionContext: { svc } }))
    await encrypt('chancery')
    expect(await denied(encrypt('other'))).toBe(true)
  })
})

async function sessionClient(emulator: RunningEmulator, input: { SerialNumber?: string; TokenCode?: string }) {
  const sts = stsClient(emulator, { credentials: LIMITED })
  const { Credentials } = await sts.send(new GetSessionTokenCommand(input))
  return kmsClient(emulator, {
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  })
}

describe('key policies and grants', () => {
  const root = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::000000000000:root' },
    Action: 'kms:PutKeyPolicy',
    Resource: '*',
  }

  it('a key policy that names the user needs no identity policy', async () => {
    const { admin, client, KeyId } = await limited(allow('kms:ListKeys'))
    const Policy = JSON.stringify({ Statement: [root, { ...root, Principal: { AWS: [USER] }, Action: ['kms:Sign'] }] })
    expect(await denied(sign(client, KeyId))).toBe(true)
    await admin.send(new kms.PutKeyPolicyCommand({ KeyId, Policy }))
    await sign(client, KeyId)
  })

  it('a key policy that leaves out the account keeps its administrator out', async () => {
    const { admin, KeyId } = await limited()
    await admin.send(new kms.PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ Statement: [root] }) }))
    expect((await refusal(sign(admin, KeyId))).message).toMatch(
      /because no resource-based policy allows the kms:Sign action$/,
    )
  })

  it('a policy with an operator that is not known is refused, not guessed at', async () => {
    const { emulator, admin, KeyId } = await limited()
    const odd = { ...root, Condition: { StringEqualz: { 'kms:ViaService': 'x' } } }
    const tried = admin.send(new kms.PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ Statement: [root, odd] }) }))
    expect((await refusal(tried)).name).toBe('MalformedPolicyDocumentException')
    const policy = { Statement: allow('kms:*', { Condition: odd.Condition }) }
    expect(() => emulator.setIdentity({ ...LIMITED, policy })).toThrow(/condition operator/)
  })

  it('a grant allows its operations, and those only', async () => {
    const { admin, client, KeyId } = await limited(allow('kms:ListKeys'))
    await admin.send(new kms.CreateGrantCommand({ KeyId, GranteePrincipal: USER, Operations: ['Sign'] }))
    await sign(client, KeyId)
    expect(await denied(client.send(new kms.DescribeKeyCommand({ KeyId })))).toBe(true)
  })
})

describe('through SSM', () => {
  it('a SecureString needs the key as well as the parameter', async () => {
    const viaSsm = { StringEquals: { 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' } }
    const { emulator, admin } = await limited(allow('ssm:*'))
    const KeyId = (await admin.send(new kms.CreateKeyCommand({}))).KeyMetadata?.Arn
    const put = { Name: '/a', Value: 'secret', Type: 'SecureString', KeyId } as const
    await ssmClient(emulator).send(new PutParameterCommand(put))
    const client = ssmClient(emulator, { credentials: LIMITED })
    const get = () => client.send(new GetParameterCommand({ Name: '/a', WithDecryption: true }))
    expect((await refusal(get())).message).toContain('is not authorized to perform: kms:Decrypt')
    const Statement = [allow('ssm:*'), allow('kms:Decrypt', { Condition: viaSsm })]
    emulator.setIdentity({ ...LIMITED, userName: 'limited', policy: { Statement } })
    expect((await get()).Parameter?.Value).toBe('secret')
  })
})
