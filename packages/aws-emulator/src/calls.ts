import { appendFileSync } from 'node:fs'
import type { ServiceName } from './services.ts'

/** One received operation, as the log file has it: one JSON object per line, written before the answer leaves. */
export interface CallEntry {
  seq: number
  time: string
  service: ServiceName | undefined
  operation: string
  region: string | undefined
  accessKeyId: string | undefined
  requestId: string
  /** The key's ARN once it was resolved; before that what the request named. */
  key: string | undefined
  messageType: string | undefined
  /** Hex of the message when it has at most 64 bytes (a digest or a root). */
  message: string | undefined
  messageSha256: string | undefined
  /** Hex of the signature made, whether or not it reached the caller. */
  signature: string | undefined
  /** `ok`, the error code answered, or `interrupted` when a fault ended the call before it was carried out. */
  result: string
  status: number
  /** Kinds of the faults that touched this call. */
  faults: string[]
}

export interface CallLog {
  readonly entries: readonly CallEntry[]
  open(requestId: string): CallEntry
  /** Finishes an entry: from here on it is visible. */
  record(entry: CallEntry): void
  clear(): void
}

/** Keeps the newest entries in memory, and all of them in `file` when one is given. */
export function makeCallLog(file: string | undefined, now: () => number, kept = 200_000): CallLog {
  const entries: CallEntry[] = []
  let seq = 0
  return {
    entries,
    open: (requestId) => blankEntry(++seq, requestId, new Date(now()).toISOString()),
    record: (entry) => {
      entries.push(entry)
      if (entries.length > kept) entries.splice(0, kept / 2)
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(entry)}\n`)
    },
    clear: () => {
      entries.length = 0
    },
  }
}

function blankEntry(seq: number, requestId: string, time: string): CallEntry {
  return {
    seq,
    time,
    service: undefined,
    operation: '',
    region: undefined,
    accessKeyId: undefined,
    requestId,
    key: undefined,
    messageType: undefined,
    message: undefined,
    messageSha256: undefined,
    signature: undefined,
    result: 'ok',
    status: 200,
    faults: [],
  }
}
