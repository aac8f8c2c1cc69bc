/** Clients by what they bring in the place of an API key, looked up once for each state there is. */
import type { ClientRecord } from '../core/access.ts'
import type { Credential } from '../core/services.ts'
import type { Snapshot } from '../core/state.ts'
import { comesFrom } from './sources.ts'

interface Index {
  readonly certificates: ReadonlyMap<string, ClientRecord>
  readonly names: ReadonlyMap<string, ClientRecord>
  readonly assumed: readonly { readonly ranges: readonly string[]; readonly client: ClientRecord }[]
}

/** The client that is known by this, frozen or not. */
export function knownBy(
  clients: Snapshot['clients'],
  credential: Exclude<Credential, { readonly scheme: 'api-key' }>,
): ClientRecord | undefined {
  const { certificates, names, assumed } = indexOf(clients)
  if (credential.scheme === 'source') {
    return assumed.find(({ ranges }) => comesFrom(credential.address, ranges))?.client
  }
  const { fingerprint, name } = credential
  return certificates.get(fingerprint) ?? (name === undefined ? undefined : names.get(name))
}

const indexes = new WeakMap<Snapshot['clients'], Index>()

function indexOf(clients: Snapshot['clients']): Index {
  const known = indexes.get(clients)
  if (known !== undefined) return known
  const identified = [...clients.values()].flatMap(({ value }) =>
    value.identity ? [[value, value.identity] as const] : [],
  )
  const made = {
    certificates: byEach(identified.map(([client, { certificates }]) => [client, certificates])),
    names: byEach(identified.map(([client, { certificateNames }]) => [client, certificateNames])),
    assumed: identified.flatMap(([client, { assumedFrom }]) => (assumedFrom ? [{ ranges: assumedFrom, client }] : [])),
  }
  indexes.set(clients, made)
  return made
}

function byEach(
  entries: readonly (readonly [ClientRecord, readonly string[] | undefined])[],
): ReadonlyMap<string, ClientRecord> {
  return new Map(entries.flatMap(([client, texts = []]) => texts.map((text) => [text, client] as const)))
}
