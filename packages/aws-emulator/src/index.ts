import type { CallEntry } from './calls.ts'
import { DEFAULT_CREDENTIALS, type EmulatorOptions, makeEmulator } from './emulator.ts'
import type { Faults } from './faults.ts'
import type { IdentityOptions } from './iam/principal.ts'
import type { QuotaOptions } from './quotas.ts'
import { listen } from './server.ts'

export type { CallEntry } from './calls.ts'
export { ACCOUNT } from './arn.ts'
export { DEFAULT_CREDENTIALS, type EmulatorOptions } from './emulator.ts'
export { FAULT_KINDS, type Fault, type FaultKind, type FaultRule, type Faults } from './faults.ts'
export type { PolicyDocument } from './iam/policy.ts'
export type { IdentityOptions } from './iam/principal.ts'
export type { QuotaOptions } from './quotas.ts'

export interface RunningEmulator {
  /** Such as `http://127.0.0.1:4599`, the endpoint for every service. */
  readonly url: string
  readonly port: number
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The switches; see the table in the README. */
  readonly faults: Faults
  /** Every operation received, oldest first. */
  readonly calls: readonly CallEntry[]
  clearCalls(): void
  /** Moves the emulator's clock, for deletion windows, expiry and dates; signatures keep the real time. */
  advance(ms: number): void
  setQuotas(quotas: QuotaOptions | undefined): void
  /** Adds an access key, or replaces the one of the same id. */
  setIdentity(identity: IdentityOptions): void
  close(): Promise<void>
}

/**
 * Starts KMS, SSM and STS on one loopback port.
 * Throws a RangeError for a host that is not loopback, and what node:net throws when the port is taken.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const emulator = makeEmulator(options)
  const host = options.host ?? '127.0.0.1'
  const listening = await listen(emulator, host, options.port ?? 0)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening.port}`,
    port: listening.port,
    region: emulator.region,
    credentials: {
      accessKeyId: options.accessKeyId ?? DEFAULT_CREDENTIALS.accessKeyId,
      secretAccessKey: options.secretAccessKey ?? DEFAULT_CREDENTIALS.secretAccessKey,
    },
    faults: emulator.faults,
    calls: emulator.calls.entries,
    clearCalls: emulator.calls.clear,
    advance: emulator.advance,
    setQuotas: emulator.quotas.set,
    setIdentity: emulator.identities.set,
    close: listening.close,
  }
}
