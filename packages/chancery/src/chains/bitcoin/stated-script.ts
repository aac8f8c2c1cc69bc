/** A script that several keys share, as a request states it: enough to sign for it, never to call anything change. */
import { fromHex, isHex } from '../../base/bytes.ts'
import type { SignRequestBody } from '../../core/chain.ts'
import { readClosedObject } from '../../core/fields.ts'
import type { OwnScripts } from '../../core/own-scripts.ts'
import { invalid } from '../../core/refusals.ts'

const where = 'transaction.multisig'

/**
 * Which script it is, its hash in the coin proves; that this key signs for it, the key's place in it. Whom the rest of it
 * belongs to nobody here knows, so what is paid back to it is a payment like any other (safety rule 19).
 * @throws Refused for a wallet, whose own record says what its script is
 */
export function statedScript(value: unknown, { own }: Pick<SignRequestBody, 'own'>): OwnScripts | undefined {
  if (value === undefined) return undefined
  if (own !== undefined) throw invalid(where, 'a script', "none: a wallet's record says what its script is")
  const { threshold, publicKeys } = readClosedObject(value, where, ['threshold', 'publicKeys'])
  if (typeof threshold !== 'number' || !Array.isArray(publicKeys)) {
    throw invalid(where, typeof publicKeys, 'a threshold, which is a number, and a list of publicKeys')
  }
  return { multisig: { threshold, publicKeys: publicKeys.map((key, i) => readKey(key, `${where}.publicKeys[${i}]`)) } }
}

function readKey(value: unknown, place: string): Uint8Array {
  if (!isHex(value, 33)) throw invalid(place, typeof value, 'a compressed public key, 33 bytes in hex')
  return fromHex(value)
}
