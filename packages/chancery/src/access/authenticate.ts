/** Turns an API key into the principal it proves. */
import type { Clock } from '../base/clock.ts'
import type { Secret } from '../base/secret.ts'
import { heldGrants, type ClientRecord } from '../core/access.ts'
import { Refused } from '../core/errors.ts'
import type { Authenticator, Credential } from '../core/services.ts'
import type { State } from '../core/state.ts'
import { holdsSecret, parseApiKey, type ApiKey } from './api-key.ts'
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
    authenticate: async (credential) => {
      const key = credential.scheme === 'api-key' ? parseApiKey(credential.secret) : undefined
      if (key !== undefined) await parts.catchUp?.()
      const client = identify(key, credential, parts)
      if (key === undefined || client === undefined) throw unauthenticated()
      const { id, name } = client
      return { client: id, name, grants: heldGrants(client), secretId: key.secretId, scheme: 'api-key', address: credential.address }
    },
  }
}

function identify(
  key: ApiKey | undefined,
  credential: Credential,
  { state, pepper, clock }: Authentication,
): ClientRecord | undefined {
  const client = key === undefined ? undefined : state.current().clients.get(key.client)?.value
  const proved = holdsSecret(client, key, pepper, clock.now())
  return proved && client !== undefined && mayEnter(client, credential.address) ? client : undefined
}

function mayEnter(client: ClientRecord, address: string): boolean {
  return !client.frozen && (client.sources === undefined || comesFrom(address, client.sources))
}

function unauthenticated(): Refused {
  return new Refused('unauthenticated', 'The credential is missing, wrong or not valid here and now')
}
