/** I1, I4 and I5: what left the service, against itself. */
import { createHash } from 'node:crypto'
import { isRelease, type ClientLine, type Release } from './client-log.ts'
import { finding, type Evidence, type Finding } from './finding.ts'
import { grouped, textIn } from './lines.ts'

export function payloadHashOf(payload: string): string {
  return `0x${createHash('sha256')
    .update(Buffer.from(payload.slice(2), 'hex'))
    .digest('hex')}`
}

/** I1: one root for a nonce, among what clients hold and among what a back-end signed. */
export function oneRoot({ clients, signs, store }: Evidence): readonly Finding[] {
  const released = clients.filter(isRelease)
  const byNonce = grouped(released, ({ key, network, nonce }) => nonce && `${key} ${network ?? ''} nonce ${nonce}`)
  const twice = [...byNonce].filter(([, lines]) => new Set(lines.map(({ payload }) => payload)).size > 1)
  const signed = new Set([...signs.map(({ payloadHash }) => payloadHash), ...released.map(hashOf)])
  const used = store.attempts.filter(({ payloads }) => payloads.some((payload) => signed.has(payload)))
  const rows = used.flatMap(({ guards, payloads }) => guards.map((guard) => ({ guard, payloads: payloads.join() })))
  const byRow = grouped(rows, ({ guard }) => guardName(guard))
  const signedTwice = [...byRow].filter(([, uses]) => new Set(unreplaced(uses)).size > 1)
  return [
    ...twice.map(([name]) => finding('I1', 'two-roots-released', name)),
    ...signedTwice.map(([name]) => finding('I1', 'two-roots-signed', name)),
  ]
}

const hashOf = ({ payload }: Release) => payloadHashOf(payload)

export function guardName(guard: Readonly<Record<string, unknown>>): string {
  return ['kind', 'scope', 'item'].map((name) => textIn(guard, name)).join(' ')
}

/** A named replacement takes its predecessor's place. */
function unreplaced(
  uses: readonly { readonly guard: Readonly<Record<string, unknown>>; readonly payloads: string }[],
): readonly string[] {
  const replaced = new Set(uses.map(({ guard }) => guard['replaces']))
  return uses.filter(({ guard }) => !replaced.has(guard['root'])).map(({ payloads }) => payloads)
}

/** I4: the same request, or the same payload, gives the same bytes. */
export function sameBytes({ clients }: Evidence): readonly Finding[] {
  const asked = grouped(clients, requestName)
  const signed = grouped(clients.filter(isRelease), ({ key, payload }) => `${key} ${payload}`)
  return [
    ...differing(asked, ({ response }) => response, 'idempotency-key-two-answers'),
    ...differing(asked, ({ made }) => made, 'idempotency-key-made-two'),
    ...differing(signed, ({ response }) => response, 'payload-two-signatures'),
  ]
}

const requestName = ({ client, route, idempotency }: ClientLine) => idempotency && `${client} ${route} ${idempotency}`

function differing(
  groups: ReadonlyMap<string, readonly ClientLine[]>,
  what: (line: ClientLine) => string | undefined,
  name: string,
): readonly Finding[] {
  const apart = [...groups].filter(([, lines]) => new Set(lines.flatMap((line) => what(line) ?? [])).size > 1)
  return apart.map(([detail]) => finding('I4', name, detail))
}

/** I5: who holds no grant gets no bytes, no attempt, and no use of a key. */
export function onlyGranted({ clients, signs, store }: Evidence): readonly Finding[] {
  const granted = new Set(clients.filter((line) => line.granted).flatMap(({ payload }) => payload ?? []))
  const refused = clients.filter((line) => !line.granted)
  const asked = new Map(
    refused.flatMap(({ payload, client }) =>
      payload === undefined || granted.has(payload) ? [] : [[payloadHashOf(payload), client]],
    ),
  )
  const recorded = new Set(store.attempts.flatMap(({ payloads }) => payloads))
  const used = signs.filter(({ payloadHash }) => asked.has(payloadHash))
  return [
    ...refused
      .filter(({ response }) => response !== undefined)
      .map(({ client, key }) => finding('I5', 'ungranted-release', `${client} was given bytes of ${key}`)),
    ...used.map(({ payloadHash }) => finding('I5', 'ungranted-sign', `${asked.get(payloadHash)} ${payloadHash}`)),
    ...[...asked]
      .filter(([hash]) => recorded.has(hash))
      .map(([hash, client]) => finding('I5', 'ungranted-attempt', `${client} ${hash}`)),
  ]
}
