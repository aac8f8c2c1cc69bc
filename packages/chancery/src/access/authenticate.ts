/** Turns what a request brings into the principal it proves: an API key, a certificate, or an address alone. */
import type { Clock } from '../base/clock.ts'
import type { Secret } from '../base/secret.ts'
import { heldGrants, type ClientRecord, type Grant, type Principal } from '../core/access.ts'
import { Refused } from '../core/errors.ts'
import type { Authenticator, Credential } from '../core/services.ts'
import type { State } from '../core/state.ts'
import { holdsSecret, parseApiKey, type ApiKey } from './api-key.ts'
import { knownBy } from './known-by.ts'
import { comesFrom } from './sources.ts'

export interface Authentication {
  readonly state: Pick<State, 'current'>
  /** Keys the hashes of secrets; derived from the key-encryption key, so the store alone cannot check a guess. */
  readonly pepper: Secret
  readonly clock: Clock
  /** Where several processes share the store: learns what the others changed. */
  readonly catchUp?: () => Promise<void>
}

/**
 * Reads the newest snapshot there is, so that whatever the request asks for is decided on what was said before it came.
 * Wrong, ended, frozen, unknown and from elsewhere are one answer, so that it tells nobody which client exists.
 */
export function createAuthenticator(parts: Authentication): Authenticator {
  return {
    authenticate: async (credential) =>
      credential.scheme === 'api-key' ? byApiKey(parts, credential) : byIdentity(parts, credential),
  }
}

async function byApiKey(
  { catchUp, state, pepper, clock }: Authentication,
  { secret, address }: Extract<Credential, { readonly scheme: 'api-key' }>,
): Promise<Principal> {
  const key = parseApiKey(secret)
  if (key !== undefined) await catchUp?.()
  const client = clientOf(key, state)
  const proved = holdsSecret(client, key, pepper, clock.now())
  if (!proved || key === undefined || client === undefined) throw unauthenticated()
  return { ...entering(client, 'api-key', address), secretId: key.secretId }
}

function clientOf(key: ApiKey | undefined, state: Authentication['state']): ClientRecord | undefined {
  return key === undefined ? undefined : state.current().clients.get(key.client)?.value
}

async function byIdentity(
  { catchUp, state }: Authentication,
  credential: Exclude<Credential, { readonly scheme: 'api-key' }>,
): Promise<Principal> {
  await catchUp?.()
  const client = knownBy(state.current().clients, credential)
  if (client !== undefined) return entering(client, credential.scheme, credential.address)
  const otherwise = credential.scheme === 'source' ? credential.otherwise : undefined
  if (otherwise === undefined) throw unauthenticated()
  return { ...otherwise, address: credential.address }
}

/** @throws Refused `unauthenticated` for a client that may not come in, or not from there */
function entering(client: ClientRecord, scheme: string, address: string): Principal {
  if (!mayEnter(client, address)) throw unauthenticated()
  return { client: client.id, name: client.name, grants: grantsFrom(client, address), scheme, address }
}

function mayEnter(client: ClientRecord, address: string): boolean {
  return !client.frozen && (client.sources === undefined || comesFrom(address, client.sources))
}

/** Without those that are bound to other sources. */
function grantsFrom(client: ClientRecord, address: string): readonly Grant[] {
  const grants = heldGrants(client)
  if (grants.every(({ sources }) => sources === undefined)) return grants
  return grants.filter(({ sources }) => sources === undefined || comesFrom(address, sources))
}

function unauthenticated(): Refused {
  return new Refused('unauthenticated', 'The credential is missing, wrong or not valid here and now')
}
