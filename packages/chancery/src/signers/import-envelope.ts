/** A private key on its way in, on the service's side: encrypted to the one signer process that will read it. */
import { utf8 } from '../base/bytes.ts'
import type { ImportedSecret, NewKeyRequest } from '../core/backend.ts'
import type { Words } from '../core/words.ts'
import { Refused } from '../core/errors.ts'
import { sealEnvelope } from './envelope.ts'
import { encodeFields } from './fields.ts'
import { importContext } from './imported.ts'
import { encodeWordList } from './words.ts'

/** @throws Refused `not-supported` for words, where the request brings no list of them. */
export function sealImport(recipient: Uint8Array, request: NewKeyRequest, secret: ImportedSecret): Uint8Array {
  const { id, algorithm, words } = request
  const plaintext = encodeImported(secret, words)
  try {
    return sealEnvelope(recipient, importContext(id, algorithm), plaintext)
  } finally {
    plaintext.fill(0)
  }
}

export function wipeImported(secret: ImportedSecret): void {
  if (secret.format === 'hex') return secret.hex.wipe()
  if (secret.format === 'words') return secret.words.wipe()
  secret.keystore.wipe()
  return secret.password.wipe()
}

/** In a buffer of its own: whoever gets it wipes it. */
export function encodeImported(imported: ImportedSecret, words?: Words): Uint8Array {
  if (imported.format === 'hex') return imported.hex.use((hex) => encodeFields([utf8('hex'), hex]))
  if (imported.format === 'words') {
    if (words === undefined) throw new Refused('not-supported', 'Keys of this family have no words')
    const list = encodeWordList(words)
    return imported.words.use((text) => encodeFields([utf8('words'), text, list]))
  }
  return imported.keystore.use((keystore) =>
    imported.password.use((password) => encodeFields([utf8('keystore-v3'), keystore, password])),
  )
}
