import { CreateKeyCommand, ListKeysCommand } from '@aws-sdk/client-kms'
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type Credentials,
} from '@aws-sdk/client-sts'
import { expect, it, vi } from 'vitest'
import { kmsClient, recordExchanges, refusal, start, stsClient } from './clients.ts'

const RoleArn = 'arn:aws:iam::000000000000:role/signer'

function asClientCredentials(credentials: Credentials | undefined) {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  }
}

it('says who calls, over the query protocol', async () => {
  const emulator = await start()
  const client = stsClient(emulator)
  const exchanges = recordExchanges(client)
  const identity = await client.send(new GetCallerIdentityCommand({}))
  expect(identity).toMatchObject({ Account: '000000000000', Arn: 'arn:aws:iam::000000000000:user/developer' })
  expect(exchanges[0]?.headers['content-type']).toBe('text/xml')
  expect(exchanges[0]?.body).toMatch(
    /^<GetCallerIdentityResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/">/,
  )
})

it('lends a role whose credentials work, and fail without their token', async () => {
  const emulator = await start()
  const { Credentials } = await stsClient(emulator).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'night' }))
  const credentials = asClientCredentials(Credentials)
  const identity = await stsClient(emulator, { credentials }).send(new GetCallerIdentityCommand({}))
  expect(identity.Arn).toBe('arn:aws:sts::000000000000:assumed-role/signer/night')
  await kmsClient(emulator, { credentials }).send(new CreateKeyCommand({}))
  const { sessionToken: _, ...bare } = credentials
  const refused = await refusal(kmsClient(emulator, { credentials: bare }).send(new ListKeysCommand({})))
  expect(refused).toMatchObject({
    name: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  })
})

it('holds a role to its own and its session policy', async () => {
  const allow = (Action: string) => ({ Statement: { Effect: 'Allow' as const, Action, Resource: '*' } })
  const emulator = await start({ roles: { signer: allow('kms:*') } })
  const Policy = JSON.stringify(allow('kms:List*'))
  const assumed = await stsClient(emulator).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'night', Policy }))
  const client = kmsClient(emulator, { credentials: asClientCredentials(assumed.Credentials) })
  await client.send(new ListKeysCommand({}))
  expect((await refusal(client.send(new CreateKeyCommand({})))).name).toBe('AccessDeniedException')
})

it('ends a session when it expires', async () => {
  const emulator = await start()
  const { Credentials } = await stsClient(emulator).send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
  const credentials = asClientCredentials(Credentials)
  await kmsClient(emulator, { credentials }).send(new ListKeysCommand({}))
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 901_000 })
  try {
    const refused = await refusal(kmsClient(emulator, { credentials }).send(new ListKeysCommand({})))
    expect(refused.name).toBe('ExpiredTokenException')
  } finally {
    vi.useRealTimers()
  }
})

it('names its failures as the query protocol does', async () => {
  const emulator = await start()
  const unknown = { accessKeyId: 'NOBODYNOBODYNOBODY', secretAccessKey: 'x' }
  const wrong = { ...emulator.credentials, secretAccessKey: 'x' }
  const ask = (credentials: typeof unknown) =>
    stsClient(emulator, { credentials }).send(new GetCallerIdentityCommand({}))
  expect(await refusal(ask(unknown))).toMatchObject({ name: 'InvalidClientTokenId', status: 403 })
  expect(await refusal(ask(wrong))).toMatchObject({ name: 'SignatureDoesNotMatch', status: 403 })
  const invalid = stsClient(emulator).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'a b' }))
  const refused = await refusal(invalid)
  expect(refused.name).toBe('ValidationError')
  expect(refused.message).toContain("at 'roleSessionName' failed to satisfy constraint")
})
