/** A wallet as people see it. */
import type { Call } from '../core/call.ts'
import { isHex } from '../base/bytes.ts'
import type { KeyRecord } from '../core/key.ts'
import type { AssetId } from '../core/names.ts'
import type { Snapshot } from '../core/state.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { freezeId } from '../core/wallet-policy.ts'
import type { WalletStatus, WalletView } from '../core/wallets.ts'
import { pathOf } from './account.ts'
import { formOf, meantBy, networkNameOf, placeIfServed, type Place } from './assets.ts'
import type { WalletRooms } from './rooms.ts'
import { paysElsewhere } from './policy/frozen.ts'
import { bodyOf } from './row.ts'

export function viewOf(rooms: WalletRooms, row: WalletRow, call: Call): WalletView {
  const place = placeIfServed(rooms, row)
  const snapshot = rooms.state.current()
  const { providerId, form, publicKey, deletion } = bodyOf(row)
  const assetId = assetOf(row, place)
  const path = place && pathOf(row, formOf(place, form), place)
  return {
    row,
    status: statusOf(snapshot, row, place),
    paysFrom: paysElsewhere(snapshot, row.id) ? 'elsewhere' : 'here',
    providerId,
    form,
    ...(assetId && { assetId }),
    networkName: networkNameOf(rooms, row.network),
    ...(isHex(publicKey) && { publicKey }),
    ...(path && { path }),
    ...(rooms.permits(call.principal, 'admin', {}) && keyNames(rooms, row)),
    ...(deletion && { deletionDate: deletion.date }),
  }
}

export function statusOf({ freezes }: Snapshot, row: WalletRow, place: Pick<Place, 'asset'> | undefined): WalletStatus {
  if (row.state !== 'CREATED') return row.state
  const asset = assetOf(row, place)
  const about = [{ wallet: row.id }, { user: row.user }, ...(asset ? [{ asset }] : [])]
  const ids = about.map(freezeId)
  return ids.some((id) => freezes.get(id)?.value.frozen === true) ? 'FROZEN' : 'CREATED'
}

/** What it was made for, even where its symbol is another token's today. */
function assetOf(row: WalletRow, place: Pick<Place, 'asset'> | undefined): AssetId | undefined {
  return meantBy(row) ?? place?.asset
}

/** Ours, and what the back-end calls the key: in AWS its ARN. Nothing where the secret is in the service's own keeping. */
function keyNames({ state, backends }: WalletRooms, { key: id }: WalletRow): Pick<WalletView, 'keyId' | 'kmsKeyId'> {
  if (id === undefined) return {}
  const key = state.current().keys.get(id)?.value
  const kmsKeyId = key && nameAt(backends.get(key.backend), key)
  return { keyId: id, ...(kmsKeyId && { kmsKeyId }) }
}

function nameAt(backend: ReturnType<WalletRooms['backends']['get']>, { ref }: KeyRecord): string | undefined {
  return backend?.describe?.(ref)['kmsKey']
}
