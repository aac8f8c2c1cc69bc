/** Whether a wallet still is what it says: its address derived again from its key, and a test signature. */
import { toHex } from '../base/bytes.ts'
import { canKeepTrees } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import { Failed } from '../core/errors.ts'
import { refOf, type KeyRecord, type PublicKey } from '../core/key.ts'
import type { DerivedSigner } from '../core/payload.ts'
import type { WalletId } from '../core/names.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import type { WalletView } from '../core/wallets.ts'
import { childPublicKey } from '../curves/bip32.ts'
import { accountPath } from './account.ts'
import { checkedAddress } from './address.ts'
import { formOf, placeOfRow } from './assets.ts'
import { findWallet, requireState } from './find.ts'
import { noteCompared } from './migration/mark.ts'
import type { WalletRooms } from './rooms.ts'
import { bodyOf } from './row.ts'
import { viewOf } from './view.ts'

/** @throws Failed `store-corrupt` when the address is not the key's; `bad-signature` when the key does not sign */
export async function verifyWallet(rooms: WalletRooms, id: WalletId, call: Call): Promise<WalletView> {
  const row = requireState(await findWallet(rooms, id, 'wallets:read', call), 'CREATED')
  // Another process may have made the key, or given the wallet back to its old signer.
  const snapshot = await rooms.state.refreshIfMoved(call.deadline)
  const key = row.key && snapshot.keys.get(row.key)?.value
  const backend = key && rooms.backends.get(key.backend)
  if (key === undefined || backend === undefined) throw notTheirs(row, 'its key is not here')
  const { publicKey, signer } = await derivedAgain(rooms, row, key, call)
  const place = placeOfRow(rooms, row)
  const address = checkedAddress(rooms, place, formOf(place, bodyOf(row).form), publicKey)
  if (address !== row.address) throw notTheirs(row, `its key has the address ${address}`)
  const { client } = call.principal
  await rooms.prove({ key, backend, client, deadline: call.deadline, ...(signer && { signer }) })
  await noteCompared(rooms, snapshot, row, true, call)
  return viewOf(rooms, row, call)
}

function notTheirs({ id }: WalletRow, why: string): Failed {
  const hint = 'Freeze the wallet and find out who changed its row or its key: chancery freeze --wallet'
  return new Failed('store-corrupt', `The wallet ${id} does not fit its key: ${why}`, { particulars: { hint } })
}

/** From the key back-end where it is a branch, not from the row. */
async function derivedAgain(
  rooms: WalletRooms,
  row: WalletRow,
  key: KeyRecord,
  { deadline }: Call,
): Promise<{ readonly publicKey: PublicKey; readonly signer?: DerivedSigner }> {
  const place = placeOfRow(rooms, row)
  const form = formOf(place, bodyOf(row).form)
  const backend = rooms.backends.get(key.backend)
  if (row.account === undefined) return { publicKey: { algorithm: form.algorithm, bytes: refOf(key).publicKey } }
  if (backend === undefined || !canKeepTrees(backend)) throw notTheirs(row, 'its tree is not here')
  const path = accountPath(form, place, row.account)
  const xpub = await backend.extendedPublicKey(refOf(key), path, deadline)
  const kept = bodyOf(row).xpub
  const [point, chainCode] = [xpub.publicKey.bytes, xpub.chainCode].map(toHex)
  if (kept?.publicKey !== point || kept?.chainCode !== chainCode) throw notTheirs(row, 'its branch begins elsewhere')
  const publicKey = childPublicKey(xpub, [0, 0], form.algorithm)
  return { publicKey, signer: { path: [...path, 0, 0], publicKey } }
}
