/** What an EIP-2335 keystore says of its key before anybody opens it. https://eips.ethereum.org/EIPS/eip-2335 */
import { hexAsTyped, type Hex } from '../base/bytes.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'

/** Whether it is so only its secret shows. */
export interface KeystoreLabel {
  readonly publicKey?: Hex
  /** EIP-2334 path; absent where the key was not derived. */
  readonly derivation?: string
  /** Whether there is anything to open. */
  readonly hasSecret: boolean
}

/** Files of a folder that are taken for keystores: not the deposit data, which the tools that make keystores write beside them. */
export const keystoreFile = /^(?!deposit_data-).*\.json$/i

const path = /^m(?:\/(?:0|[1-9][0-9]{0,9})){1,16}$/

/** Of a text that is no keystore nothing. */
export function keystoreLabel(text: string): KeystoreLabel {
  const { pubkey, path: derivation, crypto } = membersOf(text)
  const publicKey = typeof pubkey === 'string' ? hexAsTyped(pubkey, 48) : undefined
  return {
    ...(publicKey && { publicKey }),
    ...(typeof derivation === 'string' && path.test(derivation) && { derivation }),
    hasSecret: isJsonObject(crypto),
  }
}

/** What `JSON.parse` says of a text shows a piece of it. */
function membersOf(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}
