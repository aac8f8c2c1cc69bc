/** Puts the service together from its configuration, and takes it apart again. */
import { chmod, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ensureFirstAdministrator } from './access/first-administrator.ts'
import { deadlineIn } from './base/deadline.ts'
import { newId } from './base/id.ts'
import type { Clock } from './base/clock.ts'
import { startBackground, type Background } from './compose/background.ts'
import { examinationsOf } from './compose/examinations.ts'
import { refuseGivenUp, unlessGivenUp } from './compose/giving-up.ts'
import { buildHouse, type House } from './compose/house.ts'
import { awsBackendOf, openKmsBackend } from './compose/kms-backend.ts'
import { roomForRefusals } from './compose/disk-room.ts'
import { openListeners } from './compose/listeners.ts'
import { loadBackends, loadChains, loadCoinNetworks, loadLedgers, loadNodes, openStore } from './compose/parts.ts'
import { openAhead } from './compose/open-ahead.ts'
import { openKeys, type AskHidden, type Keys } from './compose/secrets.ts'
import { certificateGauges } from './compose/gauges.ts'
import { servicesOf } from './compose/services.ts'
import { buildLoading } from './compose/validators.ts'
import { walletSettings } from './compose/wallets.ts'
import { openWitnessFile } from './compose/witness-file.ts'
import type { Config } from './config/config.ts'
import { isMainNetwork } from './config/networks.ts'
import { Failed } from './core/errors.ts'
import type { Chain } from './core/chain.ts'
import type { Network } from './core/names.ts'
import type { LedgerNode } from './core/node.ts'
import type { LoadingStatus } from './core/validators.ts'
import type { KmsBackendCompat, Services } from './core/services.ts'
import type { Store } from './core/store.ts'
import type { Verifier } from './core/verifier.ts'
import { createMeters, type Meters } from './health/metrics.ts'
import { observedVerifier } from './health/observed.ts'
import { createOrphanWatch, type OrphanWatch } from './health/orphans.ts'
import type { Log } from './http/options.ts'
import { keyEncryptionKeyFile } from './keys/sealed/key-encryption-key-file.ts'
import type { Policies, PolicyOptions, PolicyRole } from './keys/aws/policy.ts'
import { noteKey, type NoteKey } from './register/checkpoint.ts'
import type { Witness } from './register/witness.ts'
import type { CoinNetwork, RelayNetwork } from './relay/rooms.ts'
import type { Loading } from './validators/loading/loading.ts'
import { sampling } from './signing/verification/sampling.ts'
import { createVerifier } from './signing/verification/verifier.ts'

export { operatorPrincipal } from './access/operator.ts'
export { openKeptKeys } from './compose/secrets.ts'
export type { AskHidden } from './compose/secrets.ts'
export { drill, verifyCopy, verifyExport } from './compose/offline.ts'
export { reconcile } from './compose/reconcile.ts'
export type { Reconciled } from './keys/aws/cloudtrail/reconcile.ts'
export { openWeb3Signer } from './store/web3signer.ts'
export { restore } from './compose/restore.ts'
export type { Restored } from './compose/restore.ts'
export type { Config } from './config/config.ts'
export { loadConfig } from './config/load.ts'
export type { LoadOptions } from './config/load.ts'
export { createProgress } from './validators/loading/progress.ts'
export { ConfigError } from './config/problem.ts'
export type { Problem } from './config/problem.ts'
export type { Layout, PolicyOptions, PolicyRole } from './keys/aws/policy.ts'

/** Of every role that has something to do in the layout. Loads the AWS room only when asked for its policies. */
export async function awsPolicies(options: PolicyOptions): Promise<Partial<Record<PolicyRole, Policies>>> {
  const { awsPolicy, rolesOf } = await import('./keys/aws/policy.ts')
  return Object.fromEntries(rolesOf(options.layout ?? 'kms').map((role) => [role, awsPolicy(role, options)]))
}

export interface Surroundings {
  readonly version: string
  readonly clock: Clock
  readonly log: Log
  /** Shown or written down once: the first administrator's key. */
  show(apiKey: string): Promise<void> | void
  ask: AskHidden
  /** The store or the register cannot go on: the process must end. */
  onFatal(error: Failed): void
  /** Told how far the loading of key files is. */
  progress?(status: LoadingStatus): void
  /** Gives up a start that is under way. What has started is ended with `stop`. */
  readonly signal?: AbortSignal
}

export interface Service {
  readonly url: string
  readonly socket: string
  readonly services: Services
  /** The address of the compatible routes' key, where they are configured. */
  readonly kmsBackendAddress?: string
  /** Reads the listener's certificate and key again. @throws Failed `not-configured`; then the old ones go on */
  reloadTls(): Promise<void>
  /** Drains, records what is left, and closes everything. */
  stop(): Promise<void>
}

interface Ground {
  readonly config: Config
  readonly keys: Keys
  readonly store: Store
  readonly witness: Witness
  readonly networks: ReadonlyMap<Network, RelayNetwork>
  readonly ledgers: ReadonlyMap<Network, LedgerNode>
  readonly coinNetworks: ReadonlyMap<Network, CoinNetwork>
  readonly chains: readonly Chain[]
  readonly house: House
  readonly meters: Meters
  readonly orphanWatch: OrphanWatch
  /** Names this process in leases and logs. */
  readonly holder: string
}

/**
 * Whatever was opened before a fault is closed again: a service that cannot start must end, not hang.
 * @throws Failed, Refused, ConfigError: one sentence each, for the operator; Failed `shutting-down` when it is given up
 */
export async function startService(config: Config, around: Surroundings): Promise<Service> {
  await using stack = new AsyncDisposableStack()
  requireShort(config.socket)
  await ownDirectory(config.dataDir)
  const ground = await layGround(config, around, stack)
  const { house, keys, clock, signal } = { ...ground, ...around }
  await ensureFirstAdministrator({ state: house.state, pepper: keys.pepper, clock, show: around.show })
  const kmsBackend = await unlessGivenUp(signal, compatible(ground, clock))
  const signer = noteKey(house.state.current().installation.id, keys.note)
  const loading = buildLoading({ ...ground, ...around, chains: ground.chains })
  tellIfBehind(house, around.log)
  const services = await serve(ground, around, signer, kmsBackend, loading)
  refuseGivenUp(signal)
  const background = stack.adopt(begin(ground, around, signer), (one) => one.stop())
  const listening = await openListeners(services, config, around.version, clock, around.log)
  // Keys that are here already serve while others come in.
  if (config.keyFiles !== undefined) loading?.reload()
  const opening = openAhead(house)
  ground.meters.expose(certificateGauges(config, listening))
  const opened = stack.move()
  const stop = async () => {
    loading?.stop()
    await listening.drain(config.drainSeconds * 1_000, config.leaveSeconds * 1_000)
    await loading?.idle()
    await opening.stop()
    await background.stop()
    await opened.disposeAsync()
  }
  return { ...listening, services, stop, ...(kmsBackend?.key.address && { kmsBackendAddress: kmsBackend.key.address }) }
}

/** Whoever watches a start must not take this one for a good one. */
function tellIfBehind({ writer }: House, log: Log): void {
  const { behind } = writer.status()
  if (behind !== undefined)
    log.error({ witness: behind }, 'Nothing is signed: the store is behind its witness. See chancery doctor')
}

/** The compatible routes' part, where it is configured. */
async function compatible({ config: { kmsBackend, networks }, house, meters }: Ground, clock: Clock) {
  const isMain = (network: Network) => isMainNetwork(networks, network)
  if (kmsBackend === undefined) return undefined
  const parts = { ...kmsBackend, isMain, observeNode: meters.observeNode }
  return openKmsBackend(parts, house, awsBackendOf(house), clock)
}

async function serve(
  ground: Ground,
  { version, clock }: Surroundings,
  signer: NoteKey,
  kmsBackend: KmsBackendCompat | undefined,
  loading: Loading | undefined,
): Promise<Services> {
  const { config, house, store, witness, keys, meters, orphanWatch } = ground
  return servicesOf({
    house,
    store,
    witness,
    version,
    clock,
    meters,
    noteKey: signer,
    stateKey: keys.state,
    chains: ground.chains,
    examinations: examinationsOf({ ...ground, clock }),
    orphanWatch,
    backupFiles: [join(config.dataDir, keyEncryptionKeyFile)],
    ...(kmsBackend && { kmsBackend }),
    ...(loading && { loading }),
  })
}

function begin(ground: Ground, { clock, log }: Surroundings, noteKey: NoteKey): Background {
  const { wallets } = ground.meters
  const onError = (error: unknown, about: string) => log.error({ err: error }, about)
  const alarm = (key: string, finding: string) => {
    wallets.changedOutside()
    log.error({ key, finding }, 'A key changed outside the service')
  }
  return startBackground({
    ...ground,
    noteKey,
    clock,
    onError,
    alarm,
    paying: wallets.paying,
  })
}

/** So that alerts see the first of each: a counter that begins with what it counts never rises. */
async function countFromZero({ aws }: Config, chains: readonly Chain[], meters: Meters): Promise<void> {
  meters.wallets.expect(chains.map(({ id }) => id))
  if (aws.region === undefined) return
  const { operations } = await import('./keys/aws/operations.ts')
  meters.expectKms(operations, aws.region)
}

function watchOrphans(
  { backends, state }: House,
  { shared }: Store,
  { wallets }: Meters,
  { clock, log }: Surroundings,
): OrphanWatch {
  return createOrphanWatch({
    backends,
    clock,
    keys: () => [...state.current().keys.values()].map(({ value }) => value),
    catchUp: async (deadline) => shared && state.refreshIfMoved(deadline),
    told(end, count, why) {
      wallets.orphans(end, count)
      for (const err of why) log.error({ err }, 'Not all keys were looked at for those that no record names')
    },
  })
}

const wrongSignatures =
  'A signature of ours is wrong, and may have left: from now on all are verified first. Find out what is wrong with this machine'

function sampledVerifier({ signing }: Meters, log: Surroundings['log']): Verifier {
  return sampling(observedVerifier(createVerifier(), signing), {
    onWrong(publicKeys) {
      signing.wrong()
      log.error({ publicKeys }, wrongSignatures)
    },
  })
}

/** Of all that is configured; nobody is asked anything yet. */
async function openNodes(config: Config, observe: Meters['observeNode'], stack: AsyncDisposableStack) {
  const [networks, ledgers, chains] = await Promise.all([
    loadNodes(config, observe),
    loadLedgers(config, observe),
    loadChains(config),
  ])
  stack.defer(() => networks.forEach(({ node }) => node.close()))
  stack.defer(() => ledgers.forEach((ledger) => ledger.close()))
  const coinNetworks = await loadCoinNetworks(config, chains, observe)
  stack.defer(() => coinNetworks.forEach(({ node }) => node.close()))
  return { networks, ledgers, coinNetworks, chains }
}

/** What is opened is closed with `stack`, newest first: in the order in which things stop needing each other. */
async function layGround(config: Config, around: Surroundings, stack: AsyncDisposableStack): Promise<Ground> {
  const { clock, version, log, onFatal, signal } = around
  const meters = createMeters(clock)
  const { observeKms, observeNode } = meters
  const { chains, ...nodes } = await openNodes(config, observeNode, stack)
  await countFromZero(config, chains, meters)
  // After the names in the configuration: a first start that fails over one of them settles no source of the key.
  const keys = await unlessGivenUp(signal, openKeys(config, config.dataDir, clock, around.ask, observeKms))
  const backends = async (installation: string) => {
    const { keyEncryptionKey } = keys
    const words = chains.find((chain) => chain.words !== undefined)?.words
    const parts = { config, keyEncryptionKey, installation, clock, observeKms }
    const loaded = await loadBackends({ ...parts, ...(words && { words }) })
    for (const backend of loaded) stack.defer(() => backend.close())
    return loaded
  }
  const opening = unlessGivenUp(signal, openStore(config, clock, onFatal), (late) => late.close())
  const store = stack.adopt(await opening, (one) => one.close())
  const witness = stack.use(await openWitnessFile(config.witnessFile))
  const holder = newId('prc', clock.now())
  log.info(
    { holder, host: hostname(), store: store.name, networks: config.networks.map(({ network }) => network) },
    'Opening',
  )
  const house = await buildHouse({
    ...nodes,
    wallets: walletSettings(config),
    store,
    witness,
    chains,
    sponsors: config.sponsors,
    meters,
    observeSponsor: meters.observeSponsor,
    clock,
    version,
    holder,
    onFatal,
    backends,
    verifier: stack.adopt(sampledVerifier(meters, log), (one) => one.close()),
    stateKey: keys.state,
    pepper: keys.pepper,
    isMain: (network) =>
      network === undefined ? config.networks.some(({ main }) => main) : isMainNetwork(config.networks, network),
    interval: 1_000,
    // PostgreSQL's disk is another machine's: what is full there is said by its errors.
    ...(config.store.kind === 'sqlite' && { roomForRefusals: roomForRefusals(config.dataDir, clock) }),
    onError: (error, about) => log.error({ err: error }, about),
  })
  stack.defer(() => house.writer.close(deadlineIn(5_000, clock)))
  stack.defer(() => house.relay.close())
  refuseGivenUp(signal)
  const orphanWatch = watchOrphans(house, store, meters, around)
  return { config, keys, store, witness, ...nodes, chains, house, meters, orphanWatch, holder }
}

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the last one a zero. */
const longestSocket = 103

function requireShort(socket: string): void {
  const length = Buffer.byteLength(socket)
  if (length <= longestSocket) return
  throw new Failed('not-configured', 'The path of the data directory is too long for the socket in it', {
    particulars: {
      where: 'dataDir',
      got: `${length} bytes with the socket's name`,
      wanted: `at most ${longestSocket}`,
    },
  })
}

async function ownDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
}
