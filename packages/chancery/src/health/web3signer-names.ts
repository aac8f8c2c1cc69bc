/**
 * The same numbers under the names that Web3Signer gives them, so that dashboards and alerts made for it go on. Its timers
 * tell quantiles beside sum and count; ours are in the histograms of our own names.
 */
import type { HttpMeter } from './http-meter.ts'
import type { RegisterMeter } from './register-meter.ts'
import type { SigningMeter } from './signing-meter.ts'
import { summaryText, totalText } from './tally.ts'

export interface Measured {
  readonly http: Pick<HttpMeter, 'answered'>
  readonly signing: Pick<SigningMeter, 'prevented' | 'duties'>
  readonly register: Pick<RegisterMeter, 'kinds'>
  /** Keys of batches that nobody here knows. */
  readonly missing: number
}

const signRoute = 'POST /api/v1/eth2/sign/{identifier}'

export function web3signerText({ http, signing, register, missing }: Measured): string {
  const { block, attestation } = register.kinds
  const { prevented } = signing
  const unknown = http.answered(signRoute, ['key-not-found']) + missing
  const unreadable = http.answered(signRoute, [
    'malformed-json',
    'invalid-request',
    'invalid-payload',
    'unsupported-payload',
    'body-too-large',
    'unsupported-media-type',
  ])
  const [safe, unsafe] = [block.count + attestation.count, prevented.block + prevented.attestation]
  return [
    summaryText('signing_bls_signing_duration', 'Duration of a signing event, in seconds', [
      { labels: '', ...signing.duties() },
    ]),
    totalText('signing_bls_missing_identifier_count_total', 'Signatures asked of keys that are not here', unknown),
    totalText('http_bls_malformed_request_count_total', 'Requests for a signature that could not be read', unreadable),
    totalText('eth2_slashingprotection_permitted_signings_total', 'Duties found safe to sign', safe),
    totalText('eth2_slashingprotection_prevented_signings_total', 'Duties refused by slashing protection', unsafe),
    summaryText('eth2_slashingprotection_database_duration', 'Time until a duty was durable, in seconds', [
      { labels: 'signingOperation="block"', ...block.times.total() },
      { labels: 'signingOperation="attestation"', ...attestation.times.total() },
    ]),
  ].join('')
}
