/** What belongs to a wallet, derived again from its own record: never the caller's word (safety rule 19). */
import { childPublicKey, hardened, pathText } from '../curves/bip32.ts'
import { fromHex } from '../base/bytes.ts'
import type { AddressForm } from '../core/chain.ts'
import type { ChildKey } from '../core/own-scripts.ts'
import { Failed } from '../core/errors.ts'
import type { PublicKey } from '../core/key.ts'
import type { WalletAddress, WalletRow } from '../core/wallet-store.ts'
import type { Place } from './assets.ts'
import { bodyOf, extendedOf } from './row.ts'

/** From the tree's root to the node of a wallet, hardened all the way down (BIP-44). */
export function accountPath(form: AddressForm, { native }: Place, account: number): readonly number[] {
  return [form.purpose, native.coinType, account].map((index) => index + hardened)
}

/** Such as `m/84'/0'/7'`; undefined for a wallet with a key of its own. */
export function pathOf(row: WalletRow, form: AddressForm, place: Place): string | undefined {
  return row.account === undefined ? undefined : pathText(accountPath(form, place, row.account))
}

/** One child of a wallet in a tree. @throws Failed `store-corrupt` for a wallet that is no branch */
export function childOf(
  row: WalletRow,
  form: AddressForm,
  place: Place,
  at: Pick<WalletAddress, 'branch' | 'index'>,
): ChildKey {
  const extended = extendedOf(bodyOf(row))
  if (extended === undefined || row.account === undefined) {
    throw new Failed('store-corrupt', `The wallet ${row.id} has no tree to derive addresses from`)
  }
  const steps = [at.branch, at.index]
  const path = [...accountPath(form, place, row.account), ...steps]
  return { path, publicKey: childPublicKey(extended, steps, form.algorithm) }
}

/** The key of a wallet's first address. @throws Failed `store-corrupt` while it has none */
export function publicKeyOf(row: WalletRow, form: AddressForm): PublicKey {
  const { publicKey } = bodyOf(row)
  if (publicKey === undefined) throw new Failed('store-corrupt', `The wallet ${row.id} has no public key`)
  return { algorithm: form.algorithm, bytes: fromHex(publicKey) }
}
