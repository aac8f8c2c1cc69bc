import * as kms from '@aws-sdk/client-kms'
import { create, describeKey, field, keyIdOf, metadataOf, UNKNOWN_ID, type Scenario, type Spec } from './run.ts'

export const keysScenarios: Record<string, Scenario> = {
  test_create_key: async (run) => {
    const { KeyId } = await create(run, { Description: 'test key 123' })
    return { 'describe-key': await metadataOf(run, String(KeyId)) }
  },
  test_create_alias: async (run) => {
    const TargetKeyId = keyIdOf(await create(run))
    return { create_alias: await run(new kms.CreateAliasCommand({ AliasName: 'no-prefix', TargetKeyId })) }
  },
  test_get_key_in_different_region: async (run) => {
    const other = { region: 'eu-west-1' }
    const key = await create(run, { Description: 'test key 123' }, other)
    return {
      'describe-key-diff-region-with-id': await describeKey(run, keyIdOf(key)),
      'describe-key-diff-region-with-arn': await describeKey(run, field(key, 'Arn')),
      'describe-key-same-specific-region-with-id': await describeKey(run, keyIdOf(key), other),
      'describe-key-same-specific-region-with-arn': await describeKey(run, field(key, 'Arn'), other),
    }
  },
  test_get_key_does_not_exist: async (run) => ({
    'describe-nonexistent-key-with-id': await describeKey(run, UNKNOWN_ID),
    'describe-nonexistent-with-arn': await describeKey(run, `arn:aws:kms:us-east-1:000000000000:key/${UNKNOWN_ID}`),
    'describe-key-with-valid-id-mrk': await describeKey(run, `mrk-${UNKNOWN_ID.replaceAll('-', '')}`),
  }),
  test_get_key_invalid_uuid: async (run) => ({
    'describe-key-with-invalid-uuid': await describeKey(run, 'fake-key-id'),
    'describe-key-with-invalid-uuid-2': await describeKey(run, '134f2428cec14b25a1ae9048164dba47'),
    'describe-key-with-invalid-uuid-mrk': await describeKey(run, 'mrk-fake-key-id'),
  }),
  test_replicate_key: async (run) => {
    const [here, there] = [{}, { region: 'ap-southeast-1' }]
    const KeyId = keyIdOf(await create(run, { Description: 'test replicated key', MultiRegion: true }))
    const before = await describeKey(run, KeyId, there)
    const replica = await run(new kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: 'ap-southeast-1' }))
    return {
      'describe-key-from-different-region': before,
      'replicate-key': { ...replica, ReplicaPolicy: JSON.parse(field(replica, 'ReplicaPolicy')) as unknown },
      'describe-key-from-region': await describeKey(run, KeyId, here),
      'describe-replicated-key': await describeKey(run, KeyId, there),
    }
  },
  test_replicate_replica_key_should_fail: async (run) => {
    const KeyId = keyIdOf(await create(run, { MultiRegion: true }))
    await run(new kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: 'ap-southeast-1' }))
    const again = new kms.ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' })
    return { 'fail-replicate-non-primary-key': await run(again, { region: 'ap-southeast-1' }) }
  },
  test_create_multi_region_key: async (run) => ({
    create_multi_region_key: await create(run, { Description: 'test multi region key', MultiRegion: true }),
  }),
  test_non_multi_region_keys_should_not_have_multi_region_properties: async (run) => ({
    non_multi_region_keys_should_not_have_multi_region_properties: await create(run, {
      Description: 'test non multi region key',
    }),
  }),
  test_describe_with_alias_arn: async (run) => {
    const key = await create(run, { Description: 'test - description' })
    await run(new kms.CreateAliasCommand({ AliasName: 'alias/one', TargetKeyId: keyIdOf(key) }))
    const byAlias = await describeKey(run, 'arn:aws:kms:us-east-1:000000000000:alias/one')
    return { 'created-key': key, 'describe-key': byAlias }
  },
  test_hmac_create_key: async (run) => {
    const key = await create(run, { Description: 'test key', KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
    return { 'create-hmac-key': key, 'describe-key': await metadataOf(run, keyIdOf(key)) }
  },
  test_hmac_create_key_invalid_operations: async (run) => ({
    'create-hmac-key-without-key-usage': await run(new kms.CreateKeyCommand({ KeySpec: 'HMAC_256' })),
    'create-hmac-key-invalid-spec': await run(
      new kms.CreateKeyCommand({ KeySpec: 'HMAC_random' as Spec, KeyUsage: 'GENERATE_VERIFY_MAC' }),
    ),
    'create-hmac-key-invalid-key-usage': await run(
      new kms.CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'RANDOM' as kms.KeyUsageType }),
    ),
  }),
}
