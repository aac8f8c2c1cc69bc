/** Every key that was asked to sign: by operation and outcome, and how long it took. */
import { codes, type Code } from '../core/errors.ts'
import { isSignOperation, operations, type SignOperation } from '../core/names.ts'
import { Counts, counterText, histogramText, Times } from './tally.ts'

export interface SigningMeter {
  /** One key was asked to sign. `code` says why it did not. */
  signed(operation: SignOperation, milliseconds: number, code?: Code): void
  /** One signature is verified before it leaves; of those that come by the thousand that is a sample. */
  verified(): void
  /** How often these operations came to this. */
  counted(which: readonly SignOperation[], outcome: Outcome): number
  /** Of every signature that was made. */
  readonly times: Times
  text(): string
}

export type Outcome = 'signed' | Code

const signing: readonly SignOperation[] = operations.filter(isSignOperation)
const outcomes: readonly string[] = ['signed', ...Object.keys(codes)]

const rows: ReadonlyMap<string, number> = new Map(signing.map((operation, at) => [operation, at * outcomes.length]))
const columns: ReadonlyMap<string, number> = new Map(outcomes.map((outcome, at) => [outcome, at]))

/** There from the start: an alert on an increase needs a number to begin from. */
const always: readonly string[] = ['signed', 'conflicts-with-earlier'] satisfies Outcome[]

export function createSigningMeter(): SigningMeter {
  const counts = new Counts(signing.length * outcomes.length)
  const [times, byOperation] = [new Times(), new Map(signing.map((operation) => [operation, new Times()]))]
  let verified = 0
  return {
    times,
    verified: () => void (verified += 1),
    signed(operation, milliseconds, code) {
      counts.add(cell(operation, code ?? 'signed'))
      if (code !== undefined) return
      times.observe(milliseconds)
      byOperation.get(operation)?.observe(milliseconds)
    },
    counted: (which, outcome) => which.reduce((total, one) => total + counts.at(cell(one, outcome)), 0),
    text: () =>
      counterText('chancery_signatures_total', 'Keys asked to sign, by operation and outcome', countRows(counts)) +
      counterText('chancery_signatures_verified_total', 'Signatures verified before they left', [
        { labels: '', count: verified },
      ]) +
      histogramText('chancery_signature_seconds', 'Time from the asking to the signature', timeRows(byOperation)),
  }
}

function cell(operation: string, outcome: string): number {
  return (rows.get(operation) ?? 0) + (columns.get(outcome) ?? 0)
}

function countRows(counts: Counts) {
  return signing
    .flatMap((operation) =>
      outcomes.map((outcome) => ({ operation, outcome, count: counts.at(cell(operation, outcome)) })),
    )
    .filter(({ outcome, count }) => count > 0 || always.includes(outcome))
    .map(({ operation, outcome, count }) => ({ labels: `operation="${operation}",outcome="${outcome}"`, count }))
}

/** An operation nobody asks for is no row of twenty buckets. */
function timeRows(byOperation: ReadonlyMap<string, Times>) {
  return [...byOperation]
    .filter(([, times]) => times.count() > 0)
    .map(([operation, times]) => ({ labels: `operation="${operation}"`, times }))
}
