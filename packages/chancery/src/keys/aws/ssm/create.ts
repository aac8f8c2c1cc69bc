/**
 * Making and importing a key: the secret comes to be in a signer process and goes from there to Parameter Store. Nothing is
 * overwritten; what an interrupted creation of the same id left is finished.
 */
import type { Deadline } from '../../../base/deadline.ts'
import { equal } from '../../../base/bytes.ts'
import type { NewKey, NewKeyRequest } from '../../../core/backend.ts'
import { Refused } from '../../../core/errors.ts'
import type { Connection } from '../connection.ts'
import { eventually } from '../create.ts'
import type { Held, SignerProcess } from '../signer/signer-process.ts'
import { requireSingle } from '../single.ts'
import { parameterExists } from './parameter.ts'
import { type Place, placeOf } from './place.ts'
import { storedData } from './stored.ts'
import { findLeftKey, makeWrappingKey, relabel } from './wrapping-key.ts'

export interface Making {
  readonly connection: Connection
  readonly installation: string
  readonly signer: SignerProcess
  /** Has the process make the secret, or says what it took. */
  readonly obtain: () => Promise<Held>
  /** Of an import: what an interrupted one left must be the same key. */
  readonly expected?: Uint8Array
}

export async function makeKey(making: Making, request: NewKeyRequest, deadline: Deadline): Promise<NewKey> {
  requireSingle(request)
  const { connection, signer } = making
  const place = placeOf(request.id, request.place)
  const left = await findLeftKey(connection, place, ownerOf(making, request), deadline)
  if (await parameterExists(connection, place.path, deadline)) {
    if (left !== undefined) return finish(making, request, place, left, deadline)
    throw taken(place)
  }
  const held = await making.obtain()
  try {
    return await store(making, request, place, { left, held }, deadline)
  } catch (error) {
    // Wiped at once where it was not stored; the process would do it a minute later.
    await signer.forget(request.id, deadline).catch(() => {})
    throw error
  }
}

async function store(
  making: Making,
  request: NewKeyRequest,
  place: Place,
  { left, held }: { readonly left: string | undefined; readonly held: Held },
  deadline: Deadline,
): Promise<NewKey> {
  const { connection, signer } = making
  const publicKey = { algorithm: request.algorithm, bytes: held.publicKey }
  const labels = place.labels(publicKey)
  const owner = ownerOf(making, request)
  if (left !== undefined) await relabel(connection, left, owner, labels, deadline)
  const arn = left ?? (await makeWrappingKey(connection, place, owner, labels, deadline))
  const address = labels['address']
  const placement = { path: place.path, key: place.alias, ...(address !== undefined && { address }) }
  // AWS may take a moment to see an alias it has just made.
  const version = await eventually(connection, deadline, () => signer.put(request.id, placement, deadline))
  const data = storedData({ arn, alias: place.alias, path: place.path, format: 'v1', ...(version && { version }) })
  return { publicKey, data, ...(held.backup && { backup: held.backup }) }
}

/** Everything is there but the record. */
async function finish(
  { signer, expected }: Making,
  request: NewKeyRequest,
  place: Place,
  arn: string,
  deadline: Deadline,
): Promise<NewKey> {
  const source = { kind: 'parameter', path: place.path } as const
  const { publicKey: bytes, found, backup } = await signer.open(request, source, deadline)
  if (expected !== undefined && !equal(expected, bytes)) throw taken(place)
  const data = storedData({ arn, alias: place.alias, path: place.path, ...found })
  return { publicKey: { algorithm: request.algorithm, bytes }, data, ...(backup && { backup }) }
}

function ownerOf({ installation }: Making, { id }: NewKeyRequest) {
  return { installation, id }
}

function taken({ path }: Place): Refused {
  return new Refused('already-exists', `The parameter ${path} exists already; nothing was overwritten`, {
    where: 'place.path',
    got: path,
    hint: 'Take the key that is there into use with enrol, or choose another path',
  })
}
