/** The methods of the original service, by their names. */
import { isId } from '../base/id.ts'
import { concat, fromHex, isHex, toHex } from '../base/bytes.ts'
import type { Call } from '../core/call.ts'
import { Failed, invalidRequest, keyNotFound, Refused } from '../core/errors.ts'
import type { KeyRecord, PublicKey } from '../core/key.ts'
import type { KeyId } from '../core/names.ts'
import type { CreateKmsKey, HashSignature, Once, WalletView } from '../core/wallets.ts'
import { encodeDer } from '../curves/secp256k1/der.ts'
import { formOf, placeOf } from './assets.ts'
import { createWallet } from './create.ts'
import { findWallet } from './find.ts'
import { requireKeySpec } from './key-specs.ts'
import type { WalletDesk, WalletRooms } from './rooms.ts'
import { bodyOf } from './row.ts'

/** A key and the wallet it belongs to. */
export async function createKmsKey(
  desk: WalletDesk,
  { tier = 'native', keySpec, ...request }: CreateKmsKey,
  call: Call,
): Promise<WalletView> {
  requireKeySpec(desk, { ...request, tier, ...(keySpec !== undefined && { keySpec }) })
  return createWallet(desk, { ...request, tier }, call)
}

/** Of a wallet, by its id or address, or of a key. */
export async function getPublicKey(rooms: WalletRooms, name: string, call: Call): Promise<PublicKey> {
  if (!isId('wal', name)) return publicKeyOf((await rooms.keyring.get(name, call)).key)
  const row = await findWallet(rooms, name, 'wallets:read', call)
  const { publicKey, form } = bodyOf(row)
  if (publicKey === undefined) throw keyNotFound()
  return { algorithm: formOf(placeOf(rooms, row.asset, row.network), form).algorithm, bytes: fromHex(publicKey) }
}

function publicKeyOf({ algorithm, publicKey }: KeyRecord): PublicKey {
  return { algorithm, bytes: fromHex(publicKey) }
}

/**
 * Of opaque keys only (safety rule 14): what a wallet's key signs is decoded first.
 * @throws Refused `not-supported` for a key that signs messages, not digests: sign the message
 */
export async function signTransactionHash(
  { keyring, signing }: WalletRooms,
  { key: name, hash, ...once }: Once & { readonly key: string; readonly hash: string },
  call: Call,
): Promise<HashSignature> {
  if (!isHex(hash, 32)) throw invalidRequest('hash', `${hash.length} characters`, '32 bytes: 0x and 64 hex digits')
  const { key } = await keyring.get(name, call)
  if (key.algorithm !== 'secp256k1-ecdsa') throw useSignMessage(key)
  const { attempt, signed } = await signing.sign({ key: key.id, operation: 'sign:digest', value: hash, ...once }, call)
  const { r, s, yParity } = signed.result
  if (!isHex(r, 32) || !isHex(s, 32)) throw new Failed('internal', 'The signature of a hash has no r and s')
  const compact = concat(fromHex(r), fromHex(s))
  return {
    attempt,
    key: key.id,
    r,
    s,
    yParity: Number(yParity),
    compact: toHex(compact),
    der: toHex(encodeDer(compact)),
  }
}

function useSignMessage({ algorithm }: KeyRecord): Refused {
  const hint = 'USE_SIGN_MESSAGE: sign the whole transaction or message through POST /v1/keys/{id}/sign/…'
  const particulars = { where: 'key', got: algorithm, wanted: 'secp256k1-ecdsa', hint }
  return new Refused('not-supported', 'This algorithm signs messages: it has no signature of a hash', particulars)
}

export async function deleteKmsKey(
  { keyring }: WalletRooms,
  name: string,
  days: number,
  call: Call,
): Promise<{ readonly key: KeyId; readonly deletionDate: string }> {
  const { id, deletionDate = '' } = await keyring.scheduleDeletion(name, days, call)
  return { key: id, deletionDate }
}
