/** What of a cleared payload goes to a signer process beside the message, so that it judges once more: expiry and claims. */
import type { DutyClaim } from '../core/claim.ts'
import type { Cleared } from '../core/payload.ts'
import { fail, refuse } from './refusal.ts'
import { bindsRoot, type SeenClaims, type SeenRow } from './seen-claims.ts'

type Fields = readonly Uint8Array[]

const encoder = new TextEncoder()

/** Milliseconds on the machine's monotonic clock, which all its processes share: time in queue and pipe counts. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export function encodeMoment(milliseconds: number): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setFloat64(0, milliseconds)
  return out
}

/** @throws SignerRefusal `internal` */
export function decodeMoment(bytes: Uint8Array | undefined): number {
  if (bytes?.length !== 8) throw fail('internal', 'The moment is not eight bytes long')
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0)
}

/** Row, root and replaced root of each claim that binds a root. */
export function guardFields({ guards, duties }: Pick<Cleared, 'guards' | 'duties'>): Uint8Array[] {
  const rows = guards
    .filter(bindsRoot)
    .map(({ kind, scope, item, root, replaces = '' }) => [`${kind} ${scope} ${item}`, root, replaces])
  return [...rows, ...duties.map(dutyRow)].flat().map((text) => encoder.encode(text))
}

/** Sixteen bytes of the public key and four of the network tell validators apart; the store goes by the whole. */
function dutyRow(duty: DutyClaim): readonly [string, string, string] {
  const { kind, scope, root } = duty
  const number = duty.kind === 'block' ? duty.slot : duty.target
  return [`${kind} ${scope.slice(2, 34)}${scope.slice(-8)}${atNumber}${number}`, root, '']
}

/** Stands before the slot or epoch of a row that binds a root for that one alone. */
const atNumber = ' at '

/** @throws SignerRefusal `deadline-exceeded` */
export function requireAlive(expiry: Uint8Array | undefined, now: number): void {
  if (now >= decodeMoment(expiry)) throw fail('deadline-exceeded', 'The clearance expired before the key was used')
}

/** Takes the claims of `guardFields`, all or none. @throws SignerRefusal `conflicts-with-earlier` */
export function takeClaims(claims: SeenClaims, guards: Fields): void {
  if (claims.take(readRows(guards))) return
  throw refuse('conflicts-with-earlier', 'The signer process has signed something else for the same claim')
}

function readRows(fields: Fields): SeenRow[] {
  return Array.from({ length: Math.floor(fields.length / 3) }, (_, i) => {
    const [name = '', root = '', replaces] = fields.slice(3 * i, 3 * i + 3).map(textOf)
    const [row = '', at] = name.split(atNumber)
    return { row, root, ...(at !== undefined && { at }), ...(replaces && { replaces }) }
  })
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
