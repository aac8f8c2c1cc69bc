/** From a row that is CREATING to one that is CREATED: each step finds what an earlier try has left. */
import { toHex } from '../base/bytes.ts'
import { atMost, deadlineIn } from '../base/deadline.ts'
import { childPublicKey } from '../curves/bip32.ts'
import { canKeepTrees, type ExtendedPublicKey, type KeyBackend } from '../core/backend.ts'
import type { Call } from '../core/call.ts'
import type { AddressForm } from '../core/chain.ts'
import { Failed, Refused } from '../core/errors.ts'
import { refOf, type KeyRecord, type PublicKey } from '../core/key.ts'
import type { KeyId } from '../core/names.ts'
import type { Lease } from '../core/store.ts'
import type { WalletRow } from '../core/wallet-store.ts'
import { accountPath, childOf } from './account.ts'
import { checkedAddress } from './address.ts'
import { formOf, placeOfRow, type Place } from './assets.ts'
import { onBehalf } from './behalf.ts'
import { labelsOf } from './labels.ts'
import { refuseOwnRules } from './own-rules.ts'
import type { WalletDesk } from './rooms.ts'
import { bodyOf, nextRow, rowLimit, walletItem } from './row.ts'
import { backendFor } from './tiers.ts'

/** Milliseconds in which a process may ask for the key. */
const workLimit = 25_000
/** Milliseconds in which AWS may not show a key that it was asked for. */
const hiddenLimit = 30_000
/** Milliseconds before another process takes a creation over: until then every key that was asked for is to be seen. */
const leaseLimit = 60_000

/** The wallet, made or found made. Two who ask at once get one result. */
export function finishOne(desk: WalletDesk, row: WalletRow, call: Call): Promise<WalletRow> {
  return desk.works.join(row.id, () => alone(desk, row, call, (standing, within) => make(desk, standing, within)))
}

type Work = (row: WalletRow, call: Call) => Promise<WalletRow>

/**
 * Where several processes share a store, one of them makes the key, or gives it up. Only this one knows which keys it has asked
 * a KMS for that are not to be seen yet: where it fails then, its lease keeps the others from asking for a second one.
 */
export async function alone(desk: WalletDesk, row: WalletRow, call: Call, work: Work): Promise<WalletRow> {
  if (!desk.store.shared) return work(row, call)

  const lease = await desk.store.lease(`wallet ${row.id}`, desk.holder, leaseLimit, call.deadline)
  if (lease === undefined) return elsewhere(desk, row, call)
  try {
    const standing = await desk.store.wallet(row.id, call.deadline)
    const done = await work(standing ?? row, { ...call, deadline: atMost(call.deadline, workLimit) })
    desk.asked.delete(row.id)
    return done
  } finally {
    if (!mayBeHidden(desk, row)) await release(desk, lease)
  }
}

/** Whether there may be a key of the wallet that only this process would find. */
function mayBeHidden({ asked, clock }: WalletDesk, { id }: WalletRow): boolean {
  const at = asked.get(id)
  if (at === undefined) return false
  if (clock.monotonic() - at < hiddenLimit) return true
  asked.delete(id)
  return false
}

async function release({ store, clock, onError }: WalletDesk, lease: Lease): Promise<void> {
  await store.release(lease, deadlineIn(1_000, clock)).catch((error: unknown) => onError(error, lease.name))
}

/** @throws Refused `wallet-state` while another process is at it */
async function elsewhere(desk: WalletDesk, row: WalletRow, call: Call): Promise<WalletRow> {
  const standing = await desk.store.wallet(row.id, call.deadline)
  if (standing !== undefined && standing.state !== 'CREATING') return standing
  const hint = 'Ask again for the same wallet: it will be the one that is being made'
  throw new Refused('wallet-state', 'Another process is making this wallet', { got: 'CREATING', hint, retryAfter: 2 })
}

interface Made {
  readonly key: KeyId
  readonly publicKey: PublicKey
  readonly xpub?: ExtendedPublicKey
}

async function make(desk: WalletDesk, row: WalletRow, call: Call): Promise<WalletRow> {
  if (row.state !== 'CREATING') return row
  const place = placeOfRow(desk, row)
  const form = formOf(place, bodyOf(row).form)
  const backend = backendFor(desk, row.tier, place.native, form)
  const made =
    row.tier === 'hd' ? await branch(desk, row, place, form, call) : await ownKey(desk, row, place, form, backend, call)
  const address = checkedAddress(desk, place, form, made.publicKey)
  return record(desk, row, place, form, made, address, call)
}

/** The keyring proves that the key signs before it is on record; the same id again gives the same key. */
async function ownKey(
  desk: WalletDesk,
  row: WalletRow,
  { chain, network }: Place,
  { algorithm }: AddressForm,
  { name }: KeyBackend,
  call: Call,
): Promise<Made> {
  const id = bodyOf(row).keyId as KeyId
  const request = { id, backend: name, family: chain.id, kind: 'decoded', algorithm, network } as const
  const unseen = (mayBe: boolean) =>
    void (mayBe ? desk.asked.set(row.id, desk.clock.monotonic()) : desk.asked.delete(row.id))
  const key = await desk.keyring.create({ ...request, labels: labelsOf(row), unseen }, onBehalf(call, 'keys:create'))
  requireEnabled(row, key)
  refuseOwnRules(desk, row, key)
  return { key: key.id, publicKey: publicKeyIn(key, algorithm) }
}

/** Somebody may have ended it while the creation was interrupted: its address is then never shown. @throws Refused `key-state` */
function requireEnabled({ id }: WalletRow, { id: key, state }: KeyRecord): void {
  if (state === 'enabled') return
  const hint = `Take that back first, and enable it: chancery keys enable ${key}`
  throw new Refused('key-state', `The key of the wallet ${id} is out of use`, { got: state, wanted: 'enabled', hint })
}

function publicKeyIn(key: KeyRecord, algorithm: AddressForm['algorithm']): PublicKey {
  return { algorithm, bytes: refOf(key).publicKey }
}

/** A branch is proved by its first child, whose address is the wallet's. */
async function branch(desk: WalletDesk, row: WalletRow, place: Place, form: AddressForm, call: Call): Promise<Made> {
  const key = row.key && desk.state.current().keys.get(row.key)?.value
  const backend = key && desk.backends.get(key.backend)
  if (key === undefined || backend === undefined || !canKeepTrees(backend) || row.account === undefined) {
    throw new Failed('not-configured', `The tree of the wallet ${row.id} is not here`)
  }
  requireEnabled(row, key)
  const path = accountPath(form, place, row.account)
  const xpub = await backend.extendedPublicKey(refOf(key), path, call.deadline)
  const publicKey = childPublicKey(xpub, [0, 0], form.algorithm)
  const signer = { path: [...path, 0, 0], publicKey }
  await desk.prove({ key, backend, client: call.principal.client, deadline: call.deadline, signer })
  return { key: key.id, publicKey, xpub }
}

async function record(
  desk: WalletDesk,
  row: WalletRow,
  place: Place,
  form: AddressForm,
  { key, publicKey, xpub }: Made,
  address: string,
  call: Call,
): Promise<WalletRow> {
  const extended = xpub && { publicKey: toHex(xpub.publicKey.bytes), chainCode: toHex(xpub.chainCode) }
  const body = { publicKey: toHex(publicKey.bytes), since: undefined, ...(extended && { xpub: extended }) }
  const now = desk.clock.now()
  const done = nextRow(row, now, { state: 'CREATED', address, key, body })
  const { id: wallet, network } = row
  const first = { network, address, wallet, branch: 0, index: 0, createdAt: now }
  const change = xpub && { ...first, address: changeAddress(desk, done, place, form), branch: 1 }
  const item = walletItem(desk, done, change ? [first, change] : [first])
  const recorded = await desk.recorder.record(item, deadlineIn(rowLimit, desk.clock))
  if (recorded.status === 'recorded') return done
  const standing = await desk.store.wallet(row.id, call.deadline)
  if (standing !== undefined && standing.state !== 'CREATING') return standing
  throw new Failed('internal', `The wallet ${row.id} could not be recorded as made`)
}

function changeAddress(desk: WalletDesk, row: WalletRow, place: Place, form: AddressForm): string {
  return checkedAddress(desk, place, form, childOf(row, form, place, { branch: 1, index: 0 }).publicKey)
}
