/** A key as a signer process answers with it. */
import { toHex } from '../../base/bytes.ts'
import type { NewKey, NewKeyRequest } from '../../core/backend.ts'
import { Failed } from '../../core/errors.ts'
import { sealVersion } from './seal.ts'

/** `fields` as of `create` and `import`. @throws Failed `internal` */
export function newKey({ algorithm, tree }: NewKeyRequest, fields: readonly Uint8Array[]): NewKey {
  const [publicKey, salt, nonce, ciphertext, backup] = fields.map((field) => Uint8Array.from(field))
  if (!publicKey || !salt || !nonce || !ciphertext)
    throw new Failed('internal', 'The signer process answered too little')
  const sealed = { version: sealVersion, salt: toHex(salt), nonce: toHex(nonce), ciphertext: toHex(ciphertext) }
  const data = { ...sealed, ...(tree && { tree }) }
  return { publicKey: { algorithm, bytes: publicKey }, data, ...(backup && { backup }) }
}
