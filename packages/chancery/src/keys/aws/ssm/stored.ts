/** What the key record holds of a key in Parameter Store: names, never the secret. */
import type { JsonObject } from '../../../base/json.ts'
import { Failed } from '../../../core/errors.ts'
import type { KeyRef } from '../../../core/key.ts'
import { pinnedData, pinnedOf } from '../pinned.ts'
import type { Source } from '../signer/questions.ts'

export interface Stored {
  /** Of the symmetric key. */
  readonly arn: string
  readonly alias?: string
  readonly taggedAs?: string
  readonly path: string
  /** As it was when the key came to be here. */
  readonly version?: number
  readonly format?: string
}

export function storedData({ arn, alias, taggedAs, path, version, format }: Stored): JsonObject {
  const pinned = pinnedData({
    arn,
    ...(alias !== undefined && { alias }),
    ...(taggedAs !== undefined && { taggedAs }),
  })
  return { ...pinned, path, ...(version !== undefined && { version }), ...(format !== undefined && { format }) }
}

/** @throws Refused `key-state` when the record no longer holds the key; Failed when it holds something else. */
export function storedOf(ref: KeyRef, region: string): Stored {
  const { arn, alias } = pinnedOf(ref, region)
  const { path, version, format } = ref.data
  if (typeof path !== 'string') throw new Failed('backend-failed', 'The key record names no parameter')
  return {
    arn,
    ...(alias !== undefined && { alias }),
    path,
    ...(typeof version === 'number' && { version }),
    ...(typeof format === 'string' && { format }),
  }
}

export function sourceOf(ref: KeyRef, region: string): Source {
  return { kind: 'parameter', path: storedOf(ref, region).path }
}

/** For people: alias, key and parameter, as `list` shows them. */
export function describeStored(data: JsonObject): Readonly<Record<string, string>> {
  const { alias, arn, path, version } = data
  return {
    ...(typeof alias === 'string' && { alias }),
    ...(typeof arn === 'string' && { kmsKey: arn }),
    ...(typeof path === 'string' && { parameter: path }),
    ...(typeof version === 'number' && { parameterVersion: String(version) }),
  }
}
