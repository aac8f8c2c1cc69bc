/** Lodestar's packages, which have a folder and lockfile of their own: what is used of them, and how they get there. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Controller } from './controller.ts'
import type { LodestarType } from './protocol.ts'

/** An SSZ type. Its values are Lodestar's own affair. */
export interface Ssz {
  fromJson(json: unknown): object
  hashTreeRoot(value: unknown): Uint8Array
  defaultValue(): Record<string, unknown>
}

export interface BeaconConfig {
  readonly GENESIS_FORK_VERSION: Uint8Array
  getForkTypes(slot: number): { readonly BeaconBlock: Ssz }
  getDomainAtFork(fork: string, domain: Uint8Array): Uint8Array
}

export interface SlashingProtection {
  checkAndInsertBlockProposal(
    publicKey: Uint8Array,
    block: { readonly slot: number; readonly signingRoot: Uint8Array },
  ): Promise<void>
  checkAndInsertAttestation(
    publicKey: Uint8Array,
    attestation: { readonly sourceEpoch: number; readonly targetEpoch: number; readonly signingRoot: Uint8Array },
  ): Promise<void>
  importInterchange(interchange: object, genesisValidatorsRoot: Uint8Array): Promise<void>
  exportInterchange(
    genesisValidatorsRoot: Uint8Array,
    publicKeys: readonly Uint8Array[],
    format: { readonly version: '5' },
  ): Promise<object>
}

export interface AttesterDuty {
  readonly pubkey: Uint8Array
  readonly validatorIndex: number
  readonly slot: number
  readonly committeeIndex: number
  readonly committeeLength: number
  readonly validatorCommitteeIndex: number
}

/** What holds a client's keys and signs its duties. Every signature is asked for through `getSignature`. */
export interface ValidatorStore {
  getSignature(publicKey: unknown, signingRoot: Uint8Array, slot: number, message: object): Promise<Uint8Array>
  signBlock(publicKey: Uint8Array, block: object, currentSlot: number): Promise<object>
  signRandao(publicKey: Uint8Array, slot: number): Promise<Uint8Array>
  signAttestation(duty: AttesterDuty, data: object, currentEpoch: number): Promise<object>
  signAggregateAndProof(duty: AttesterDuty, selectionProof: Uint8Array, aggregate: object): Promise<object>
  signSyncCommitteeSignature(publicKey: Uint8Array, index: number, slot: number, root: Uint8Array): Promise<object>
  signContributionAndProof(
    duty: { readonly pubkey: Uint8Array; readonly validatorIndex: number },
    selectionProof: Uint8Array,
    contribution: object,
  ): Promise<object>
  signAttestationSelectionProof(publicKey: Uint8Array, slot: number): Promise<Uint8Array>
  signSyncCommitteeSelectionProof(publicKey: Uint8Array, slot: number, subcommittee: number): Promise<Uint8Array>
  signVoluntaryExit(publicKey: Uint8Array, index: number, epoch: number): Promise<object>
  signValidatorRegistration(
    publicKey: Uint8Array,
    terms: { readonly feeRecipient: string; readonly gasLimit: number },
    slot: number,
  ): Promise<object>
}

export interface ValidatorModule {
  readonly SlashingProtection: new (options: {
    readonly config: object
    readonly controller: Controller
  }) => SlashingProtection
  readonly ValidatorStore: new (
    config: BeaconConfig,
    protection: SlashingProtection,
    indices: object,
    doppelganger: null,
    metrics: null,
    signers: readonly { readonly type: number; readonly url: string; readonly pubkey: string }[],
    proposers: undefined,
    genesisValidatorsRoot: Uint8Array,
  ) => ValidatorStore
  readonly SignerType: { readonly Remote: number }
  externalSignerUpCheck(url: string): Promise<boolean>
  externalSignerGetKeys(url: string): Promise<string[]>
}

export interface ConfigModule {
  chainConfigFromJson(specification: Readonly<Record<string, string>>): object
  createIBeaconConfig(specification: object, genesisValidatorsRoot: Uint8Array): BeaconConfig
}

export interface TypesModule {
  readonly ssz: {
    readonly phase0: Readonly<Record<'AttestationData' | 'Attestation' | 'AggregateAndProof' | 'DepositMessage', Ssz>>
    readonly altair: Readonly<Record<'SyncCommitteeContribution', Ssz>>
    readonly capella: Readonly<Record<'BLSToExecutionChange', Ssz>>
  }
}

export interface TransitionModule {
  computeSigningRoot(type: Ssz, value: object, domain: Uint8Array): Uint8Array
  computeDomain(domain: Uint8Array, forkVersion: Uint8Array, genesisValidatorsRoot: Uint8Array): Uint8Array
}

export interface ParamsModule {
  readonly DOMAIN_DEPOSIT: Uint8Array
  readonly DOMAIN_BLS_TO_EXECUTION_CHANGE: Uint8Array
}

/** As `externalSignerPostSignature` tells them apart. */
export interface SignableMessage {
  readonly type: LodestarType
  readonly data: object
}

const folder = import.meta.dirname

/** @throws Error with npm's own words when it cannot be installed */
export function installLodestar(): void {
  if (existsSync(join(folder, 'node_modules', '@lodestar', 'validator', 'package.json'))) return
  const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const done = spawnSync('npm', install, { cwd: folder, encoding: 'utf8', timeout: 240_000 })
  if (done.status === 0) return
  throw new Error(`npm ci in ${folder} failed: ${done.error?.message ?? done.stderr.slice(-500)}`)
}

/** The names are no literals, so that nothing looks for the packages where they are not installed. */
export async function loadLodestar() {
  const load = async (name: string): Promise<unknown> => await import(`@lodestar/${name}`)
  return {
    validator: (await load('validator')) as ValidatorModule,
    config: (await load('config')) as ConfigModule,
    types: (await load('types')) as TypesModule,
    transition: (await load('state-transition')) as TransitionModule,
    params: (await load('params')) as ParamsModule,
  }
}

export type Lodestar = Awaited<ReturnType<typeof loadLodestar>>
