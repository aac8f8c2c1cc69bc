/** What a signer process is told of a key, so that it can open it: its id, and its sealed secret. */
import { fromHex, utf8 } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import { Failed, Refused } from '../../core/errors.ts'
import type { KeyRef } from '../../core/key.ts'
import { treeForm } from '../../signers/derivation.ts'
import { encodeFields } from '../../signers/fields.ts'
import { isTree } from '../../signers/key-form.ts'
import { sealVersion } from './seal.ts'

/** By the sealed data of a key record, which is never changed in place. */
const fieldsOf = new WeakMap<JsonObject, { readonly id: string; readonly fields: readonly Uint8Array[] }>()

/** @throws Refused `key-state` when the record holds no secret any more; Failed `backend-failed` when it holds no proper one */
export function keyFields(ref: KeyRef): readonly Uint8Array[] {
  const known = fieldsOf.get(ref.data)
  if (known?.id === ref.id) return known.fields
  const fields = [utf8(ref.id), sealedKey(ref)]
  fieldsOf.set(ref.data, { id: ref.id, fields })
  return fields
}

function sealedKey({ id, algorithm, publicKey, data }: KeyRef): Uint8Array {
  const form = isTree({ data }) ? treeForm : algorithm
  if (Object.keys(data).length === 0) throw new Refused('key-state', 'The secret of this key was destroyed')
  if (data['version'] !== sealVersion) throw new Failed('backend-failed', 'The sealed secret is of an unknown version')
  const sealed = ['salt', 'nonce', 'ciphertext'].map((name) => hexMember(data, name))
  return encodeFields([utf8(id), utf8(form), publicKey, ...sealed])
}

function hexMember(data: JsonObject, name: string): Uint8Array {
  const value = data[name]
  try {
    if (typeof value === 'string') return fromHex(value)
  } catch {}
  throw new Failed('backend-failed', `The sealed secret has no proper ${name}`)
}
