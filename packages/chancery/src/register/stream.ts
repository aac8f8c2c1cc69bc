/** The beginning of a stream: who writes it, with which key, after what. */
import { createHmac } from 'node:crypto'
import { toHex, type Hex } from '../base/bytes.ts'
import { isoTime, type Clock } from '../base/clock.ts'
import { canonical, type JsonObject } from '../base/json.ts'
import type { Secret } from '../base/secret.ts'
import type { StreamEntry } from '../core/entries.ts'
import type { Checkpoint } from '../core/store.ts'
import type { Head } from './round.ts'

export interface StreamStart {
  readonly stream: string
  readonly publicKey: Hex
  readonly binary: string
  readonly checkpoint?: Checkpoint
  /** The witness's head: ties this stream to the one its process wrote before. */
  readonly after?: Head
}

/** `mac` proves that whoever opened the stream held the state key. */
export function streamEntry(start: StreamStart, clock: Clock, stateKey: Secret): StreamEntry {
  const { stream, publicKey, binary, checkpoint, after } = start
  const entry = {
    kind: 'stream' as const,
    stream,
    publicKey,
    binary,
    startedAt: isoTime(clock.now()),
    ...(checkpoint && { checkpoint: { size: checkpoint.size, root: checkpoint.root } }),
    ...(after && { after: { stream: after.stream, seq: after.seq, hash: after.hash } }),
  }
  return { ...entry, mac: streamMac(entry, stateKey) }
}

/** Whether the entry was written by a holder of the state key. */
export function isVouchedFor(entry: JsonObject, stateKey: Secret): boolean {
  try {
    return streamMac(entry, stateKey) === entry['mac']
  } catch {
    // A number or text the service would never write: `canonical` refuses it.
    return false
  }
}

/** Over all members but `mac` itself. */
function streamMac(entry: JsonObject, stateKey: Secret): Hex {
  const { mac: _mac, ...rest } = entry
  const text = canonical(rest)
  return toHex(stateKey.use((key) => createHmac('sha256', key).update(`chancery stream 1\n${text}`).digest()))
}
