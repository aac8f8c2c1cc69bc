/** Signing by @chainsafe/blst, which hashes the message anew for every signature. */
import { SecretKey } from '@chainsafe/blst'
import { requirePrivateKey } from './private-key.ts'
import type { LoadedKey, SigningLibrary } from './signing-library.ts'

/** Not `sign`: whoever loads a key gives it one of that name, which comes here. */
interface LibraryKey extends LoadedKey {
  signed(message: Uint8Array): Uint8Array
}

export function withBlst(): SigningLibrary<LibraryKey> {
  return {
    by: 'library',
    publicKeyOf: (privateKey) => open(privateKey).toPublicKey().toBytes(),
    loadPrivateKey,
    signMany: (keys, messages) => keys.map((key, i) => key.signed(messages[i] ?? new Uint8Array(0))),
  }
}

/** The library zeroes its copy when the object is collected, not before. */
function loadPrivateKey(privateKey: Uint8Array): LibraryKey {
  let key: SecretKey | undefined = open(privateKey)
  return {
    signed(message) {
      if (key === undefined) throw new Error('this key was wiped')
      return key.sign(message).toBytes(false)
    },
    wipe: () => {
      key = undefined
    },
  }
}

function open(privateKey: Uint8Array): SecretKey {
  requirePrivateKey(privateKey)
  return SecretKey.fromBytes(privateKey)
}
