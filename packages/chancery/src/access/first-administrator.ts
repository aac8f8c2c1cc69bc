/** The key a new installation begins with: it creates one client, may do nothing else, and ends with that. */
import { deadlineIn } from '../base/deadline.ts'
import type { ClientRecord } from '../core/access.ts'
import { Refused } from '../core/errors.ts'
import type { ClientId } from '../core/names.ts'
import { newClient, type ClientsParts } from './clients.ts'

export interface FirstAdministratorParts extends ClientsParts {
  /** Hands the key to the operator: on a terminal, else in a 0600 file. Called once, after the client is recorded. */
  readonly show: (apiKey: string) => Promise<void> | void
}

const name = 'first administrator'
const days = 7
const startMilliseconds = 10_000

/**
 * Does nothing where a client exists or ever existed. Where several processes start at once, one of them makes it.
 * @returns the client's id when this call made it
 */
export async function ensureFirstAdministrator(parts: FirstAdministratorParts): Promise<ClientId | undefined> {
  const deadline = deadlineIn(startMilliseconds, parts.clock)
  const { clients } = await parts.state.refresh(deadline)
  if (clients.size > 0) return undefined
  const made = newClient(parts, { name, grants: [], days })
  const client: ClientRecord = { ...made.client, once: true }
  const about = { client: client.id, name }
  const puts = [{ kind: 'client', value: client, expect: 0 }] as const
  try {
    await parts.state.change({ actor: 'operator', action: 'client.create-first', about, puts }, deadline)
  } catch (error) {
    if (error instanceof Refused && error.code === 'already-exists') return undefined
    throw error
  }
  await parts.show(made.text)
  return client.id
}
