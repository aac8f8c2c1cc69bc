import * as kms from '@aws-sdk/client-kms'
import { create, keyIdOf, listTags, tags, type Scenario } from './run.ts'

export const taggingScenarios: Record<string, Scenario> = {
  test_tag_existing_key_and_untag: async (run) => {
    const KeyId = keyIdOf(await create(run))
    await run(new kms.TagResourceCommand({ KeyId, Tags: tags([1, 2]) }))
    const before = await listTags(run, KeyId)
    await run(new kms.UntagResourceCommand({ KeyId, TagKeys: ['tag1', 'tag2'] }))
    return { 'list-resource-tags': before, 'list-resource-tags-after-all-untagged': await listTags(run, KeyId) }
  },
  test_create_key_with_tag_and_untag: async (run) => {
    const KeyId = keyIdOf(await create(run, { Tags: tags([1, 2]) }))
    const before = await listTags(run, KeyId)
    await run(new kms.UntagResourceCommand({ KeyId, TagKeys: ['tag1', 'tag2'] }))
    return { 'list-resource-tags': before, 'list-resource-tags-after-all-untagged': await listTags(run, KeyId) }
  },
  test_untag_key_partially: async (run) => {
    const KeyId = keyIdOf(await create(run, { Tags: tags([1, 2, 3]) }))
    const before = await listTags(run, KeyId)
    await run(new kms.UntagResourceCommand({ KeyId, TagKeys: ['tag2'] }))
    return { 'list-resource-tags': before, 'list-resource-tags-after-partially-untagged': await listTags(run, KeyId) }
  },
  test_update_and_add_tags_on_tagged_key: async (run) => {
    const KeyId = keyIdOf(await create(run, { Tags: tags([1, 2, 3]) }))
    const before = await listTags(run, KeyId)
    const updated = [...tags([2], (n) => `updated_value${n}`), ...tags([4, 5])]
    await run(new kms.TagResourceCommand({ KeyId, Tags: updated }))
    return { 'list-resource-tags': before, 'list-resource-tags-after-tags-updated': await listTags(run, KeyId) }
  },
  test_tag_key_with_duplicate_tag_keys_raises_error: async (run) => {
    const KeyId = keyIdOf(await create(run))
    return { 'duplicate-tag-keys': await run(new kms.TagResourceCommand({ KeyId, Tags: tags([1, 1]) })) }
  },
  test_create_key_with_too_many_tags_raises_error: async (run) => ({
    'invalid-tag-key': await run(new kms.CreateKeyCommand({ Tags: tags(Array.from({ length: 51 }, (_, n) => n)) })),
  }),
  test_tag_existing_key_with_invalid_tag_key: async (run) => {
    const KeyId = keyIdOf(await create(run))
    const Tags = [{ TagKey: 'aws:key1', TagValue: 'x' }]
    return { 'invalid-tag-key': await run(new kms.TagResourceCommand({ KeyId, Tags })) }
  },
  test_key_with_long_tag_value_raises_error: async (run) => ({
    'too-long-tag-value': await run(new kms.CreateKeyCommand({ Tags: [{ TagKey: 'a', TagValue: 'v'.repeat(257) }] })),
  }),
  test_create_key_with_invalid_tag_key: async (run, kind) => {
    const names: Record<string, string> = { lowercase_prefix: 'aws:a', uppercase_prefix: 'AWS:A' }
    const TagKey = names[kind ?? ''] ?? 'a'.repeat(129)
    return { 'invalid-tag-key': await run(new kms.CreateKeyCommand({ Tags: [{ TagKey, TagValue: 'x' }] })) }
  },
}
