/** What clients asked and were given: one JSON line an answer, written by the client when it has it. */
import { isOneOf, readLines, textIn, type Line } from './lines.ts'

export interface ClientLine {
  /** ISO 8601, when the answer was there. */
  readonly time: string
  readonly client: string
  readonly route: 'sign' | 'transactions'
  /** By the client's own reckoning: whether a grant of its covers the request. */
  readonly granted: boolean
  /** Public key or address, always the same text for one key. */
  readonly key: string
  readonly network?: string
  readonly idempotency?: string
  /** Decimal. */
  readonly nonce?: string
  /** Of a block, and of an attestation; decimal. */
  readonly slot?: string
  readonly source?: string
  readonly target?: string
  /** The bytes that were signed, 0x hex, worked out by the client from what it was given. */
  readonly payload?: string
  /** What was given: signed bytes or a signature, 0x hex. Absent when nothing was. */
  readonly response?: string
  /** The id of what a relayed request made. */
  readonly made?: string
  /** The code of an answer that gives nothing. */
  readonly code?: string
}

/** An answer that lets bytes out. */
export type Release = ClientLine & { readonly payload: string; readonly response: string }

/** @throws TypeError for a line that is not one */
export function readClientLog(path: string): readonly ClientLine[] {
  return readLines(path).map(clientLineOf)
}

export function isRelease(line: ClientLine): line is Release {
  return line.response !== undefined && line.payload !== undefined
}

function clientLineOf(line: Line): ClientLine {
  const route = textIn(line, 'route')
  const [time, client, key] = [textIn(line, 'time'), textIn(line, 'client'), textIn(line, 'key')]
  if (time === undefined || client === undefined || key === undefined || !isOneOf(route, ['sign', 'transactions'])) {
    throw new TypeError(`not a line of a client log: ${JSON.stringify(line)}`)
  }
  const granted = line['granted'] === true
  return {
    time,
    client,
    route,
    key,
    granted,
    ...given(line, 'network', 'idempotency', 'nonce', 'slot', 'source', 'target'),
    ...outcomeOf(line),
  }
}

const outcomeOf = (line: Line) => given(line, 'payload', 'response', 'made', 'code')

function given<N extends keyof ClientLine>(line: Line, ...names: readonly N[]): { readonly [K in N]?: string } {
  const there: { [K in N]?: string } = {}
  for (const name of names) {
    const value = textIn(line, name)
    if (value !== undefined) there[name] = value
  }
  return there
}
