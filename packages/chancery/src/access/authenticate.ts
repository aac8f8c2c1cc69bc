/** Turns an API key into the principal it proves. */
import type { Clock } from '../base/clock.ts'
import type { Secret } from '../base/secret.ts'
import type { ClientRecord, Principal } from '../core/access.ts'
import { Refused } from '../core/errors.ts'
import type { Authenticator, Credential } from '../core/services.ts'
import type { State } from '../core/state.ts'
import { holdsSecret, parseApiKey } from './api-key.ts'
import { comesFrom } from './sources.ts'

export interface Authentication {
  readonly state: Pick<State, 'current'>
  /** Keys the hashes of secrets; derived from the key-encryption key, so the store alone cannot check a guess. */
  readonly pepper: Secret
  readonly clock: Clock
}

/**
 * Reads the newest snapshot this process knows; a client removed elsewhere is caught by the fence at the latest.
 * Wrong, ended, frozen, unknown and from elsewhere are one answer, so that it tells nobody which client exists.
 */
export function createAuthenticator({ state, pepper, clock }: Authentication): Authenticator {
  return {
    authenticate: async (credential) => {
      const client = identify(credential, { state, pepper, clock })
      if (client === undefined) throw unauthenticated()
      return principalOf(client)
    },
  }
}

function identify(credential: Credential, { state, pepper, clock }: Authentication): ClientRecord | undefined {
  const key = parseApiKey(credential.secret)
  const client = key === undefined ? undefined : state.current().clients.get(key.client)?.value
  const proved = holdsSecret(client, key, pepper, clock.now())
  return proved && client !== undefined && mayEnter(client, credential.address) ? client : undefined
}

function mayEnter(client: ClientRecord, address: string): boolean {
  return !client.frozen && (client.sources === undefined || comesFrom(address, client.sources))
}

function principalOf(client: ClientRecord): Principal {
  return { client: client.id, name: client.name, grants: client.grants, scheme: 'api-key' }
}

function unauthenticated(): Refused {
  return new Refused('unauthenticated', 'The credential is missing, wrong or not valid here and now')
}
