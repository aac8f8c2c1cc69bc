/** A private key on its way in, on the service's side: encrypted to the one signer process that will read it. */
import { utf8 } from '../base/bytes.ts'
import type { Secret } from '../base/secret.ts'
import type { ImportedSecret, NewKeyRequest } from '../core/backend.ts'
import { Refused } from '../core/errors.ts'
import type { Words } from '../core/words.ts'
import { sealEnvelope } from './envelope.ts'
import { encodeFields } from './fields.ts'
import { importContext, importManyContext } from './imported.ts'
import { formOf, type KeyForm } from './key-form.ts'
import { encodeWordList } from './words.ts'

/** @throws Refused `not-supported` for words, where the request brings no list of them. */
export function sealImport(recipient: Uint8Array, request: NewKeyRequest, secret: ImportedSecret): Uint8Array {
  const { id, words } = request
  const plaintext = encodeImported(secret, words)
  try {
    return sealEnvelope(recipient, importContext(id, formOf(request)), plaintext)
  } finally {
    plaintext.fill(0)
  }
}

/** For many keys of one form. @throws Refused as `sealImport` does */
export function sealImports(
  recipient: Uint8Array,
  form: KeyForm,
  wanted: readonly { readonly request: NewKeyRequest; readonly secret: ImportedSecret }[],
): Uint8Array {
  const parts = wanted.map(({ request, secret }) => encodeImported(secret, request.words))
  const plaintext = encodeFields(parts)
  try {
    const ids = wanted.map(({ request }) => request.id)
    return sealEnvelope(recipient, importManyContext(form, ids), plaintext)
  } finally {
    for (const part of [...parts, plaintext]) part.fill(0)
  }
}

export function wipeImported(secret: ImportedSecret): void {
  for (const part of secretsOf(secret)) part.wipe()
}

function secretsOf(secret: ImportedSecret): readonly Secret[] {
  if (secret.format === 'hex') return [secret.hex]
  if (secret.format === 'words') return [secret.words]
  if (secret.format === 'mnemonic')
    return [secret.mnemonic, ...(secret.passphrase === undefined ? [] : [secret.passphrase])]
  return [secret.keystore, secret.password]
}

/** Ten times what a keystore takes: what is larger is meant to keep somebody busy. */
const largest = 16 * 1024

/** In a buffer of its own: whoever gets it wipes it. @throws Refused `invalid-payload` for more than 16 KiB */
export function encodeImported(imported: ImportedSecret, words?: Words): Uint8Array {
  if (imported.format === 'hex') return imported.hex.use((hex) => encodeFields([utf8('hex'), hex]))
  if (imported.format === 'words') {
    if (words === undefined) throw new Refused('not-supported', 'Keys of this family have no words')
    const list = encodeWordList(words)
    return imported.words.use((text) => encodeFields([utf8('words'), text, list]))
  }
  for (const part of secretsOf(imported)) part.use(requireSmall)
  if (imported.format === 'mnemonic') return encodeMnemonic(imported)
  const { format, keystore, password } = imported
  return keystore.use((text) => password.use((key) => encodeFields([utf8(format), text, key])))
}

function encodeMnemonic({ mnemonic, path, passphrase }: Extract<ImportedSecret, { format: 'mnemonic' }>): Uint8Array {
  const encode = (text: Uint8Array, more: Uint8Array) => encodeFields([utf8('mnemonic'), text, utf8(path), more])
  if (passphrase === undefined) return mnemonic.use((text) => encode(text, new Uint8Array(0)))
  return mnemonic.use((text) => passphrase.use((more) => encode(text, more)))
}

function requireSmall({ length }: Uint8Array): void {
  if (length <= largest) return
  const particulars = { where: 'secret', got: `${length} bytes`, wanted: `${largest} at most` }
  throw new Refused('invalid-payload', 'The imported secret is larger than any keystore', particulars)
}
