import * as kms from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import { kmsClient, refusal, start } from './clients.ts'

const DAY = 86_400_000

async function newKey(client: kms.KMSClient, input: kms.CreateKeyCommandInput = {}): Promise<string> {
  const { KeyMetadata } = await client.send(new kms.CreateKeyCommand(input))
  return KeyMetadata?.Arn ?? ''
}

const ecc = { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' } as const
const signing = { Message: Buffer.from('x'), SigningAlgorithm: 'ECDSA_SHA_256' } as const

async function stateOf(client: kms.KMSClient, KeyId: string) {
  return (await client.send(new kms.DescribeKeyCommand({ KeyId }))).KeyMetadata
}

describe('listing', () => {
  it('pages through keys and says when there are more', async () => {
    const client = kmsClient(await start())
    const made: string[] = []
    for (let n = 0; n < 5; n++) made.push(await newKey(client))
    const first = await client.send(new kms.ListKeysCommand({ Limit: 2 }))
    expect(first.Truncated).toBe(true)
    const rest = await client.send(new kms.ListKeysCommand({ Limit: 10, Marker: first.NextMarker }))
    expect(rest.Truncated).toBe(false)
    expect([...(first.Keys ?? []), ...(rest.Keys ?? [])].map((key) => key.KeyArn)).toEqual(made)
  })

  it('refuses a marker it did not give', async () => {
    const client = kmsClient(await start())
    const refused = await refusal(client.send(new kms.ListKeysCommand({ Marker: 'nonsense' })))
    expect(refused.name).toBe('InvalidMarkerException')
  })
})

describe('states', () => {
  it('does not sign while disabled, and does again once enabled', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client, ecc)
    await client.send(new kms.DisableKeyCommand({ KeyId }))
    const refused = await refusal(client.send(new kms.SignCommand({ KeyId, ...signing })))
    expect(refused).toMatchObject({ name: 'DisabledException', message: `${KeyId} is disabled.`, status: 400 })
    await client.send(new kms.EnableKeyCommand({ KeyId }))
    expect((await client.send(new kms.SignCommand({ KeyId, ...signing }))).Signature).toBeDefined()
  })

  it.each([6, 31])('refuses a deletion window of %i days', async (PendingWindowInDays) => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client)
    const tried = client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }))
    expect((await refusal(tried)).message).toMatch(/^1 validation error detected: Value '\d+' at 'pendingWindowInDays'/)
  })

  it('is gone after its window, with its aliases, and not a moment before', async () => {
    const emulator = await start()
    const client = kmsClient(emulator)
    const KeyId = await newKey(client, ecc)
    await client.send(new kms.CreateAliasCommand({ AliasName: 'alias/doomed', TargetKeyId: KeyId }))
    const scheduled = await client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    expect(scheduled).toMatchObject({ KeyId, KeyState: 'PendingDeletion', PendingWindowInDays: 7 })
    expect(Math.abs((scheduled.DeletionDate?.getTime() ?? 0) - Date.now() - 7 * DAY)).toBeLessThan(60_000)
    const refused = await refusal(client.send(new kms.SignCommand({ KeyId, ...signing })))
    expect(refused).toMatchObject({ name: 'KMSInvalidStateException', message: `${KeyId} is pending deletion.` })
    emulator.advance(7 * DAY - 60_000)
    expect((await stateOf(client, KeyId))?.KeyState).toBe('PendingDeletion')
    emulator.advance(60_000)
    expect((await refusal(client.send(new kms.DescribeKeyCommand({ KeyId })))).name).toBe('NotFoundException')
    expect((await client.send(new kms.ListAliasesCommand({}))).Aliases).toEqual([])
  })

  it('waits 30 days by default, and is Disabled when the deletion is cancelled', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client, ecc)
    const scheduled = await client.send(new kms.ScheduleKeyDeletionCommand({ KeyId }))
    expect(scheduled.PendingWindowInDays).toBe(30)
    await client.send(new kms.CancelKeyDeletionCommand({ KeyId }))
    expect(await stateOf(client, KeyId)).toMatchObject({ KeyState: 'Disabled', Enabled: false })
    const again = await refusal(client.send(new kms.CancelKeyDeletionCommand({ KeyId })))
    expect(again.name).toBe('KMSInvalidStateException')
  })

  it('takes no alias where AWS wants a key id or ARN', async () => {
    const client = kmsClient(await start())
    const TargetKeyId = await newKey(client)
    await client.send(new kms.CreateAliasCommand({ AliasName: 'alias/one', TargetKeyId }))
    const tried = client.send(new kms.ScheduleKeyDeletionCommand({ KeyId: 'alias/one' }))
    expect((await refusal(tried)).name).toBe('NotFoundException')
  })
})

describe('aliases', () => {
  it('leads to a key by name and by ARN, and can be pointed elsewhere', async () => {
    const client = kmsClient(await start())
    const [first, second] = [await newKey(client, ecc), await newKey(client, ecc)]
    await client.send(new kms.CreateAliasCommand({ AliasName: 'alias/hot', TargetKeyId: first }))
    expect((await client.send(new kms.SignCommand({ KeyId: 'alias/hot', ...signing }))).KeyId).toBe(first)
    await client.send(new kms.UpdateAliasCommand({ AliasName: 'alias/hot', TargetKeyId: second }))
    const arn = 'arn:aws:kms:us-east-1:000000000000:alias/hot'
    expect((await client.send(new kms.GetPublicKeyCommand({ KeyId: arn }))).KeyId).toBe(second)
    await client.send(new kms.DeleteAliasCommand({ AliasName: 'alias/hot' }))
    const gone = await refusal(client.send(new kms.SignCommand({ KeyId: 'alias/hot', ...signing })))
    expect(gone).toMatchObject({ name: 'NotFoundException', message: `Alias ${arn} is not found.` })
  })

  it('refuses a second alias of a name, AWS names and keys of another kind', async () => {
    const client = kmsClient(await start())
    const [signer, cipher] = [await newKey(client, ecc), await newKey(client)]
    const create = (AliasName: string, TargetKeyId: string) =>
      client.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId }))
    await create('alias/a', signer)
    expect((await refusal(create('alias/a', cipher))).name).toBe('AlreadyExistsException')
    expect((await refusal(create('alias/aws/a', cipher))).name).toBe('NotAuthorizedException')
    const tried = client.send(new kms.UpdateAliasCommand({ AliasName: 'alias/a', TargetKeyId: cipher }))
    expect((await refusal(tried)).name).toBe('ValidationException')
  })

  it('lists the aliases of one key', async () => {
    const client = kmsClient(await start())
    const [first, second] = [await newKey(client), await newKey(client)]
    for (const [AliasName, TargetKeyId] of [
      ['alias/b', first],
      ['alias/a', first],
      ['alias/c', second],
    ] as const) {
      await client.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId }))
    }
    const { Aliases } = await client.send(new kms.ListAliasesCommand({ KeyId: first }))
    expect(Aliases?.map((alias) => alias.AliasName)).toEqual(['alias/a', 'alias/b'])
  })
})

describe('policies, description, last usage', () => {
  it('keeps a key policy and refuses one that locks its author out', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client)
    const { Policy } = await client.send(new kms.GetKeyPolicyCommand({ KeyId }))
    expect(Policy).toContain('arn:aws:iam::000000000000:root')
    const locked = JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:Sign', Resource: '*' }],
    })
    const tried = client.send(new kms.PutKeyPolicyCommand({ KeyId, Policy: locked }))
    expect((await refusal(tried)).name).toBe('MalformedPolicyDocumentException')
    await client.send(new kms.PutKeyPolicyCommand({ KeyId, Policy: locked, BypassPolicyLockoutSafetyCheck: true }))
    expect((await refusal(client.send(new kms.GetKeyPolicyCommand({ KeyId })))).name).toBe('AccessDeniedException')
  })

  it('changes a description and knows when a key was last used', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client, ecc)
    await client.send(new kms.UpdateKeyDescriptionCommand({ KeyId, Description: 'cold' }))
    expect((await stateOf(client, KeyId))?.Description).toBe('cold')
    expect((await client.send(new kms.GetKeyLastUsageCommand({ KeyId }))).KeyLastUsage).toBeUndefined()
    await client.send(new kms.SignCommand({ KeyId, ...signing }))
    expect((await client.send(new kms.GetKeyLastUsageCommand({ KeyId }))).KeyLastUsage?.Operation).toBe('Sign')
  })
})

describe('grants', () => {
  it('are listed, revoked and retired', async () => {
    const client = kmsClient(await start())
    const KeyId = await newKey(client, ecc)
    const grant = { KeyId, GranteePrincipal: 'arn:aws:iam::000000000000:user/other', Operations: ['Sign'] } as const
    const first = await client.send(new kms.CreateGrantCommand({ ...grant, Operations: ['Sign'], Name: 'one' }))
    const same = await client.send(new kms.CreateGrantCommand({ ...grant, Operations: ['Sign'], Name: 'one' }))
    expect(same.GrantId).toBe(first.GrantId)
    const second = await client.send(new kms.CreateGrantCommand({ ...grant, Operations: ['Verify'] }))
    const listed = await client.send(new kms.ListGrantsCommand({ KeyId }))
    expect(listed.Grants?.map((one) => one.Operations)).toEqual([['Sign'], ['Verify']])
    await client.send(new kms.RevokeGrantCommand({ KeyId, GrantId: first.GrantId }))
    await client.send(new kms.RetireGrantCommand({ GrantToken: second.GrantToken }))
    expect((await client.send(new kms.ListGrantsCommand({ KeyId }))).Grants).toEqual([])
  })
})

describe('multi-Region keys', () => {
  it('sign in both regions with one public key, and change their primary', async () => {
    const emulator = await start({ otherRegions: ['eu-west-1'] })
    const [here, there] = [kmsClient(emulator), kmsClient(emulator, { region: 'eu-west-1' })]
    const arn = await newKey(here, { ...ecc, MultiRegion: true })
    const KeyId = arn.split('/')[1] ?? ''
    await here.send(new kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }))
    const spki = async (client: kms.KMSClient) => (await client.send(new kms.GetPublicKeyCommand({ KeyId }))).PublicKey
    expect(await spki(there)).toEqual(await spki(here))
    await here.send(new kms.UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: 'eu-west-1' }))
    expect((await stateOf(there, KeyId))?.MultiRegionConfiguration?.MultiRegionKeyType).toBe('PRIMARY')
  })

  it('the primary waits for its replicas before its own window begins', async () => {
    const emulator = await start({ otherRegions: ['eu-west-1'] })
    const [here, there] = [kmsClient(emulator), kmsClient(emulator, { region: 'eu-west-1' })]
    const KeyId = (await newKey(here, { MultiRegion: true })).split('/')[1] ?? ''
    await here.send(new kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }))
    await here.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    emulator.advance(30 * DAY)
    expect((await stateOf(here, KeyId))?.KeyState).toBe('PendingReplicaDeletion')
    await there.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    emulator.advance(7 * DAY + 1)
    await refusal(there.send(new kms.DescribeKeyCommand({ KeyId })))
    expect((await stateOf(here, KeyId))?.KeyState).toBe('PendingDeletion')
    emulator.advance(7 * DAY)
    expect((await refusal(here.send(new kms.DescribeKeyCommand({ KeyId })))).name).toBe('NotFoundException')
  })
})
