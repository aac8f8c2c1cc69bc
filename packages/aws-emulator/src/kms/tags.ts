import { AwsError } from '../errors.ts'
import { reading, writing } from '../operation.ts'
import type { Tag } from '../state.ts'
import { integer, list, required, structure, text } from '../validation.ts'
import { page } from './pages.ts'
import { requireAlive, useKey } from './resolve.ts'
import { keyId } from './shapes.ts'

const MAX_TAGS = 50

const tag = structure({
  TagKey: required(text({ min: 1, max: 128 })),
  TagValue: required(text({ max: 256 })),
})

export const tagList = () => list(tag)

/** The tags after a change; throws TagException in AWS's words when they may not be so. */
export function mergeTags(present: readonly Tag[], added: readonly Tag[]): Tag[] {
  const keys = added.map((one) => one.TagKey)
  if (keys.some((key) => /^aws:/i.test(key))) throw tagError('Tags beginning with aws: are reserved')
  if (new Set(keys).size < keys.length) throw tagError('Duplicate tag keys')
  const merged = new Map([...present, ...added].map((one) => [one.TagKey, one]))
  if (merged.size > MAX_TAGS) throw tagError('Too many tags')
  return [...merged.values()]
}

const tagError = (message: string) => new AwsError('TagException', message)

export const tagOperations = {
  TagResource: writing({ KeyId: keyId, Tags: required(tagList()) }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireAlive(key)
    key.tags = mergeTags(key.tags, input.Tags)
    return undefined
  }),

  UntagResource: writing({ KeyId: keyId, TagKeys: required(list(text({ min: 1, max: 128 }))) }, (call, input) => {
    const key = useKey(call, input.KeyId)
    requireAlive(key)
    key.tags = key.tags.filter((one) => !input.TagKeys.includes(one.TagKey))
    return undefined
  }),

  ListResourceTags: reading(
    { KeyId: keyId, Limit: integer({ min: 1, max: 50 }), Marker: text({ min: 1, max: 1024 }) },
    (call, input) => {
      const key = useKey(call, input.KeyId)
      const sorted = key.tags.toSorted((a, b) => (a.TagKey < b.TagKey ? -1 : 1))
      const { items, ...rest } = page(sorted, input.Limit ?? 50, input.Marker)
      return { Tags: items, ...rest }
    },
  ),
}
