/** Lodestar's validator client: it computes domain and root, and asks a signer for the signature. */
import { fromHex, toHex, type Hex } from '../../../src/base/bytes.ts'
import type { JsonObject } from '../../../src/base/json.ts'
import type { BeaconConfig, Lodestar, SignableMessage, Ssz, ValidatorStore } from './modules.ts'
import { emptyProtection, exact } from './protection.ts'
import type { LodestarNetwork, LodestarType, Questions } from './protocol.ts'

interface Client {
  readonly lodestar: Lodestar
  readonly config: BeaconConfig
  readonly store: ValidatorStore
  readonly publicKey: Uint8Array
}

export async function sign(
  lodestar: Lodestar,
  { url, publicKey, network, message }: Questions['sign']['ask'],
): Promise<Questions['sign']['answer']> {
  const client = createClient(lodestar, url, publicKey, network)
  const seen = watch(client.store)
  try {
    await duties[message.type](client, exact(message.slot), message.data)
  } catch (error) {
    // Before anything was asked of the signer it is no refusal.
    if (seen.root === undefined || !(error instanceof Error)) throw error
    return { signingRoot: toHex(seen.root), refusal: error.message }
  }
  if (seen.root === undefined || seen.signature === undefined) throw new Error('the client asked for no signature')
  return { signingRoot: toHex(seen.root), signature: toHex(seen.signature) }
}

function createClient(lodestar: Lodestar, url: string, pubkey: Hex, network: LodestarNetwork): Client {
  const { validator } = lodestar
  const root = fromHex(network.genesisValidatorsRoot)
  const config = lodestar.config.createIBeaconConfig(lodestar.config.chainConfigFromJson(network.specification), root)
  const signers = [{ type: validator.SignerType.Remote, url, pubkey }]
  const protection = emptyProtection(lodestar)
  const store = new validator.ValidatorStore(config, protection, {}, null, null, signers, undefined, root)
  return { lodestar, config, store, publicKey: fromHex(pubkey) }
}

interface Seen {
  root?: Uint8Array
  signature?: Uint8Array
}

/** Notes what is asked of the signer and what it answers. */
function watch(store: ValidatorStore): Seen {
  const getSignature = store.getSignature.bind(store)
  const seen: Seen = {}
  store.getSignature = async (publicKey, root, slot, message) => {
    seen.root = root
    seen.signature = await getSignature(publicKey, root, slot, message)
    return seen.signature
  }
  return seen
}

type Duty = (client: Client, slot: number, data: JsonObject) => Promise<unknown>

const duties: Record<LodestarType, Duty> = {
  AGGREGATION_SLOT: ({ store, publicKey }, slot) => store.signAttestationSelectionProof(publicKey, slot),
  AGGREGATE_AND_PROOF: ({ lodestar, store, publicKey }, slot, data) =>
    store.signAggregateAndProof(
      duty(publicKey, slot, data['aggregator_index']),
      bytes(data['selection_proof']),
      lodestar.types.ssz.phase0.Attestation.fromJson(data['aggregate']),
    ),
  ATTESTATION: ({ lodestar, store, publicKey }, slot, data) =>
    store.signAttestation(
      duty(publicKey, slot, '0'),
      lodestar.types.ssz.phase0.AttestationData.fromJson(data),
      Number.MAX_SAFE_INTEGER,
    ),
  BLOCK_V2: ({ config, store, publicKey }, slot, data) =>
    store.signBlock(publicKey, blockOf(config.getForkTypes(slot).BeaconBlock, slot, data), slot),
  DEPOSIT: (client, slot, data) => {
    const { types, transition, params } = client.lodestar
    const genesisForkVersion = bytes(data['genesis_fork_version'])
    const domain = transition.computeDomain(params.DOMAIN_DEPOSIT, genesisForkVersion, new Uint8Array(32))
    const deposit = types.ssz.phase0.DepositMessage.fromJson(data)
    const root = transition.computeSigningRoot(types.ssz.phase0.DepositMessage, deposit, domain)
    return plain(client, root, slot, { type: 'DEPOSIT', data: { ...deposit, genesisForkVersion } })
  },
  RANDAO_REVEAL: ({ store, publicKey }, slot) => store.signRandao(publicKey, slot),
  VOLUNTARY_EXIT: ({ store, publicKey }, _, data) =>
    store.signVoluntaryExit(publicKey, number(data['validator_index']), number(data['epoch'])),
  SYNC_COMMITTEE_MESSAGE: ({ store, publicKey }, slot, data) =>
    store.signSyncCommitteeSignature(publicKey, 0, slot, bytes(data['beacon_block_root'])),
  SYNC_COMMITTEE_SELECTION_PROOF: ({ store, publicKey }, slot, data) =>
    store.signSyncCommitteeSelectionProof(publicKey, slot, number(data['subcommittee_index'])),
  SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF: ({ lodestar, store, publicKey: pubkey }, _, data) =>
    store.signContributionAndProof(
      { pubkey, validatorIndex: number(data['aggregator_index']) },
      bytes(data['selection_proof']),
      lodestar.types.ssz.altair.SyncCommitteeContribution.fromJson(data['contribution']),
    ),
  VALIDATOR_REGISTRATION: ({ store, publicKey }, slot, data) =>
    store.signValidatorRegistration(
      publicKey,
      { feeRecipient: text(data['fee_recipient']), gasLimit: number(data['gas_limit']) },
      slot,
    ),
  BLS_TO_EXECUTION_CHANGE: (client, slot, data) => {
    const { types, transition, params } = client.lodestar
    const domain = client.config.getDomainAtFork('phase0', params.DOMAIN_BLS_TO_EXECUTION_CHANGE)
    const change = types.ssz.capella.BLSToExecutionChange.fromJson(data)
    const root = transition.computeSigningRoot(types.ssz.capella.BLSToExecutionChange, change, domain)
    return plain(client, root, slot, { type: 'BLS_TO_EXECUTION_CHANGE', data: change })
  },
}

/** What no duty of the client's asks for, but its signer's client knows. */
function plain({ store, publicKey }: Client, root: Uint8Array, slot: number, message: SignableMessage) {
  return store.getSignature(publicKey, root, slot, message)
}

function duty(pubkey: Uint8Array, slot: number, index: unknown) {
  const committee = { committeeIndex: 0, committeeLength: 1, validatorCommitteeIndex: 0 }
  return { pubkey, validatorIndex: number(index), slot, ...committee }
}

/** A block of the slot's fork with nothing in it but what is given. */
function blockOf(type: Ssz, slot: number, data: JsonObject): object {
  const block = type.defaultValue()
  const proposerIndex = number(data['proposer_index'])
  const [parentRoot, stateRoot] = [bytes(data['parent_root']), bytes(data['state_root'])]
  return { ...block, slot, proposerIndex, parentRoot, stateRoot }
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`${JSON.stringify(value)} is not text`)
  return value
}

function number(value: unknown): number {
  return exact(text(value))
}

function bytes(value: unknown): Uint8Array {
  return fromHex(text(value))
}
