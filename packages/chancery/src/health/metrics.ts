/**
 * Counters and histograms in Prometheus' text form. Labels never hold an address, a key's id or a client; a sponsor is
 * called what its configuration calls it.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { systemClock, type Clock } from '../base/clock.ts'
import { callOutcomes, type BackendCall } from '../core/backend.ts'
import type { NodeCall } from '../core/node.ts'
import type { Metrics } from '../core/services.ts'
import { createHttpMeter } from './http-meter.ts'
import { createRegisterMeter, type RegisterMeter } from './register-meter.ts'
import { createKeyUseMeter, type KeyUseMeter } from './key-use-meter.ts'
import { createSigningMeter, type SigningMeter } from './signing-meter.ts'
import { counterText } from './tally.ts'
import { createWalletMeter, type WalletMeter } from './wallet-meter.ts'
import { web3signerText } from './web3signer-names.ts'

/** Made before what it measures. */
export interface Meters extends Metrics {
  observeKms(call: BackendCall): void
  /** Zeros of all that may come of these requests: an alert on an increase needs a number to begin from. */
  expectKms(operations: readonly string[], region: string): void
  observeNode(network: string, call: NodeCall): void
  observeSponsor(sponsor: { readonly network: string; readonly key: string }, outcome: string): void
  /** A batch named a key that nobody here knows. */
  missing(): void
  readonly signing: SigningMeter
  readonly register: RegisterMeter
  readonly keyUses: KeyUseMeter
  readonly wallets: WalletMeter
  expose(gauges: readonly Gauged[]): void
}

export interface Gauged {
  readonly name: string
  readonly help: string
  /** One number, or one for each set of labels. */
  read(): number | readonly Labelled[]
  readonly labels?: readonly string[]
}

export interface Labelled {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Seconds, in steps that resolve a fast node (1 ms) as well as a slow KMS (3 s). */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createMeters(clock: Pick<Clock, 'now'> = systemClock): Meters {
  const registry = new Registry()
  const [http, signing, register] = [createHttpMeter(), createSigningMeter(), createRegisterMeter()]
  const [keyUses, wallets] = [createKeyUseMeter(), createWalletMeter()]
  let missing = 0
  const kms = kmsMeter(registry)
  const node = nodeMeter(registry)
  const sponsor = sponsorMeter(registry)
  return {
    signing,
    register,
    keyUses,
    wallets,
    observe: http.observe,
    missing: () => void (missing += 1),
    observeKms: kms.observe,
    expectKms: kms.expect,
    observeNode: node,
    observeSponsor: sponsor,
    expose: (gauges) => gauges.forEach((gauge) => expose(gauge, registry)),
    text: async () => {
      const flow = [http.text(), signing.text(), register.text(), dutiesText(signing, register)]
      const parts = [...flow, keyUses.text(), wallets.text(clock.now())]
      const web3signer = web3signerText({ http, signing, register, missing })
      return [await registry.metrics(), ...parts, web3signer].join('')
    },
  }
}

/** Who permits is the register, who prevents is the flow. */
function dutiesText({ prevented }: SigningMeter, { kinds }: RegisterMeter): string {
  const rows = (['block', 'attestation'] as const).flatMap((kind) => [
    { labels: `kind="${kind}",verdict="permitted"`, count: kinds[kind].count },
    { labels: `kind="${kind}",verdict="prevented"`, count: prevented[kind] },
  ])
  return counterText('chancery_duties_total', 'Blocks and attestations that slashing protection judged', rows)
}

function kmsMeter(registry: Registry): { observe: Meters['observeKms']; expect: Meters['expectKms'] } {
  const where = ['operation', 'region'] as const
  const name = 'chancery_kms_attempts_total'
  const attempts = counter(registry, name, 'Requests sent to AWS KMS, repeated ones too', [...where, 'outcome'])
  const seconds = histogram(registry, 'chancery_kms_attempt_seconds', 'Time one request to AWS KMS took', where)
  return {
    observe({ operation, region, outcome, milliseconds }) {
      attempts.inc({ operation, region, outcome })
      seconds.observe({ operation, region }, milliseconds / 1_000)
    },
    expect(operations, region) {
      for (const operation of operations) {
        for (const outcome of callOutcomes) attempts.inc({ operation, region, outcome }, 0)
      }
    },
  }
}

function nodeMeter(registry: Registry): Meters['observeNode'] {
  const name = 'chancery_node_calls_total'
  const calls = counter(registry, name, 'JSON-RPC calls of nodes', ['network', 'method', 'outcome'])
  const seconds = histogram(registry, 'chancery_node_call_seconds', 'Time one call of a node took', ['network'])
  return (network, { method, outcome, milliseconds }) => {
    calls.inc({ network, method, outcome })
    seconds.observe({ network }, milliseconds / 1_000)
  }
}

function sponsorMeter(registry: Registry): Meters['observeSponsor'] {
  const name = 'chancery_sponsored_groups_total'
  const groups = counter(registry, name, 'Groups a sponsor was asked to pay for', ['sponsor', 'network', 'outcome'])
  return ({ key, network }, outcome) => groups.inc({ sponsor: key, network, outcome })
}

function counter<L extends string>(registry: Registry, name: string, help: string, labelNames: readonly L[]) {
  return new Counter({ name, help, labelNames, registers: [registry] })
}

function histogram<L extends string>(registry: Registry, name: string, help: string, labelNames: readonly L[]) {
  return new Histogram({ name, help, labelNames, buckets, registers: [registry] })
}

function expose({ name, help, read, labels: labelNames = [] }: Gauged, registry: Registry): void {
  const collect = () => {
    const now = read()
    if (typeof now === 'number') return gauge.set(now)
    gauge.reset()
    for (const { labels, value } of now) gauge.set({ ...labels }, value)
  }
  const gauge: Gauge = new Gauge({ name, help, labelNames, registers: [registry], collect })
}
