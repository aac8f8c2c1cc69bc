import { CreateKeyCommand, DisableKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import * as ssm from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { kmsClient, recordExchanges, refusal, ssmClient, start } from './clients.ts'
import { differences, readRecorded, type Recorded } from './recorded/compare.ts'

const put = (client: ssm.SSMClient, input: Partial<ssm.PutParameterCommandInput>) =>
  client.send(new ssm.PutParameterCommand({ Name: '/a/b', Value: 'v', Type: 'String', ...input }))

async function value(client: ssm.SSMClient, Name: string, WithDecryption = false): Promise<string | undefined> {
  return (await client.send(new ssm.GetParameterCommand({ Name, WithDecryption }))).Parameter?.Value
}

describe('PutParameter', () => {
  it('creates once, overwrites when told to, and counts versions', async () => {
    const client = ssmClient(await start())
    expect(await put(client, {})).toMatchObject({ Version: 1, Tier: 'Standard' })
    expect(await refusal(put(client, { Value: 'w' }))).toMatchObject({
      name: 'ParameterAlreadyExists',
      message:
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    })
    expect(await put(client, { Value: 'w', Overwrite: true })).toMatchObject({ Version: 2 })
    expect(await value(client, '/a/b')).toBe('w')
    expect(await value(client, '/a/b:1')).toBe('v')
  })

  it('lets one of two creators of a name win', async () => {
    const client = ssmClient(await start())
    const names = await Promise.all(
      [1, 2, 3].map(async (n) => {
        const tried = put(client, { Value: `${n}`, Type: 'SecureString' })
        return tried.then(
          () => 'won',
          (error: Error) => error.name,
        )
      }),
    )
    expect(names.toSorted()).toEqual(['ParameterAlreadyExists', 'ParameterAlreadyExists', 'won'])
  })

  it.each([
    [{ Name: '/ssm/x' }, 'ValidationException'],
    [{ Name: '/aws/x' }, 'AccessDeniedException'],
    [{ Name: 'no/slash' }, 'ValidationException'],
    [{ Name: `/${'a/'.repeat(16)}x` }, 'HierarchyLevelLimitExceededException'],
    [{ Value: 'x'.repeat(4097) }, 'ValidationException'],
    [{ Value: '{{other}}' }, 'ValidationException'],
    [{ Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }, 'ValidationException'],
    [{ Value: 'abc', AllowedPattern: '\\d+' }, 'ParameterPatternMismatchException'],
    [{ AllowedPattern: '(' }, 'InvalidAllowedPatternException'],
  ])('refuses %o', async (input, name) => {
    expect((await refusal(put(ssmClient(await start()), input))).name).toBe(name)
  })
})

describe('SecureString', () => {
  it('is ciphertext unless decryption is asked for, under the default key', async () => {
    const client = ssmClient(await start())
    await put(client, { Type: 'SecureString', Value: 'secret' })
    expect(await value(client, '/a/b')).not.toContain('secret')
    expect(await value(client, '/a/b', true)).toBe('secret')
  })

  it('takes 8 KiB in the advanced tier, which is never left again', async () => {
    const client = ssmClient(await start())
    const Value = 'é'.repeat(4000)
    await put(client, { Type: 'SecureString', Value, Tier: 'Advanced' })
    expect(await value(client, '/a/b', true)).toBe(Value)
    const back = await refusal(put(client, { Overwrite: true, Type: 'SecureString', Tier: 'Standard' }))
    expect(back.name).toBe('ValidationException')
  })

  it.each([
    ['disabled', (KeyId: string) => new DisableKeyCommand({ KeyId }), /is disabled/],
    ['about to be deleted', (KeyId: string) => new ScheduleKeyDeletionCommand({ KeyId }), /is pending deletion/],
  ])('is an InvalidKeyId when its key is %s', async (_, spoil, text) => {
    const emulator = await start()
    const [client, kms] = [ssmClient(emulator), kmsClient(emulator)]
    const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
    await put(client, { Type: 'SecureString', KeyId })
    await (spoil(KeyId) instanceof DisableKeyCommand
      ? kms.send(new DisableKeyCommand({ KeyId }))
      : kms.send(new ScheduleKeyDeletionCommand({ KeyId })))
    const refused = await refusal(value(client, '/a/b', true))
    expect(refused.name).toBe('InvalidKeyId')
    expect(refused.message).toMatch(text)
  })
})

describe('reading', () => {
  async function filled() {
    const client = ssmClient(await start())
    for (const Name of ['/p/a', '/p/b', '/p/deep/c', '/q/d']) await put(client, { Name, Value: Name })
    return client
  }

  it('goes by path, recursively or not, in pages', async () => {
    const client = await filled()
    const names = async (input: ssm.GetParametersByPathCommandInput) => {
      const { Parameters, NextToken } = await client.send(new ssm.GetParametersByPathCommand(input))
      return { names: Parameters?.map((one) => one.Name), NextToken }
    }
    expect((await names({ Path: '/p' })).names).toEqual(['/p/a', '/p/b'])
    const first = await names({ Path: '/p/', Recursive: true, MaxResults: 2 })
    const second = await names({ Path: '/p/', Recursive: true, MaxResults: 2, NextToken: first.NextToken })
    expect([first.names, second.names]).toEqual([['/p/a', '/p/b'], ['/p/deep/c']])
    expect(second.NextToken).toBeUndefined()
  })

  it('sorts names into found and invalid, ten at most', async () => {
    const client = await filled()
    const answer = await client.send(new ssm.GetParametersCommand({ Names: ['/p/a', '/none', '/p/b:9'] }))
    expect(answer.Parameters?.map((one) => one.Value)).toEqual(['/p/a'])
    expect(answer.InvalidParameters).toEqual(['/none', '/p/b:9'])
    const Names = Array.from({ length: 11 }, (_, n) => `/n${n}`)
    expect((await refusal(client.send(new ssm.GetParametersCommand({ Names })))).name).toBe('ValidationException')
  })

  it('describes by filter', async () => {
    const client = await filled()
    const ParameterFilters = [{ Key: 'Name', Option: 'BeginsWith', Values: ['/p/'] }]
    const { Parameters } = await client.send(new ssm.DescribeParametersCommand({ ParameterFilters }))
    expect(Parameters?.map((one) => one.Name)).toEqual(['/p/a', '/p/b', '/p/deep/c'])
    expect(Parameters?.[0]).not.toHaveProperty('Value')
  })

  it('knows nothing of what was never put', async () => {
    const refused = await refusal(value(ssmClient(await start()), '/none'))
    expect(refused).toMatchObject({ name: 'ParameterNotFound', status: 400 })
  })
})

describe('versions, labels, tags, deletion', () => {
  it('keeps a history with labels that move', async () => {
    const client = ssmClient(await start())
    for (const Value of ['1', '2', '3']) await put(client, { Value, Overwrite: true })
    const label = (ParameterVersion: number) =>
      client.send(new ssm.LabelParameterVersionCommand({ Name: '/a/b', ParameterVersion, Labels: ['live'] }))
    await label(1)
    expect(await value(client, '/a/b:live')).toBe('1')
    await label(3)
    expect(await value(client, '/a/b:live')).toBe('3')
    const { Parameters } = await client.send(new ssm.GetParameterHistoryCommand({ Name: '/a/b' }))
    expect(Parameters?.map((one) => [one.Value, one.Labels])).toEqual([
      ['1', []],
      ['2', []],
      ['3', ['live']],
    ])
  })

  it('keeps a hundred versions', async () => {
    const client = ssmClient(await start())
    for (let n = 0; n < 102; n++) await put(client, { Value: `${n}`, Overwrite: true })
    expect(await value(client, '/a/b')).toBe('101')
    expect((await refusal(value(client, '/a/b:2'))).name).toBe('ParameterVersionNotFound')
    expect(await value(client, '/a/b:3')).toBe('2')
  })

  it('tags and untags', async () => {
    const client = ssmClient(await start())
    await put(client, { Tags: [{ Key: 'a', Value: '1' }] })
    const resource = { ResourceType: 'Parameter', ResourceId: '/a/b' } as const
    await client.send(new ssm.AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'b', Value: '2' }] }))
    await client.send(new ssm.RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['a'] }))
    const { TagList } = await client.send(new ssm.ListTagsForResourceCommand(resource))
    expect(TagList).toEqual([{ Key: 'b', Value: '2' }])
  })

  it('deletes one, and several', async () => {
    const client = ssmClient(await start())
    for (const Name of ['/a', '/b']) await put(client, { Name })
    await client.send(new ssm.DeleteParameterCommand({ Name: '/a' }))
    expect((await refusal(client.send(new ssm.DeleteParameterCommand({ Name: '/a' })))).name).toBe('ParameterNotFound')
    const answer = await client.send(new ssm.DeleteParametersCommand({ Names: ['/a', '/b'] }))
    expect([answer.DeletedParameters, answer.InvalidParameters]).toEqual([['/b'], ['/a']])
  })
})

const recordings = readRecorded('ssm-recorded-responses.json')

describe.runIf(recordings !== undefined)('answers as AWS SSM was recorded', () => {
  async function wire() {
    const client = ssmClient(await start())
    const exchanges = recordExchanges(client)
    const last = (): Recorded => {
      const { status, body } = exchanges.at(-1) ?? { status: 0, body: '{}' }
      return { ...(JSON.parse(body) as Recorded), ResponseMetadata: { HTTPStatusCode: status } }
    }
    return { client, last }
  }

  it('test_get_parameter_by_arn', async () => {
    const { client, last } = await wire()
    await put(client, { Name: 'param', Value: 'test' })
    await value(client, 'arn:aws:ssm:us-east-1:000000000000:parameter/param')
    const { Parameter } = last()
    expect(differences(recordings?.get('test_get_parameter_by_arn'), { Parameter })).toEqual([])
  })

  it('test_parameters_with_path', async () => {
    const { client, last } = await wire()
    const steps: Recorded = {}
    const Names = ['/my/path']
    const ARNs = ['arn:aws:ssm:us-east-1:000000000000:parameter/my/path']
    await put(client, { Name: '/my/path', Value: '123' })
    steps['put-parameter-response'] = last()
    await value(client, '/my/path')
    steps['get-parameter-response'] = last()
    await value(client, ARNs[0] ?? '')
    steps['get-parameter-by-arn-response'] = last()
    await client.send(new ssm.GetParametersCommand({ Names }))
    steps['get-parameters-response'] = last()
    await client.send(new ssm.GetParametersCommand({ Names: ARNs }))
    steps['get-parameters-by-arn-response'] = last()
    expect(differences(recordings?.get('test_parameters_with_path'), steps)).toEqual([])
  })
})
