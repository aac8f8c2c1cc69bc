/** Every key that was asked to sign: by operation and outcome, why it did not, and how long it took. */
import { codes, type Code } from '../core/errors.ts'
import { dutyOperations, isSignOperation, operations, type SignOperation } from '../core/names.ts'
import { Counts, counterText, histogramText, Times, totalText, type Total } from './tally.ts'

export interface SigningMeter {
  signed(operation: SignOperation, milliseconds: number): void
  unsigned(operation: SignOperation, outcome: 'refused' | 'failed', code: Code): void
  /** One signature is verified; of those that come by the thousand, a sample before they leave, and some together behind. */
  verified(): void
  /** Signatures of ours were found wrong after they may have left. */
  wrong(): void
  /** What the signatures of validator keys took together. */
  duties(): Total
  /** Refused by slashing protection. */
  readonly prevented: Readonly<Record<'block' | 'attestation', number>>
  text(): string
}

const signing: readonly SignOperation[] = operations.filter(isSignOperation)
/** Exits, deposits, changes of credentials and roots that nobody can read are by the same keys. */
const ofValidators: readonly SignOperation[] = [
  ...dutyOperations,
  'sign:voluntary-exit',
  'sign:deposit',
  'sign:bls-change',
  'sign:opaque-root',
]
const outcomes = ['signed', 'refused', 'failed'] as const
const errors = Object.keys(codes)

const rows: ReadonlyMap<string, number> = new Map(signing.map((operation, at) => [operation, at * outcomes.length]))
const places: ReadonlyMap<string, number> = new Map(errors.map((code, at) => [code, at]))

export function createSigningMeter(): SigningMeter {
  const [counts, reasons] = [new Counts(signing.length * outcomes.length), new Counts(errors.length)]
  const times = new Map(signing.map((operation) => [operation, new Times()]))
  const prevented = { block: 0, attestation: 0 }
  let [verified, wrong] = [0, 0]
  return {
    prevented,
    duties: () => together(ofValidators.map((operation) => times.get(operation)?.total())),
    signed(operation, milliseconds) {
      counts.add(cell(operation, 'signed'))
      times.get(operation)?.observe(milliseconds)
    },
    unsigned(operation, outcome, code) {
      counts.add(cell(operation, outcome))
      reasons.add(places.get(code) ?? 0)
      if (code !== 'conflicts-with-earlier') return
      if (operation === 'sign:block') prevented.block += 1
      if (operation === 'sign:attestation') prevented.attestation += 1
    },
    verified: () => void (verified += 1),
    wrong: () => void (wrong += 1),
    text: () =>
      [
        counterText('chancery_signatures_total', 'Keys asked to sign, by operation and outcome', countRows(counts)),
        counterText('chancery_signing_errors_total', 'Why keys did not sign, by error code', errorRows(reasons)),
        totalText('chancery_signatures_verified_total', 'Signatures verified, alone or together', verified),
        totalText('chancery_wrong_signatures_total', 'Checks that found signatures of ours wrong', wrong),
        histogramText('chancery_signature_seconds', 'Time from the asking to the signature', timeRows(times)),
      ].join(''),
  }
}

function cell(operation: SignOperation, outcome: (typeof outcomes)[number]): number {
  return (rows.get(operation) ?? 0) + outcomes.indexOf(outcome)
}

/** Zeros too, here and below: an alert on an increase needs a number to begin from. */
function countRows(counts: Counts) {
  return signing.flatMap((operation) =>
    outcomes.map((outcome) => ({
      labels: `operation="${operation}",outcome="${outcome}"`,
      count: counts.at(cell(operation, outcome)),
    })),
  )
}

function errorRows(reasons: Counts) {
  return errors.map((code, at) => ({ labels: `code="${code}"`, count: reasons.at(at) }))
}

/** An operation nobody asks for is no row of twenty buckets. */
function timeRows(all: ReadonlyMap<string, Times>) {
  return [...all]
    .filter(([, times]) => times.total().count > 0)
    .map(([operation, times]) => ({ labels: `operation="${operation}"`, times }))
}

function together(totals: readonly (Total | undefined)[]): Total {
  return totals.reduce<Total>(
    (all, one) => ({ seconds: all.seconds + (one?.seconds ?? 0), count: all.count + (one?.count ?? 0) }),
    { seconds: 0, count: 0 },
  )
}
