/** What is read when somebody asks for the metrics: the house as it is then. */
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/config.ts'
import type { KeyRecord } from '../core/key.ts'
import type { Services } from '../core/services.ts'
import type { LoadingState } from '../core/validators.ts'
import type { Gauged, Labelled } from '../health/metrics.ts'
import type { House } from './house.ts'
import type { Listening } from './listeners.ts'

export interface GaugeParts {
  readonly house: House
  readonly loading: Services['loading']
  readonly clock: Clock
  readonly version: string
}

export function gaugesOf(parts: GaugeParts): readonly Gauged[] {
  return [
    ...registerGauges(parts),
    ...keyGauges(parts),
    ...walletGauges(parts),
    ...loadingGauges(parts),
    ...processGauges(parts),
  ]
}

function registerGauges({ house: { writer, state } }: GaugeParts): readonly Gauged[] {
  return [
    gauge('chancery_register_waiting', 'Items that wait for a commit', () => writer.status().waiting),
    gauge('chancery_register_dropped', 'Trailing entries dropped since the start', () => writer.status().dropped),
    {
      name: 'chancery_register_trouble',
      help: 'Why nothing is signed: the store is behind its witness, its answer is not known, or the register failed',
      labels: ['what'],
      read: () => {
        const { behind, inDoubt, fatal } = writer.status()
        return oneEach('what', { behind: behind !== undefined, 'in-doubt': inDoubt, failed: fatal !== undefined })
      },
    },
    gauge('chancery_epoch', 'The epoch of the state in use', () => state.current().epoch),
    gauge('chancery_halted', 'Whether all signing is frozen', () => Number(state.current().halted)),
  ]
}

function keyGauges({ house: { state, backends, sponsoring } }: GaugeParts): readonly Gauged[] {
  const keys = () => [...state.current().keys.values()].map(({ value }) => value)
  const enabled = () => keys().filter((key) => key.state === 'enabled')
  return [
    gauge('chancery_keys', 'Keys that are not purged', () => keys().filter((key) => key.state !== 'purged').length),
    gauge('signing_signers_loaded_count', 'Keys that can sign', () => enabled().length),
    {
      name: 'chancery_validator_keys',
      help: 'Validator keys that can sign; unprotected: opaque ones, whose roots nobody can read',
      labels: ['protection'],
      read: () => protection(enabledValidatorKeys(state)),
    },
    {
      name: 'chancery_backend_waiting',
      help: 'Payloads that wait for the processes of a key back-end, or are being signed by them',
      labels: ['backend'],
      read: () =>
        backends.flatMap((backend) => {
          const waiting = backend.waiting?.()
          return waiting === undefined ? [] : [{ labels: { backend: backend.name }, value: waiting }]
        }),
    },
    {
      name: 'chancery_sponsor_balance',
      help: 'What a sponsor had when last looked at, in base units',
      labels: ['sponsor', 'network'],
      read: () => sponsoring.balances().map(({ sponsor, balance }) => balanceOf(sponsor, balance)),
    },
  ]
}

function walletGauges({ house: { walletPolicy } }: GaugeParts): readonly Gauged[] {
  return [
    {
      name: 'chancery_wallet_window_used_ratio',
      help: 'How full the fullest window of a rule of wallets was when last looked at: 1 is full',
      labels: ['rule', 'period'],
      read: () =>
        walletPolicy.fullness().map(({ rule, period, ratio }) => ({ labels: { rule, period }, value: ratio })),
    },
  ]
}

export function enabledValidatorKeys(state: House['state']): readonly KeyRecord[] {
  const keys = [...state.current().keys.values()].map(({ value }) => value)
  return keys.filter(({ state, algorithm }) => state === 'enabled' && algorithm === 'bls12-381')
}

function protection(keys: readonly { readonly kind: string }[]): readonly Labelled[] {
  const unprotected = keys.filter(({ kind }) => kind === 'opaque').length
  return [
    { labels: { protection: 'protected' }, value: keys.length - unprotected },
    { labels: { protection: 'unprotected' }, value: unprotected },
  ]
}

/** Prometheus knows no integers beyond 2^53; an alert needs none. */
function balanceOf({ key, network }: { readonly key: string; readonly network: string }, balance: bigint): Labelled {
  return { labels: { sponsor: key, network }, value: Number(balance) }
}

const loadingStates: readonly LoadingState[] = ['idle', 'running', 'completed', 'completed_with_errors', 'failed']

/** Keys that stand in files, where there are any. */
function loadingGauges({ loading }: GaugeParts): readonly Gauged[] {
  if (loading === undefined) return []
  return [
    {
      name: 'chancery_loading_state',
      help: 'How far the keys that stand in files are: 1 for the state it is in',
      labels: ['state'],
      read: () => {
        const { state } = loading.status()
        return oneEach('state', Object.fromEntries(loadingStates.map((one) => [one, one === state])))
      },
    },
    gauge('chancery_loading_found', 'Keys in files at the last loading', () => loading.status().total),
    gauge('chancery_loading_loaded', 'Keys of files that are in use', () => loading.status().loaded),
    gauge('chancery_loading_failed', 'Keys of files that could not be loaded', () => loading.status().failures.length),
  ]
}

function processGauges({ clock, version }: GaugeParts): readonly Gauged[] {
  const started = Math.round(clock.now() / 1_000 - process.uptime())
  return [
    {
      name: 'chancery_build_info',
      help: '1, with the version that runs',
      labels: ['version'],
      read: () => [{ labels: { version }, value: 1 }],
    },
    gauge('chancery_time_seconds', "The service's clock, to hold against the scraper's", () => clock.now() / 1_000),
    gauge('process_start_time_seconds', 'When the process started', () => started),
    gauge('process_resident_memory_bytes', 'Memory of the process, signer processes apart', () =>
      process.memoryUsage.rss(),
    ),
  ]
}

/** Of a listener with TLS; it shows nothing before somebody connects, as whoever reads this has. */
export function certificateGauges(
  { tls }: Pick<Config, 'tls'>,
  listening: Pick<Listening, 'certificateEnd'>,
): readonly Gauged[] {
  if (tls === undefined) return []
  const name = 'chancery_certificate_end_seconds'
  const read = () => {
    const end = listening.certificateEnd()
    return end === undefined ? [] : [{ labels: {}, value: end / 1_000 }]
  }
  return [{ name, help: "When the listener's certificate ends, in seconds since 1970", read }]
}

function gauge(name: string, help: string, read: () => number): Gauged {
  return { name, help, read }
}

function oneEach(label: string, states: Readonly<Record<string, boolean>>): readonly Labelled[] {
  return Object.entries(states).map(([state, holds]) => ({ labels: { [label]: state }, value: Number(holds) }))
}
