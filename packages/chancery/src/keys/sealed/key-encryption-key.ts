/** The key-encryption key: where it comes from is in the files beside this one, what is made of it is here. */
import { createHmac } from 'node:crypto'
import { expand } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8 } from '../../base/bytes.ts'
import { Secret } from '../../base/secret.ts'

export const keyEncryptionKeySize = 32
/** RFC 5869, section 2.2: as many zeros as the hash has bytes. */
const noSalt = new Uint8Array(32)

/**
 * `sealing` encrypts private keys, `state` authenticates state records, `pepper` hashes API keys, `note` seeds the key
 * that signs the register's notes. `check` proves that a key-encryption key is the one used before, without the rest.
 */
export type SubkeyName = 'sealing' | 'state' | 'pepper' | 'note' | 'check'

/**
 * Independent keys of 32 bytes (HKDF-SHA-256, RFC 5869, one `info` a name): who learns one learns no other.
 * @throws RangeError when the key-encryption key is not 32 bytes.
 */
export function deriveSubkeys<N extends SubkeyName>(
  keyEncryptionKey: Secret,
  ...names: readonly N[]
): Record<N, Secret> {
  const derive = (name: N): readonly [N, Secret] => [name, keyEncryptionKey.use((key) => subkey(key, name))]
  return fromEntries(names.map(derive))
}

/**
 * Not by `hkdfSync`: what is a key to `node:crypto` leaves a copy in memory that nothing here can zero. In HKDF's first step
 * the input is HMAC's message, of which it leaves none.
 */
function subkey(key: Uint8Array, name: SubkeyName): Secret {
  if (key.length !== keyEncryptionKeySize) throw new RangeError(`expected 32 bytes, got ${key.length}`)
  const pseudorandom = createHmac('sha256', noSalt).update(key).digest()
  try {
    return new Secret(expand(sha256, pseudorandom, utf8(`chancery ${name} 1`), 32))
  } finally {
    pseudorandom.fill(0)
  }
}

function fromEntries<N extends SubkeyName>(entries: readonly (readonly [N, Secret])[]): Record<N, Secret> {
  return Object.fromEntries(entries) as Record<N, Secret>
}
