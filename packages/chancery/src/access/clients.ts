/** Clients and their secrets, as versioned records of the state. Everything here needs `admin`, but for what the first administrator creates. */
import type { Clock } from '../base/clock.ts'
import { isoTime } from '../base/clock.ts'
import { newId } from '../base/id.ts'
import type { JsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import { actorOf, apiKeyDays, type ClientRecord, type Grant } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import { invalidRequest, Refused } from '../core/errors.ts'
import type { ClientId } from '../core/names.ts'
import type { Clients, NewClient } from '../core/services.ts'
import type { Snapshot, State, StatePut, Versioned } from '../core/state.ts'
import { requireAdministrator, requireCreator } from './administrator.ts'
import { hasEnded, maxSecrets, newSecret, type NewSecret } from './api-key.ts'
import { checkGrants, grantJson } from './grants.ts'
import { checkIdentity, checkIdentityHolds } from './identity.ts'
import { isSourceRange } from './sources.ts'

export interface ClientsParts {
  readonly state: State
  readonly pepper: Secret
  readonly clock: Clock
}

export function createClients(parts: ClientsParts): Clients {
  return {
    create: (request, call) => create(parts, request, call),
    get: async (id, call) => living(allowed(parts, call), id),
    list: async (page, call) => list(allowed(parts, call), page.limit, page.after),
    putGrants: (id, grants, expect, call) => putGrants(parts, id, grants, expect, call),
    addSecret: (id, days, call) => addSecret(parts, id, days, call),
    removeSecret: (id, secret, call) => removeSecret(parts, id, secret, call),
    remove: (id, call) => remove(parts, id, call),
  }
}

/**
 * Records are kept for ever, because the register refers to them: a client that was removed has no secret, and one that
 * was not has at least one.
 */
export function isRemoved(client: ClientRecord): boolean {
  return client.secrets.length === 0
}

/** A new client with its first secret, not yet recorded. */
export function newClient(
  { pepper, clock }: ClientsParts,
  request: NewClient,
): NewSecret & { readonly client: ClientRecord } {
  const id = newId('cli', clock.now())
  const secret = newSecret(id, pepper, clock.now(), request.days ?? apiKeyDays.usual)
  const client: ClientRecord = {
    id,
    name: request.name,
    secrets: [secret.record],
    ...(request.sources === undefined ? {} : { sources: request.sources }),
    ...(request.identity === undefined ? {} : { identity: request.identity }),
    grants: request.grants,
    frozen: false,
    createdAt: isoTime(clock.now()),
  }
  return { ...secret, client }
}

async function create(parts: ClientsParts, request: NewClient, call: Call) {
  const snapshot = parts.state.current()
  requireCreator(call.principal, snapshot)
  checkRequest(request, snapshot)
  const { client, text } = newClient(parts, request)
  const about = {
    client: client.id,
    name: client.name,
    grants: client.grants.map(grantJson),
    ...(client.identity && { identity: { ...client.identity } }),
    ...(request.acknowledge !== undefined && { acknowledged: request.acknowledge }),
  }
  const puts: readonly StatePut[] = [{ kind: 'client', value: client, expect: 0 }, ...firstEnds(snapshot, call)]
  await parts.state.change({ actor: actorOf(call.principal), action: 'client.create', about, puts }, call.deadline)
  return { client, secret: text }
}

/** The first administrator ends in the very change that creates its first client (safety rule 11). */
function firstEnds(snapshot: Snapshot, call: Call): readonly StatePut[] {
  const caller = snapshot.clients.get(call.principal.client)
  return caller?.value.once === true ? [{ kind: 'client', value: removed(caller.value), expect: caller.version }] : []
}

function list({ clients }: Snapshot, limit: number, after?: string) {
  const all = [...clients.values()].map(({ value }) => value).filter((client) => !isRemoved(client))
  const rest = all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).filter(({ id }) => after === undefined || id > after)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return rest.length > page.length && last !== undefined ? { clients: page, next: last.id } : { clients: page }
}

async function putGrants(parts: ClientsParts, id: ClientId, grants: readonly Grant[], expect: number, call: Call) {
  const snapshot = allowed(parts, call)
  const { value } = living(snapshot, id)
  if (id === call.principal.client) throw new Refused('denied', 'A client does not change its own grants')
  if (value.once) throw new Refused('denied', 'The first administrator creates a client, and gets no grants')
  checkGrants(grants, snapshot.keys)
  checkIdentityHolds(value, grants)
  const next = { version: expect, value: { ...value, grants } }
  return put(parts, next, 'client.grants', { grants: grants.map(grantJson) }, call)
}

async function addSecret(parts: ClientsParts, id: ClientId, days: number, call: Call) {
  const { version, value } = living(allowed(parts, call), id)
  checkDays(days)
  const now = parts.clock.now()
  const held = value.secrets.filter((secret) => !hasEnded(secret, now))
  if (held.length >= maxSecrets) {
    throw new Refused('already-exists', `The client has ${maxSecrets} secrets`, { hint: 'remove the older one first' })
  }
  const { record, text } = newSecret(id, parts.pepper, now, days)
  const next = { version, value: { ...value, secrets: [...held, record] } }
  const { value: client } = await put(parts, next, 'client.add-secret', { secret: record.id }, call)
  return { client, secret: text }
}

async function removeSecret(parts: ClientsParts, id: ClientId, secret: string, call: Call) {
  const { version, value } = living(allowed(parts, call), id)
  const secrets = value.secrets.filter((held) => held.id !== secret)
  if (secrets.length === value.secrets.length) throw new Refused('not-found', 'The client has no such secret')
  if (secrets.length === 0) {
    throw new Refused('denied', 'A client keeps at least one secret', { hint: 'add one first, or remove the client' })
  }
  const { value: client } = await put(
    parts,
    { version, value: { ...value, secrets } },
    'client.remove-secret',
    { secret },
    call,
  )
  return client
}

async function remove(parts: ClientsParts, id: ClientId, call: Call): Promise<void> {
  const { version, value } = living(allowed(parts, call), id)
  await put(parts, { version, value: removed(value) }, 'client.remove', {}, call)
}

/** Nothing that proved it is left: another client may be known by the same. */
function removed({ id, name, createdAt, sources, once }: ClientRecord): ClientRecord {
  const kept = { ...(sources && { sources }), ...(once !== undefined && { once }) }
  return { id, name, createdAt, ...kept, secrets: [], grants: [], frozen: true }
}

/** Puts a client in place of the version it was made from. */
async function put(
  { state }: ClientsParts,
  { version, value }: Versioned<ClientRecord>,
  action: string,
  particulars: JsonObject,
  { principal, deadline }: Call,
): Promise<Versioned<ClientRecord>> {
  const about = { client: value.id, ...particulars }
  const puts: readonly StatePut[] = [{ kind: 'client', value, expect: version }]
  await state.change({ actor: actorOf(principal), action, about, puts }, deadline)
  return { version: version + 1, value }
}

function allowed({ state }: ClientsParts, { principal }: Call): Snapshot {
  const snapshot = state.current()
  requireAdministrator(principal, snapshot)
  return snapshot
}

function living({ clients }: Snapshot, id: ClientId): Versioned<ClientRecord> {
  const found = clients.get(id)
  if (found === undefined || isRemoved(found.value)) throw new Refused('not-found', 'There is no such client')
  return found
}

const nameShape = /^[A-Za-z0-9](?:[A-Za-z0-9 ._@-]{0,62}[A-Za-z0-9])?$/

function checkRequest(request: NewClient, { clients, keys }: Snapshot): void {
  const { name, grants, sources, days } = request
  const others = [...clients.values()].map(({ value }) => value).filter((client) => !isRemoved(client))
  if (!nameShape.test(name)) {
    throw invalidRequest(
      'name',
      name.slice(0, 80),
      '1 to 64 letters, digits, spaces and . _ @ -, a letter or digit at either end',
    )
  }
  if (others.some((client) => client.name === name)) {
    throw new Refused('already-exists', `There is a client named ${name}`, { where: 'name' })
  }
  if (sources?.length === 0) throw invalidRequest('sources', 'an empty list', 'at least one range, or none given')
  for (const source of sources ?? []) {
    if (!isSourceRange(source)) throw invalidRequest('sources', source.slice(0, 80), 'a CIDR range such as 10.0.0.0/8')
  }
  checkDays(days ?? apiKeyDays.usual)
  checkGrants(grants, keys)
  checkIdentity(request, others)
}

function checkDays(days: number): void {
  if (!Number.isInteger(days) || days < 1 || days > apiKeyDays.most)
    throw invalidRequest('days', String(days), `1 to ${apiKeyDays.most}`)
}
