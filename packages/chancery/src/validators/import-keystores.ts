/** Keystores that come in by the Keymanager API, each with what it signed elsewhere. */
import type { Hex } from '../base/bytes.ts'
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { adviceIn, invalidRequest, Refused } from '../core/errors.ts'
import type { ImportKey } from '../core/keyring.ts'
import { keystoreLabel, type KeystoreLabel } from '../core/keystore.ts'
import type { ProtectionRaise } from '../core/protection.ts'
import type { BeaconTiming, KeystoreImport, KeystoreStatus } from '../core/validators.ts'
import { readInterchange, type ReadInterchange } from './interchange.ts'
import { minify } from './minify.ts'
import { protectNewKeys, unknownIn, type UnknownPast } from './new-keys.ts'
import { recordRaises } from './recording.ts'
import type { ValidatorRooms } from './rooms.ts'
import { raiseAboveGaps } from './standing-keys.ts'
import { timingOf } from './timing.ts'

export async function importKeystores(
  rooms: ValidatorRooms,
  request: KeystoreImport,
  call: Call,
): Promise<readonly KeystoreStatus[]> {
  const { keystores, passwords, slashingProtection, unprotectedPast = false } = request
  rooms.requirePermit(call.principal, 'keys:create', {})
  if (unprotectedPast) rooms.requirePermit(call.principal, 'admin', {})
  if (keystores.length !== passwords.length) {
    throw invalidRequest('passwords', String(passwords.length), `${keystores.length}, one for each keystore`)
  }
  const past = slashingProtection === undefined ? undefined : await readInterchange(rooms, slashingProtection, {})
  const timing = timingFor(rooms, request, past)
  const statuses: KeystoreStatus[] = keystores.map(() => notSettled)
  const arrivals = keystores.map((keystore, index) => ({ index, keystore, ...keystoreLabel(keystore) }))
  const able = arrivals.filter(({ index, publicKey }) => {
    const unread = publicKey && past?.validators.get(publicKey)
    if (unread instanceof Refused) statuses[index] = { status: 'error', message: adviceIn(unread) }
    return !(unread instanceof Refused)
  })
  const requests = able.map((one) => requestFor(rooms, one, passwords[one.index] ?? '', timing))
  const take: Take = (at, answer) => {
    const arrival = able[at]
    if (arrival) statuses[arrival.index] = statusOf(rooms, answer, arrival.publicKey)
  }
  const ready = (publicKeys: readonly Hex[]) => protect(rooms, { past, timing, unprotectedPast, publicKeys }, call)
  await rooms.keyring.importMany(requests, take, call, ready)
  return statuses
}

type Take = Parameters<ValidatorRooms['keyring']['importMany']>[1]

const notSettled: KeystoreStatus = { status: 'error', message: 'The import did not come this far' }

/** @throws Refused `wrong-network` where file and request name different ones */
function timingFor(
  rooms: ValidatorRooms,
  { network }: KeystoreImport,
  past: ReadInterchange | undefined,
): BeaconTiming {
  if (past === undefined) return timingOf(rooms, network)
  if (network === undefined || network === past.timing.network) return past.timing
  throw new Refused('wrong-network', 'The slashing protection belongs to another network', {
    where: 'slashing_protection',
    got: past.timing.network,
    wanted: network,
  })
}

function requestFor(
  { family, backend }: ValidatorRooms,
  { keystore, derivation }: KeystoreLabel & { readonly keystore: string },
  password: string,
  { network }: BeaconTiming,
): ImportKey {
  const secret = { format: 'keystore-v4', keystore, password } as const
  return { backend, family, kind: 'decoded', network, secret, ...(derivation !== undefined && { derivation }) }
}

/** A key that is enabled already is a duplicate; one that was here as something else cannot come in. */
function statusOf({ state }: ValidatorRooms, answer: Parameters<Take>[1], publicKey: Hex | undefined): KeystoreStatus {
  if (!(answer instanceof Error)) return { status: 'imported' }
  const name = publicKey ?? answer.particulars.got
  const standing = answer.code === 'already-exists' && name !== undefined ? state.current().findKey(name) : undefined
  return { status: standing?.state === 'enabled' ? 'duplicate' : 'error', message: adviceIn(answer) }
}

interface Arriving {
  readonly past: ReadInterchange | undefined
  readonly timing: BeaconTiming
  readonly unprotectedPast: boolean
  readonly publicKeys: readonly Hex[]
}

/**
 * Before any of them can sign. Of what an item does not say, blocks or attestations or both, a key begins like one without
 * an item. Answers those whose item could not be read, though their keystores did not name them: they do not come in.
 */
async function protect(
  rooms: ValidatorRooms,
  { past, timing, unprotectedPast, publicKeys }: Arriving,
  { principal, deadline }: Call,
): Promise<ReadonlyMap<Hex, Refused>> {
  const actor = actorOf(principal)
  const refused = new Map<Hex, Refused>()
  const [raises, unknown]: [ProtectionRaise[], UnknownPast[]] = [[], []]
  for (const publicKey of publicKeys) {
    const histories = past?.validators.get(publicKey)
    if (histories instanceof Refused) {
      refused.set(publicKey, histories)
      continue
    }
    const raise = histories && minify(histories, timing.genesisValidatorsRoot)
    if (raise?.history?.length) raises.push(raise)
    unknown.push(...unknownIn(publicKey, raise))
  }
  await recordRaises(rooms, raises, { actor, reason: 'import', ...(past && { source: past.source }) }, deadline)
  if (!unprotectedPast) await protectNewKeys(rooms, timing, unknown, actor, deadline)
  // What was signed here and lost in a gap stands in no file of somebody else's.
  const coming = publicKeys.filter((publicKey) => !refused.has(publicKey)).map((publicKey) => ({ publicKey }))
  await raiseAboveGaps(rooms, timing, coming, actor, deadline)
  rooms.noteProtected(timing.network, coming)
  return refused
}
