/** The part of the flow that only thinks: from a request and a snapshot to a decision. Touches nothing. */
import { heldGrants, type Principal } from '../core/access.ts'
import type { KeyBackend } from '../core/backend.ts'
import type { Chain, Intent } from '../core/chain.ts'
import type { ChildKey, OwnScripts } from '../core/own-scripts.ts'
import type { Decision } from '../core/decision.ts'
import { Failed, keyNotFound, Refused } from '../core/errors.ts'
import type { Facts } from '../core/facts.ts'
import { isHeld, type KeyRecord, type PublicKey } from '../core/key.ts'
import { opaqueOperations, type Network } from '../core/names.ts'
import type { Payload } from '../core/payload.ts'
import { noRules, type Rules } from '../core/rules.ts'
import type { OwnUse, SignRequest } from '../core/services.ts'
import type { Snapshot, Versioned } from '../core/state.ts'
import { fromHex } from '../base/bytes.ts'
import { isoTime } from '../base/clock.ts'
import type { SigningRooms } from './rooms.ts'

export interface Judged {
  readonly epoch: number
  readonly key: KeyRecord
  /** What the chain was given; of a tree, its child's. */
  readonly publicKey: PublicKey
  readonly chain: Chain
  readonly backend: KeyBackend
  readonly intent: Intent
  readonly facts: Facts
  readonly rulesVersion: number
  readonly decision: Decision
  readonly payloads: readonly Payload[]
}

/**
 * @throws Refused `unauthenticated` (no longer), `key-not-found`, `denied` (a grant that does not cover it), `frozen`, `key-state`, `message-too-large`
 * and what the chain refuses. What the rules say is the decision, not an error.
 */
export function judge(
  rooms: SigningRooms,
  snapshot: Snapshot,
  request: SignRequest,
  caller: Principal,
  own?: OwnUse,
): Judged {
  const principal = asItStands(caller, snapshot)
  const key = findKey(rooms, snapshot, request, principal, own)
  refuseUnusable(snapshot, key, principal)
  const refusal = own?.refusal?.(snapshot)
  if (refusal !== undefined) throw refusal
  const chain = known(rooms.chains.get(key.family), `chain ${key.family}`)
  const backend = known(rooms.backends.get(key.backend), `key back-end ${key.backend}`)
  const child = childFor(key, request.own)
  const publicKey = child?.publicKey ?? { algorithm: key.algorithm, bytes: fromHex(key.publicKey) }
  const { operation, value } = request
  const network = networkFor(key, request)
  refuseOtherNetwork(key, network)
  const { accounts } = key
  const intent = chain.parse({
    operation,
    value,
    publicKey,
    ...(network && { network }),
    ...(accounts && { accounts }),
    ...(request.own && { own: request.own }),
  })
  permitIntent(rooms, principal, key, intent, own)
  refuseToyKey(rooms, backend, key, intent)
  const facts = chain.facts(intent, publicKey)
  refuseTooEarly(rooms, facts)
  const rules = own ? { version: 0, value: own.rules } : (snapshot.rules.get(key.id) ?? usualRules(chain))
  const question = {
    facts,
    operation: intent.operation,
    kind: key.kind,
    ...(intent.network && { network: intent.network }),
  }
  const decision = { ...rooms.evaluate({ ...question, rules: rules?.value ?? noRules }), ...hintFor(rules?.value) }
  const payloads = chain.payloads(intent, key.id).map((payload) => signedBy(payload, child))
  refuseTooLarge(backend, payloads)
  return {
    epoch: snapshot.epoch,
    key,
    publicKey,
    chain,
    backend,
    intent,
    facts,
    rulesVersion: rules?.version ?? 0,
    decision,
    payloads,
  }
}

/**
 * Of a tree, the child whose address its wallet is known by: what the root would sign has no address.
 * @throws Refused `not-supported`
 */
function childFor({ tree }: KeyRecord, own: OwnScripts | undefined): ChildKey | undefined {
  if (tree === undefined) return undefined
  const [child] = own?.children ?? []
  if (child !== undefined) return child
  throw new Refused('not-supported', 'This key is the root of a tree: ask through one of its wallets')
}

function signedBy(payload: Payload, child: ChildKey | undefined): Payload {
  if (child === undefined || payload.signer !== undefined) return payload
  return { ...payload, signer: child }
}

/** As version 0: nobody put them. */
function usualRules({ usualRules: value }: Chain): Versioned<Rules> | undefined {
  return value && { version: 0, value }
}

/** Milliseconds: slots of 64 bits reach beyond what a date can say. https://tc39.es/ecma262/#sec-time-values-and-time-range */
const lastOfDates = 8_640_000_000_000_000

/** Safety rule 9: what lies too far ahead would burn everything before it. */
function refuseTooEarly({ clock }: SigningRooms, { notBefore }: Facts): void {
  if (notBefore === undefined || clock.now() >= notBefore) return
  throw new Refused('invalid-payload', 'This lies too far in the future', {
    got: `now ${isoTime(clock.now())}`,
    wanted: `from ${isoTime(Math.min(notBefore, lastOfDates))}`,
    hint: 'Check the clock of this machine, and that the network is configured with its own genesis time',
  })
}

/** Whether its signatures come by the thousand, the same again for the same payload, from processes of our own. */
export function isSampled({ backend, key }: Pick<Judged, 'backend' | 'key'>): boolean {
  const support = backend.algorithms.find(({ algorithm }) => algorithm === key.algorithm)
  return support !== undefined && !support.random && support.verifiedOneIn !== undefined
}

const howToPut = 'put them with `chancery rules put` or PUT /v1/keys/{id}/rules'

/** Where no single check says why a key may do nothing at all. */
function hintFor(rules: Rules | undefined): { readonly hint?: string } {
  if (rules === undefined) return { hint: `This key has no rules yet, so it may do nothing: ${howToPut}` }
  if (rules.operations.length > 0) return {}
  return { hint: `The rules of this key name no operation, so it may do nothing: ${howToPut}` }
}

/** A principal is as old as its request: what it may ask for is what the client holds in the state that decides. */
function asItStands(principal: Principal, { clients }: Snapshot): Principal {
  const client = clients.get(principal.client)?.value
  if (client === undefined) return principal
  const held = principal.secretId === undefined || client.secrets.some(({ id }) => id === principal.secretId)
  if (!held) throw new Refused('unauthenticated', 'The API key was taken back while the request was under way')
  return { ...principal, grants: heldGrants(client) }
}

/** An absent key and one the caller holds no grant on give the same answer (safety rule 21). */
function findKey(
  rooms: SigningRooms,
  snapshot: Snapshot,
  request: SignRequest,
  principal: Principal,
  own: OwnUse | undefined,
): KeyRecord {
  const key = snapshot.findKey(request.key)
  if (key === undefined) throw keyNotFound()
  const network = request.network && { network: request.network }
  rooms.requirePermit(principal, own?.right ?? request.operation, { key: key.id, ...network })
  return key
}

/** A 32-byte message is a digest in disguise: parsing may raise the right that is needed. */
function permitIntent(
  rooms: SigningRooms,
  principal: Principal,
  key: KeyRecord,
  { operation, network }: Intent,
  own: OwnUse | undefined,
): void {
  rooms.requirePermit(principal, own?.right ?? operation, { key: key.id, ...(network && { network }) })
}

function refuseUnusable(snapshot: Snapshot, key: KeyRecord, principal: Principal): void {
  refuseFrozen(snapshot, key)
  const client = snapshot.clients.get(principal.client)
  if (client?.value.frozen) throw new Refused('frozen', 'This client is frozen', whoFroze)
  if (key.state === 'enabled') return
  const hint = isHeld(key)
    ? 'A gap in the history was accepted since. To go on: chancery keys enable-held'
    : 'Who did and why: chancery audit tail'
  throw new Refused('key-state', 'This key is not enabled', { got: key.state, wanted: 'enabled', hint })
}

/** @throws Refused `frozen` */
export function refuseFrozen({ halted, keys }: Snapshot, { id }: KeyRecord): void {
  if (halted) throw new Refused('frozen', 'All signing is frozen', whoFroze)
  if (keys.get(id)?.value.frozen) throw new Refused('frozen', 'This key is frozen', whoFroze)
}

const whoFroze = { hint: 'Who did and why: chancery audit tail. To go on: chancery thaw' }

/** Duties name no network of ours: those of a key that signs for one network only are meant for it. */
function networkFor(key: KeyRecord, { network, operation }: SignRequest): Network | undefined {
  return network ?? (opaqueOperations.includes(operation) ? undefined : key.network)
}

/** A key that was made for one network is not talked into another. */
function refuseOtherNetwork(key: KeyRecord, network: Network | undefined): void {
  if (key.network === undefined || key.network === network) return
  throw new Refused('wrong-network', 'This key signs for one network only', {
    where: 'network',
    got: network ?? 'none',
    wanted: key.network,
  })
}

/** Safety rule 13: a key that an emulator holds is nobody's, and never serves a network where money is real. */
function refuseToyKey(rooms: SigningRooms, backend: KeyBackend, key: KeyRecord, { network }: Intent): void {
  if (backend.isEmulated?.(key.ref) !== true || !rooms.isMain(network)) return
  throw new Refused('denied', 'A key of an emulator never signs for a main network', {
    got: network ?? 'a digest, which may be for any network',
    wanted: 'a test network',
  })
}

function refuseTooLarge(backend: KeyBackend, payloads: readonly Payload[]): void {
  for (const { algorithm, prehashed, bytes } of payloads) {
    const max = backend.algorithms.find((support) => support.algorithm === algorithm)?.maxMessage
    if (prehashed || max === undefined || bytes.length <= max) continue
    const particulars = { got: `${bytes.length} bytes`, wanted: `at most ${max} bytes` }
    throw new Refused('message-too-large', `${backend.name} does not sign messages this large`, particulars)
  }
}

function known<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new Failed('not-configured', `This key needs ${what}, which is not configured`)
  return thing
}
