/** Interchange files as they come in (EIP-3076, version 5): what refuses a whole file, and what refuses one validator of it. */
import { createHash } from 'node:crypto'
import { jsonElements } from '../base/json-elements.ts'
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts'
import { isHex, type Hex } from '../base/bytes.ts'
import { JsonRefusal, parseJson } from '../base/strict-json.ts'
import { Refused } from '../core/errors.ts'
import type { BeaconTiming } from '../core/validators.ts'
import { listOf, publicKeyOf, readHistory, wrong, type ValidatorHistory } from './history.ts'
import { createPause, type Pause } from '../base/pause.ts'
import type { ValidatorRooms } from './rooms.ts'
import { boundsAt, timingOfRoot, type Bounds } from './timing.ts'

export interface ReadInterchange {
  readonly timing: BeaconTiming
  /** SHA-256 of its text, or of the one it is a part of. */
  readonly source: Hex
  /** In the order of the file; several items about one validator stand together. What could not be read says why. */
  readonly validators: ReadonlyMap<string, readonly ValidatorHistory[] | Refused>
}

export interface Reading {
  /** Beyond the clock too (safety rule 9). */
  readonly forced?: boolean
  /** What else is in the file is not read. */
  readonly publicKeys?: ReadonlySet<Hex>
  /** SHA-256 of the larger file this is a part of. */
  readonly sha256?: Hex
}

type Rooms = Pick<ValidatorRooms, 'timings' | 'clock'>

/** @throws Refused `invalid-payload` for what is no interchange of version 5, `wrong-network` for another chain's */
export async function readInterchange(
  rooms: Rooms,
  file: string | JsonObject,
  { forced = false, publicKeys, sha256 }: Reading,
): Promise<ReadInterchange> {
  const pause = createPause(rooms.clock)
  const timing = timingIn(rooms, await metadataOf(file, pause))
  const bounds = forced ? undefined : boundsAt(timing, rooms.clock.now())
  const validators = new Map<string, ValidatorHistory[] | Refused>()
  let index = 0
  for await (const item of itemsOf(file, pause)) {
    await pause()
    take(validators, item, index++, bounds, publicKeys)
  }
  return { timing, validators, source: sha256 ?? (await hashOf(file, pause)) }
}

/** One that is wrong anywhere takes no part: half of what it signed would protect it by halves. */
function take(
  validators: Map<string, ValidatorHistory[] | Refused>,
  item: Json,
  index: number,
  bounds: Bounds | undefined,
  publicKeys: ReadonlySet<Hex> | undefined,
): void {
  const name = nameOf(item, index)
  if (publicKeys !== undefined && !(isHex(name) && publicKeys.has(name))) return
  const earlier = validators.get(name)
  if (earlier instanceof Refused) return
  try {
    const history = readHistory(item, bounds)
    if (earlier === undefined) validators.set(name, [history])
    else earlier.push(history)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    validators.set(name, error)
  }
}

/** Its public key, or where it stands when it has none. */
function nameOf(item: Json, index: number): string {
  try {
    return publicKeyOf(item)
  } catch {
    return `data[${index}]`
  }
}

/** A text is read piece by piece: the service goes on meanwhile. */
async function* itemsOf(file: string | JsonObject, pause: Pause): AsyncGenerator<Json> {
  if (typeof file !== 'string') return yield* dataOf(file)
  for await (const piece of jsonElements(slices(file, pause), 'data')) {
    if (piece.kind === 'element') yield parsed(piece.text)
  }
}

/** What stands around the validators. */
async function metadataOf(file: string | JsonObject, pause: Pause): Promise<JsonObject> {
  if (typeof file !== 'string') return file
  let rest = ''
  for await (const piece of jsonElements(slices(file, pause), 'data')) if (piece.kind === 'rest') rest = piece.text
  const around = parsed(rest)
  if (isJsonObject(around) && dataOf(around).length === 0) return around
  throw wrong('the file', around, 'an EIP-3076 interchange')
}

async function* slices(text: string, pause: Pause): AsyncGenerator<string> {
  const length = 1 << 18
  for (let at = 0; at < text.length; at += length) {
    await pause()
    yield text.slice(at, at + length)
  }
}

async function hashOf(file: string | JsonObject, pause: Pause): Promise<Hex> {
  const text = typeof file === 'string' ? file : JSON.stringify(file)
  const hash = createHash('sha256')
  for await (const slice of slices(text, pause)) hash.update(slice)
  return `0x${hash.digest('hex')}`
}

function parsed(text: string): Json {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonRefusal)) throw error
    throw new Refused('invalid-payload', `The file is not JSON: ${error.message}`, { where: error.where })
  }
}

function dataOf({ data }: JsonObject): readonly Json[] {
  return listOf(data, 'data')
}

function timingIn({ timings }: Rooms, file: JsonObject): BeaconTiming {
  const metadata = file['metadata']
  if (!isJsonObject(metadata)) throw wrong('metadata', metadata, 'an object')
  const { interchange_format_version: version, genesis_validators_root: root } = metadata
  if (version !== '5') throw wrong('metadata.interchange_format_version', version, '"5"')
  if (!isHex(root, 32)) throw wrong('metadata.genesis_validators_root', root, '0x and 64 hex digits')
  const found = timingOfRoot({ timings }, root)
  if (found !== undefined) return found
  throw new Refused('wrong-network', 'The file belongs to another network than those of the service', {
    where: 'metadata.genesis_validators_root',
    got: root,
    wanted: [...timings.values()].map((one) => `${one.genesisValidatorsRoot} (${one.network})`).join(', '),
    hint: 'Nothing of it was imported',
  })
}
